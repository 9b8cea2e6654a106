"""The frozen tables are Unicode 14.0's, and folding by them code point by code point equals normalising the text."""

from __future__ import annotations

import sys
import unicodedata
from functools import cache

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fastslop._kernels.machine.constants import (
    APOSTROPHE,
    BASE,
    BREAK,
    CLASS_MASK,
    COMBINING,
    DIGIT,
    IGNORE,
    LETTER,
    MARK,
    NEEDS_NFKC,
    NEWLINE,
    SPACE,
    STOP,
)
from fastslop._kernels.tokens.normal_form import find_unnormal
from fastslop.base.spec import PRESETS, TOKENISERS, UNICODE_VERSION
from fastslop.tokens.tokeniser import token_stream
from fastslop.tokens.unicode import KEPT, PADDING, code_points, normal_form, normalise
from tests import naive
from tests.strategies import any_texts, chunk, odd_texts

CLASSES = {
    "space": SPACE,
    "letter": LETTER,
    "combining": COMBINING,
    "apostrophe": APOSTROPHE,
    "base": BASE,
    "digit": DIGIT,
    "mark": MARK,
    "stop": STOP,
    "newline": NEWLINE,
    "break": BREAK,
    "ignore": IGNORE,
}
TABLES = code_points("fastslop/1")
CLASS = TABLES.klass & CLASS_MASK
# Every character of a class of its own: known to Unicode 14.0, no control, not private.
KNOWN = np.flatnonzero(CLASS != BREAK).tolist()
KNOWN_SET = set(KNOWN)
is_unicode_14 = pytest.mark.skipif(
    unicodedata.unidata_version != UNICODE_VERSION, reason="needs an interpreter with Unicode 14.0 (Python 3.11)"
)

# What composes, reorders, folds in length, or is one of several spellings.
DELICATE = (
    "aeioAEIOKksſß…\u034a\u0329\u031a"
    + "\u0300\u0301\u0307\u0308\u0323\u0328\u031b\u0338\u0345\u05b0\u3099\u309a\u0f71\u0f72\u0f74"
    "İıςΣ\u1161\u1175\u11a8\u11c2\u1100\uac00\uac01カハ\uff76\uff9eｶﾟÅ\u212bé\u212aﬁ½²…․‥ŉĿ\u0149ǅ\u0f73\u09c7\u09be\u09d7"
)
known_texts = st.text(st.sampled_from(KNOWN).map(chr), max_size=20)
delicate_texts = st.text(st.sampled_from(DELICATE), max_size=12)
texts = st.one_of(known_texts, delicate_texts, odd_texts, any_texts)


def lower(text: str) -> str:
    """Lower case of each character by itself, and NUL for what is a break."""
    return "".join("\0" if CLASS[ord(c)] == BREAK else c.lower() for c in text)


def folded(text: str) -> str:
    """The text by the tables alone, as the kernels fold it."""
    return "".join("\0" if CLASS[ord(c)] == BREAK else chr(TABLES.fold[ord(c)]) for c in text)


def is_unnormal(documents: list[str]) -> np.ndarray:
    documents_ = chunk([("p", document) for document in documents])
    flagged = np.zeros(len(documents), np.bool_)
    text = np.concatenate((documents_.text, np.zeros(PADDING, np.uint8)))
    find_unnormal(text, documents_.doc_offsets, TABLES.klass, flagged)
    return flagged


# The tables


def test_tables__are_of_the_version_that_profiles_record() -> None:
    assert UNICODE_VERSION == "14.0.0"
    # Assigned in 13.0 and 14.0 (vithkuqi, the melting face), and in 15.0, 15.1 and 16.0: kawi, an ideograph, garay.
    assert not {0x10570, 0x1FAE0, 0xA7D9} - KNOWN_SET
    assert not {0x11F04, 0x1FAE8, 0x2EBF0, 0x10D4A} & KNOWN_SET


@is_unicode_14
def test_tables__know_what_unicode_14_assigned() -> None:
    categories = np.array([unicodedata.category(chr(c)) for c in range(sys.maxunicode + 1)])
    controls_in_use = [ord(c) for c in "\t" + naive.NEWLINES if unicodedata.category(c) == "Cc"]
    expected = ~np.isin(categories, ("Cn", "Cs", "Co", "Cc"))
    expected[controls_in_use] = True
    assert np.flatnonzero(expected != (CLASS != BREAK)).tolist() == []


def test_tables__class_and_fold_every_character_as_plain_python_does() -> None:
    wrong = []
    for c in KNOWN:
        text = chr(c)
        normal = normal_form(text)
        is_normal = normal == text
        if not is_normal and TABLES.klass[c] & NEEDS_NFKC:
            continue  # never looked at: the text is normalised first
        klass = naive.klass(normal, KNOWN_SET)
        if len(normal) != 1 or CLASS[c] != CLASSES[klass] or chr(TABLES.fold[c]) != normal.lower():
            wrong.append(hex(c))
    assert wrong == []


def test_tables__fold_nothing_to_more_than_one_and_a_half_times_its_bytes() -> None:
    """``tokenise`` makes no more room than that."""
    sizes = np.array([1, 2, 3, 4])
    starts = np.array([0, 0x80, 0x800, 0x10000])
    n_bytes = sizes[np.searchsorted(starts, np.arange(len(TABLES.fold)), side="right") - 1]
    folded_bytes = sizes[np.searchsorted(starts, TABLES.fold, side="right") - 1]
    assert (2 * folded_bytes <= 3 * n_bytes).all()


