"""What was asked is the same however it was read: in whatever order, batches and parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastslop as fs
from fastslop.base import prompt_texts
from fastslop.base.hashing import mixed
from fastslop.base.prompt_texts import PromptTexts, sum_of_texts
from fastslop.reading import asked
from fastslop.reading.asked import Asked
from fastslop.reading.documents import Documents, Plan, in_order, read_records
from fastslop.reading.fields import Columns

LABELS = ("ash", "elm")
PLAN = Plan(Columns("output", "model", ("id",), asked=("prompt",)), "file", str)

Told = tuple[str, int, str | None]
"""A label, the number of a prompt, and its text as one record tells it."""

told = st.lists(
    st.tuples(st.sampled_from(LABELS), st.integers(0, 12), st.one_of(st.none(), st.text("aé \0\n", max_size=5)))
)
parts_of_whole = st.lists(st.lists(told, max_size=3), max_size=3)
"""Records by part and batch."""


def documents_of(records: Sequence[Told]) -> Documents:
    rows = [{"model": label, "id": f"p{key}", "prompt": text, "output": "Wide."} for label, key, text in records]
    return read_records(enumerate(rows, start=1), PLAN).documents


def gathered(batches: Sequence[Sequence[Told]]) -> Asked:
    texts = Asked()
    for batch in batches:
        texts.add(documents_of(batch))
    return texts


def as_dict(texts: PromptTexts) -> dict[int, str]:
    return dict(zip(texts.keys.tolist(), texts.texts, strict=True))


def expected_of(label: str, records: Sequence[Told], most: int, n_bytes: int) -> dict[int, str]:
    """The longest text of each prompt that is short enough to be kept, of those of the smallest mixed hashes."""
    keys = documents_of([(label, key, "any") for _, key, _ in records]).prompt_keys.tolist()
    texts: dict[int, list[str]] = {}
    for key, (name, _, text) in zip(keys, records, strict=True):
        kept = (text or "").strip().replace("\0", " ")
        if name == label and kept and len(kept.encode()) <= n_bytes:
            texts.setdefault(key, []).append(kept)
    first = sorted(texts, key=lambda key: int(mixed(np.array([key], np.uint64))[0]))[:most]
    return {key: max(texts[key], key=lambda text: (len(text.encode()), text)) for key in sorted(first)}


@given(parts_of_whole, st.randoms(use_true_random=False), st.integers(1, 4), st.integers(1, 6))
def test_asked__of_any_parts_in_any_order_is_what_the_whole_asked(parts, random, most, n_bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for module in (prompt_texts, asked):
            patch.setattr(module, "MOST_PROMPTS", most)
        patch.setattr(prompt_texts, "MOST_BYTES", n_bytes)
        records = [record for part in parts for batch in part for record in batch]
        shuffled = random.sample(records, len(records))
        one_by_one = [[record] for record in shuffled]
        for label in LABELS:
            expected = expected_of(label, records, most, n_bytes)
            assert as_dict(gathered([records]).of_label(label)) == expected
            assert as_dict(gathered(one_by_one).of_label(label)) == expected
            merged = sum_of_texts(gathered(part).of_label(label) for part in random.sample(parts, len(parts)))
            assert as_dict(merged) == expected


def test_asked__of_documents_stays_with_them_when_they_are_put_in_order() -> None:
    first, second = documents_of([("ash", 1, "of ash"), ("elm", 1, "of elm")]), documents_of([("ash", 2, None)])
    joined = in_order([second, first])
    assert second.asked is None
    assert joined.asked is not None
    by_label = {joined.labels[code]: text for code, text in zip(joined.codes, joined.asked, strict=True) if text}
    assert by_label == {"ash": "of ash", "elm": "of elm"}


def test_count__keeps_what_each_label_was_asked_apart() -> None:
    records = [
        {
            "model": label,
            "id": "p1",
            "prompt": f"Write of the {label} tree.{' Be brief.' * (label == 'elm')}",
            "output": said,
        }
        for label, said in (("ash", "It is tall."), ("elm", "It is ill."))
    ]
    profiles = fs.count(pl.DataFrame(records), prompt="id")
    assert profiles["ash"].prompt_texts.texts == ("Write of the ash tree.",)
    assert profiles["elm"].prompt_texts.texts == ("Write of the elm tree. Be brief.",)
