"""All generators of test data, named after the domain."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastslop.base.hashing import hash_strings
from fastslop.base.spec import GUARDS, CountSpec

ODD = (
    "aAéÉßİıΣςΩﬁ½²…’'ʼ‘—–-.!?,;:*#_\"“”()[] \t\n\r\u2028\u00a0\u200b\u200d\ufe0f\u0301\u0307\u0323"
    "日本語カガﾊﾟー々〇ไทยกำ။မြန်हिन्दी한글ᄒ\u1161ᆫ٣1७Ⅷ🙂👍🏽\0\ue000ǅⱥȺ\u1e030\U0001e030\u0378"
)

odd_texts = st.text(st.sampled_from(ODD), max_size=60)
any_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
wordy_texts = st.lists(
    st.sampled_from(
        "the a cat Cat sat, on. mat Élan don’t don't — it's 12 .. ... \n \n\n ** ## whispered softly! of".split(" ")
    ),
    max_size=40,
).map(" ".join)
spaceless_texts = st.lists(
    st.sampled_from(
        [
            *"值得注意的是 綜上所述 因此 外面 此外 中国人民 台灣 使用Python3 ， 。 𠀋".split(" "),
            *"を 見ました すると スラップ コメディー 東京都 々 が゙ ไทย".split(" "),
            *"ภาษา เ น้ำ ก ์ สิทธิ์ ๆ ที่ ກັນ ໜ້າ ຳ ໂ ມະນຸດ ຽ កើត ្ ស្រី មាន ៍ မြန် မာ က္ ော် န့် သည်။ င်္".split(" "),
            " ",
            "\u200b",
        ]
    ),
    max_size=20,
).map("".join)
texts = st.one_of(odd_texts, any_texts, wordy_texts, spaceless_texts)
documents = st.lists(st.tuples(st.sampled_from(["p1", "p2", "p3", "p4"]), texts), max_size=8)

specs = st.builds(
    CountSpec,
    tokeniser=st.sampled_from(["fastslop/1", "letters/1"]),
    orders=st.sampled_from([(1, 2, 3), (1,), (2, 4), (1, 2, 3, 4, 5)]),
    content_orders=st.sampled_from([(2, 3), (), (1, 4)]),
    mark_orders=st.sampled_from([(1, 2), (), (2,)]),
    min_word_chars=st.sampled_from([1, 4]),
    stopwords=st.just(("the", "a", "on", "of", "it's", "don't")),
    guards=st.sampled_from(GUARDS),
)


@dataclass(frozen=True)
class Chunk:
    """Documents as ``count_documents`` takes them."""

    label: str
    text: NDArray[np.uint8]
    doc_offsets: NDArray[np.int64]
    prompt_keys: NDArray[np.uint64]
    endings: NDArray[np.uint8] | None = None


def chunk(pairs: list[tuple[str, str]], label: str = "a") -> Chunk:
    """The documents given as (prompt, text)."""
    encoded = [text.encode() for _, text in pairs]
    return Chunk(
        label,
        np.frombuffer(b"".join(encoded), np.uint8),
        np.cumsum([0, *map(len, encoded)], dtype=np.int64),
        hash_strings([prompt for prompt, _ in pairs]),
    )


json_texts = st.text(st.characters(), max_size=12)  # lone surrogates too
json_values = st.one_of(
    json_texts,
    st.sampled_from(["", " \n", "true", "5", "[]", "{}", "null", "\x00", "�", '"output"', '"output": 5']),
    st.none(),
    st.booleans(),
    st.integers(-3, 30),
    st.integers(),
    st.floats(),
    st.dictionaries(st.sampled_from(["output", "x", "id"]), json_texts, max_size=2),
)
JSON_KEYS = ['"output"', '"model"', '"id"', '"meta"', r'"out\u0070ut"', r'"\u006dodel"', r'"i\u0064"', '"é"']
JSON_SPACES = ["", " ", "  ", "\t", "\r"]


@st.composite
def json_objects(draw: st.DrawFn) -> bytes:
    """A JSON object, oddly written: repeated and escaped keys, spaces anywhere, all kinds of values."""
    plain = draw(st.booleans())
    keys = st.permutations(JSON_KEYS[:3]) if plain else st.lists(st.sampled_from(JSON_KEYS), max_size=5)
    space = st.sampled_from(JSON_SPACES[:2]) if plain else st.sampled_from(JSON_SPACES)
    is_ascii = draw(st.booleans())
    pairs = []
    for key in draw(keys):
        value = json.dumps(draw(json_texts if plain else json_values), ensure_ascii=is_ascii)
        pairs.append(f"{draw(space)}{key}{draw(space)}:{draw(space)}{value}{draw(space)}")
    return f"{draw(space)}{{{','.join(pairs)}}}{draw(space)}".encode("utf-8", "surrogatepass")


@st.composite
def damaged_json(draw: st.DrawFn) -> bytes:
    line = bytearray(draw(json_objects()))
    at = draw(st.integers(0, len(line)))
    cut = draw(st.integers(0, 2))
    line[at : at + cut] = draw(st.sampled_from([b"", b"\xff", b"\x00", b"\t", b'"', b"\\", b"}", b"{}", b"\\ud83d"]))
    return bytes(line).replace(b"\n", b" ")


odd_json = st.sampled_from(
    [
        b"",
        b"  ",
        b"\r",
        b"5",
        b"null",
        b'"x"',
        b"{}",
        b"[1]",
        b"NaN",
        b'{"output": NaN}',
        b"\xef\xbb\xbf{}",
        b"\xff",
    ]
)
json_lines = st.lists(st.one_of(json_objects(), json_objects(), damaged_json(), odd_json), max_size=12)