def test_letters_only__leaves_letters_and_spaces_and_the_same_folding() -> None:
    full, letters = code_points("fastslop/1"), code_points("letters/1")
    assert set((letters.klass & CLASS_MASK).tolist()) == {SPACE, LETTER}
    assert np.array_equal(full.fold, letters.fold)
    assert np.array_equal(full.klass & ~np.uint8(CLASS_MASK), letters.klass & ~np.uint8(CLASS_MASK))


# Normal form


@given(st.one_of(known_texts, delicate_texts))
def test_normal_form__is_nfkc_but_for_what_is_kept_and_the_dotted_i(text) -> None:
    plain = text.translate(dict.fromkeys(map(ord, KEPT)))
    assert normal_form(plain) == unicodedata.normalize("NFKC", plain).replace("İ", "i\u0307")
    for kept in KEPT:
        assert normal_form(text).split(kept) == [normal_form(piece) for piece in text.split(kept)]


@given(texts)
@example("…\u0338")
@example("a\u0301\u0323")
def test_normal_form__is_its_own_normal_form(text) -> None:
    # Marks behind a dotted I are left in the order that was right before it was taken apart.
    normal = normal_form(text)
    if "i\u0307" not in normal:
        assert normal_form(normal) == normal


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_normal_form__makes_breaks_of_what_unicode_14_does_not_know(text) -> None:
    known = "".join(c if ord(c) in KNOWN_SET else "\0" for c in text)
    assert normal_form(text) == normal_form(known)
    assert {ord(c) for c in normal_form(text)} <= {0} | KNOWN_SET


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("ﬁne½", "fine1⁄2"),
        ("wait…", "wait…"),
        ("wait...", "wait..."),
        ("e\u0301", "é"),
        ("İ", "i\u0307"),
        ("ｶﾞ", "ガ"),
        ("น้ำ", "น้ำ"),
        ("ໜ້າທີ່ຳ", "ໜ້າທີ່ຳ"),
    ],
)
def test_normal_form__of_known_texts(text, normal) -> None:
    assert normal_form(text) == normal


# The fast path


@pytest.mark.kernels
@given(texts)
@example("İ")
@example("a\u0323\u0301")
@example("a\u0301\u0323")
@example("a\u034a\u0329")  # neither joins the letter; their order is wrong
@example("\u05d0\u05b1\u05b0")
@example("\u1100\u1161")
@example("\u0301")
@example("Å")
def test_find_unnormal__flags_every_text_that_folding_would_not_normalise(text) -> None:
    [flagged] = is_unnormal([text])
    if not flagged:
        assert folded(text) == lower(normal_form(text))


@pytest.mark.kernels
@given(st.lists(texts, max_size=6))
def test_find_unnormal__judges_each_document_by_itself(documents) -> None:
    assert is_unnormal(documents).tolist() == [is_unnormal([document])[0] for document in documents]


def test_find_unnormal__does_not_flag_what_most_texts_are_made_of() -> None:
    plain = [
        "It’s “fine” — really… 3.5 €!\n\n* café, naïve, Straße",
        "Ёж и Ångström",
        "日本語です。한글",
        "ภาษาไทยทำน้ำ",
        "🙂 👍🏽",
        "",
    ]
    assert not is_unnormal(plain).any()
    assert is_unnormal(["ﬁ", "½", "e\u0301", "İ", "ｶﾞ"]).all()


@pytest.mark.kernels
@given(st.lists(texts, max_size=5), st.sampled_from(TOKENISERS))
def test_normalise__replaces_only_documents_that_are_flagged(documents, tokeniser) -> None:
    given_ = chunk([("p", document) for document in documents])
    text, starts, ends = normalise(given_.text, given_.doc_offsets, code_points(tokeniser))
    found = [text[a:b].tobytes().decode() for a, b in zip(starts, ends, strict=True)]
    flagged = is_unnormal(documents)
    assert found == [normal_form(d) if unnormal else d for d, unnormal in zip(documents, flagged, strict=True)]


def tokens_of(documents: list[str], tokeniser: str) -> list[list[str | None]]:
    """Each document's tokens as text; None is the break."""
    spec = PRESETS["default" if tokeniser == "fastslop/1" else "slop-forensics"]
    stream = token_stream(chunk([("p", document) for document in documents]), spec)
    by_rank = stream.vocabulary.tokens.to_list()
    texts = np.array([None, *(by_rank[rank] for rank in stream.rank[1:])], object)
    return [part.tolist() for part in np.split(texts[stream.tokens], stream.doc_ends[:-1])]


@cache
def every_character() -> list[str]:
    """A document for each known character: within a word, and by itself."""
    return [f"b{chr(c)}d {chr(c)}" for c in KNOWN]


@pytest.mark.parametrize("tokeniser", TOKENISERS)
def test_fast_path__gives_every_single_character_the_tokens_of_its_normal_form(tokeniser) -> None:
    fast = tokens_of(every_character(), tokeniser)
    slow = tokens_of([normal_form(document) for document in every_character()], tokeniser)
    assert [hex(c) for c, a, b in zip(KNOWN, fast, slow, strict=True) if a != b] == []


@pytest.mark.parametrize("tokeniser", TOKENISERS)
def test_tokens__of_every_single_character_are_those_of_plain_python(tokeniser) -> None:
    # Ideographs and Hangul syllables are 98,000 of the same kind: every seventh will do.
    chosen = [i for i, c in enumerate(KNOWN) if i % 7 == 0 or unicodedata.category(chr(c)) != "Lo"]
    documents = [every_character()[i] for i in chosen]
    plain = naive.tokens if tokeniser == "fastslop/1" else naive.letters
    wrong = [
        document
        for document, found in zip(documents, tokens_of(documents, tokeniser), strict=True)
        if found != [None if kind == "break" else text for kind, text in plain(document, KNOWN_SET)]
    ]
    assert wrong == []
