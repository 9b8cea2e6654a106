"""All generators of test data, named after the domain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastslop.spec import CountSpec
from fastslop.tokens import hash_strings

ODD = (
    "aAéÉßİıΣςΩﬁ½²…’'ʼ‘—–-.!?,;:*#_\"“”()[] \t\n\r\u2028\u00a0\u200b\u200d\ufe0f\u0301\u0307\u0323"
    "日本語カガﾊﾟー々〇ไทยกำ။မြန်हिन्दी한글ᄒ\u1161ᆫ٣1७Ⅷ🙂👍🏽\0\ue000ǅⱥȺ\u1e030\U0001e030\u0378"
)

odd_texts = st.text(st.sampled_from(ODD), max_size=60)
any_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
wordy_texts = st.lists(
    st.sampled_from(
        "the a cat Cat sat, on. mat don’t don't — it's 12 .. ... \n \n\n ** ## whispered softly! of".split(" ")
    ),
    max_size=40,
).map(" ".join)
texts = st.one_of(odd_texts, any_texts, wordy_texts)
documents = st.lists(st.tuples(st.sampled_from(["p1", "p2", "p3", "p4"]), texts), max_size=8)

specs = st.builds(
    CountSpec,
    tokeniser=st.sampled_from(["fastslop/1", "letters/1"]),
    orders=st.sampled_from([(1, 2, 3), (1,), (2, 4), (1, 2, 3, 4, 5)]),
    content_orders=st.sampled_from([(2, 3), (), (1, 4)]),
    mark_orders=st.sampled_from([(1, 2), (), (2,)]),
    min_word_chars=st.sampled_from([1, 4]),
    stopwords=st.just(("the", "a", "on", "of", "it's", "don't")),
)


@dataclass(frozen=True)
class Chunk:
    """Documents as ``count_documents`` takes them."""

    label: str
    text: NDArray[np.uint8]
    doc_offsets: NDArray[np.int64]
    prompt_keys: NDArray[np.uint64]


def chunk(pairs: list[tuple[str, str]], label: str = "a") -> Chunk:
    """The documents given as (prompt, text)."""
    encoded = [text.encode() for _, text in pairs]
    return Chunk(
        label,
        np.frombuffer(b"".join(encoded), np.uint8),
        np.cumsum([0, *map(len, encoded)], dtype=np.int64),
        hash_strings([prompt for prompt, _ in pairs]),
    )
