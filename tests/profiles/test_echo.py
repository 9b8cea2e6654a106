"""Echo is what stands in answers to prompts that hold it, whatever the prompts and however they were merged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastslop as fs
from fastslop.base import prompt_texts
from fastslop.base.arrays import to_bytes
from fastslop.base.hashing import hash_strings
from fastslop.base.prompt_texts import PromptTexts, kept_texts
from fastslop.base.spec import CountSpec, Table
from fastslop.comparing.prompt_counts import read_prompt_counts
from fastslop.counting.one_label import count_documents
from fastslop.evidence.origins import origins_of
from fastslop.profiles.echo import asked_ngrams
from fastslop.profiles.files import read_profile, write_profile
from fastslop.profiles.merge import sum_of
from fastslop.profiles.origins import read_origins
from fastslop.profiles.profile import MAX_PROMPTS, Profile
from fastslop.profiles.rows import hashes_of, texts_of
from fastslop.tokens.ngrams import word_ngrams
from fastslop.tokens.tokeniser import SingleText, token_stream
from tests import naive
from tests.profile_checks import KNOWN, as_strings
from tests.strategies import chunk, documents, specs, texts

prompts = st.dictionaries(st.sampled_from(["p1", "p2", "p3", "p4"]), texts)


def asked_texts(asked: dict[str, str]) -> PromptTexts:
    return kept_texts(dict(zip(hash_strings([*asked]).tolist(), asked.values(), strict=True)))


def stream_of(text: str, spec: CountSpec) -> list[tuple[str, str]]:
    return naive.letters(text, KNOWN) if spec.tokeniser == "letters/1" else naive.tokens(text, KNOWN)


@pytest.mark.kernels
@given(documents, prompts, specs)
def test_echo__is_the_sum_of_counts_in_the_prompts_that_hold_an_n_gram(pairs, asked, spec) -> None:
    profile, kept = count_documents(chunk(pairs), spec), asked_texts(asked)
    ngrams = asked_ngrams({"a": kept}, spec)
    for table, rows in as_strings(profile).items():
        places = np.arange(len(rows))
        found = ngrams.echo_of("a", profile, table, places, hashes_of(profile, table, places))
        if table[0] == "mark":
            assert not found.n_asked.any() and not found.n_echo.any()
            continue
        rule = (table[1], table[0], set(spec.stopwords), spec.min_word_chars)
        held = {prompt: set(naive.ngrams(stream_of(text, spec), *rule)) for prompt, text in asked.items()}
        expected = [
            (
                sum(n for prompt, n in by_prompt.items() if prompt in asked),
                sum(n for prompt, n in by_prompt.items() if ngram in held.get(prompt, ())),
            )
            for ngram, (_, _, by_prompt) in rows.items()
        ]
        assert list(zip(found.n_asked.tolist(), found.n_echo.tolist(), strict=True)) == expected


@given(st.lists(texts, max_size=4), specs)
def test_word_ngrams__are_those_of_the_plain_count(documents, spec) -> None:
    stream = token_stream(SingleText(*to_bytes(pl.Series(documents, dtype=pl.String))), spec)
    tokens = stream.vocabulary.tokens.to_list()
    for table in spec.tables:
        if table[0] != "mark":
            ids, docs = word_ngrams(stream, table)
            rule = (table[1], table[0], set(spec.stopwords), spec.min_word_chars)
            expected = [(d, g) for d, text in enumerate(documents) for g in naive.ngrams(stream_of(text, spec), *rule)]
            assert [(d, " ".join(tokens[i] for i in row)) for d, row in zip(docs, ids, strict=True)] == expected


def test_echo__of_what_is_kept_by_blocks_of_prompts_is_not_known() -> None:
    pairs = [(f"p{i}", "cat" if i else "cat dog") for i in range(MAX_PROMPTS + 1)]
    profile = count_documents(chunk(pairs), CountSpec(orders=(1,), content_orders=(), mark_orders=()))
    asked = asked_ngrams({"a": asked_texts({"p0": "a dog and a cat"})}, profile.spec)
    table, rows = ("word", 1), np.arange(2)
    found = asked.echo_of("a", profile, table, rows, hashes_of(profile, table, rows))
    by_word = dict(zip(row_texts(profile, table), found.n_asked.tolist(), strict=True))
    assert by_word == {"cat": 0, "dog": 1}
    assert found.share.null_count() == 1


def row_texts(profile: Profile, table: Table) -> list[str]:
    return texts_of(profile, table, np.arange(len(profile.tables[table].n))).to_list()


few_texts = st.dictionaries(st.integers(0, 30), st.text("abé", max_size=4)).map(kept_texts)


@given(few_texts, few_texts, few_texts, st.integers(1, 6), st.integers(0, 6))
def test_prompt_texts__add_up_in_any_order_to_as_many_as_are_kept(a, b, c, most, n_bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prompt_texts, "MOST_PROMPTS", most)
        patch.setattr(prompt_texts, "MOST_BYTES", n_bytes)
        a, b, c = (kept_texts(dict(zip(part.keys.tolist(), part.texts, strict=True))) for part in (a, b, c))
        assert equal((a + b) + c, a + (b + c))
        assert equal(a + b, b + a)
        assert equal(a + PromptTexts(), a)
        assert len(a) <= most and all(len(text.encode()) <= n_bytes for text in a.texts)


def equal(a: PromptTexts, b: PromptTexts) -> bool:
    return a.keys.tolist() == b.keys.tolist() and a.texts == b.texts


def test_merge__keeps_the_texts_of_all_and_the_longest_of_one_prompt(tmp_path) -> None:
    parts = [
        replace(count_documents(chunk([("p1", "a cat")]), CountSpec()), prompt_texts=asked_texts(asked))
        for asked in ({"p1": "of cats", "p2": "a\0b"}, {"p1": "of cats and dogs"}, {})
    ]
    whole = sum_of(*parts)
    write_profile(whole, tmp_path / "a.parquet")
    expected = asked_texts({"p1": "of cats and dogs", "p2": "a b"})
    assert equal(whole.prompt_texts, expected)
    assert equal(read_profile(tmp_path / "a.parquet").prompt_texts, expected)


RECORDS = [
    {
        "model": model,
        "id": str(i),
        "prompt": f"Write about the old {thing} now.",
        "output": f"An old {thing} is {word}.",
    }
    for model, word in (("a", "grand"), ("b", "grey"), ("c", "gone"))
    for i, thing in enumerate(["sea", "hut", "elk"] * 4)
]


def test_count__finds_what_was_asked_beside_the_number_of_a_prompt(tmp_path) -> None:
    in_memory = fs.count(RECORDS, prompt="id")
    by_shards = fs.merge(*(fs.count(RECORDS, prompt="id", shard=(i, 3)) for i in range(3)))
    for profiles in (in_memory, by_shards):
        assert equal(profiles["a"].prompt_texts, kept_texts(asked_of(RECORDS)))
    fs.count(pl.DataFrame(RECORDS), prompt="id", out=tmp_path / "profiles")
    assert equal(fs.open_profiles(tmp_path / "profiles")["b"].prompt_texts, kept_texts(asked_of(RECORDS)))


def asked_of(records: list[dict[str, str]]) -> dict[int, str]:
    keys = hash_strings([record["id"] for record in records]).tolist()
    return {key: record["prompt"] for key, record in zip(keys, records, strict=True)}


@pytest.mark.parametrize(
    "records",
    [
        [{"messages": [{"role": "user", "content": "Tell me of the sea."}, {"role": "assistant", "content": "Wide."}]}],
        [{"instruction": "Tell me of the", "input": "sea.", "output": "Wide."}],
        [{"question_id": "7f3a", "question": "Tell me of the sea.", "response": "Wide."}],
        [{"prompt_id": "7f3a", "prompt": "给我讲讲大海", "response": "Wide."}],
    ],
)
def test_count__finds_what_was_asked_in_many_shapes(records) -> None:
    (text,) = fs.count(records, label="a")["a"].prompt_texts.texts
    assert text in ("Tell me of the sea.", "给我讲讲大海")


@pytest.mark.parametrize("record", [{"id": "story-12", "text": "Wide."}, {"prompt": "0017", "text": "Wide."}])
def test_count__takes_no_name_of_a_prompt_for_what_was_asked(record) -> None:
    assert not len(fs.count([record], label="a")["a"].prompt_texts)


def test_origins__are_those_that_profiles_tell(tmp_path) -> None:
    profiles = fs.count(RECORDS, prompt="id")
    counts, origins = read_prompt_counts(profiles.members), read_origins(profiles.members)
    columns = np.arange(len(counts.features))
    found = counts.features.hstack(origins_of(origins, counts, columns, 0, 2))
    asked = origins.asked
    for label, column in (("a", "echo_a"), ("c", "echo_b")):
        profile = profiles[label]
        for table in (("word", 1), ("word", 2)):
            rows = np.arange(len(profile.tables[table].n))
            share = asked.echo_of(label, profile, table, rows, hashes_of(profile, table, rows)).share
            expected = dict(zip(row_texts(profile, table), share, strict=True))
            ours = dict(found.filter(kind=table[0], order=table[1]).select("feature", column).iter_rows())
            assert ours == {text: expected.get(text) for text in ours}
    assert found.filter(feature="old sea")["echo_a"].to_list() == [1.0]
    assert found.filter(feature="sea is")["echo_a"].to_list() == [0.0]
