"""The compiled count equals the plain one, on any text and however the documents are cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fastslop._kernels.profiles.packed_rows import MAX_SHAPE
from fastslop.base.spec import PRESETS, CountSpec
from fastslop.counting import ngram_tables, row_writer, window_sorter
from fastslop.counting.buffers import Resources
from fastslop.counting.one_label import count_documents, count_tokenised
from fastslop.counting.token_chunks import tokenise_documents
from fastslop.profiles import packed
from fastslop.profiles.merge import merge_packed, sum_of
from fastslop.profiles.packed import pack, unpack
from fastslop.profiles.profile import Profile
from fastslop.system.spill import Spill
from fastslop.tokens.tokeniser import Tokeniser
from tests import naive
from tests.profile_checks import KNOWN, as_strings, capitals_of, naive_count, same
from tests.strategies import chunk, documents, specs

pytestmark = pytest.mark.kernels


@given(documents, specs)
@example([("p1", "Don’t “stop”… now—or 3.5 times!\r\n\r\n- It's ﬁne.")], PRESETS["default"])
@example([("p1", "L'été d’été rock'é don’t'é 'é a'“ x''é")], PRESETS["default"])  # was: l, ', été
@example([("p1", "ไทยกำ 日本語です。カﾞ ー é e\u0301 ΣΑΣ İ ½")], PRESETS["default"])
def test_count__equals_the_plain_count_on_any_text(pairs, spec) -> None:
    assert as_strings(count_documents(chunk(pairs), spec)) == naive_count(pairs, spec)


@given(documents, st.integers(1, 4))
@example([("p1", "A ａ, 𝐚 𝐁, ﬁ")], 1)
@example([("p1", "Kim met Élan, and Élan met Kim. The Rise of Élan\n\n1. Kim: yes, Kim said “Kim”")], 1)
def test_capitals__are_those_of_the_plain_count_however_documents_are_cut(pairs, size) -> None:
    spec = CountSpec()
    parts = [count_documents(chunk(pairs[i : i + size]), spec) for i in range(0, len(pairs), size)]
    found = capitals_of(sum_of(Profile.empty(spec, "a"), *parts))
    assert found == sum((naive.capitals(text, KNOWN) for _, text in pairs), Counter())


def test_capitals__of_generations_that_are_set_aside_are_not_counted() -> None:
    loop = "so Kim met Kim again and again. " * 100
    pairs = [("p1", "then Kim met Élan"), ("p2", loop), ("p3", "so Kim left")]
    profile = count_documents(chunk(pairs), PRESETS["default"])
    assert profile.n_docs == 2
    assert capitals_of(profile)["kim", True] == 2


def test_capitals__are_not_known_where_sentences_are_not_seen() -> None:
    assert count_documents(chunk([("p1", "then Kim left")]), PRESETS["slop-forensics"]).capitals is None


@pytest.mark.parametrize("slow", ["naïve", "…", "unimaginablyverylong"])
@pytest.mark.parametrize("n_words", [127, 128, 257])
def test_count__equals_the_plain_count_where_words_are_hashed_ahead(n_words, slow) -> None:
    """In rounds of 128, or fewer behind a word that is looked up by itself; the words are known from the second on."""
    words = [f"w{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(n_words)]
    texts = [" ".join([*words[:at], slow, *words[at:]]) for at in (0, 1, 126, 127, 128, n_words) if at <= n_words]
    pairs = [(f"p{1 + i % 4}", text) for i, text in enumerate([" ".join(words), *texts])]
    spec = PRESETS["default"]
    assert as_strings(count_documents(chunk(pairs), spec)) == naive_count(pairs, spec)


@given(documents, specs, st.integers(1, 4))
def test_count__does_not_depend_on_how_documents_are_cut_into_chunks(pairs, spec, size) -> None:
    whole = count_documents(chunk(pairs), spec)
    parts = [count_documents(chunk(pairs[i : i + size]), spec) for i in range(0, len(pairs), size)]
    assert same(sum_of(Profile.empty(spec, "a"), *parts), whole)


@given(documents, specs, st.randoms(use_true_random=False))
def test_count__does_not_depend_on_the_order_of_documents(pairs, spec, random) -> None:
    shuffled = pairs.copy()
    random.shuffle(shuffled)
    assert same(count_documents(chunk(shuffled), spec), count_documents(chunk(pairs), spec))


@contextmanager
def narrow_records(record_bits: int, max_group_bits: int, wide_tokens: int) -> Iterator[None]:
    """Few bits in a record and few groups: what a large vocabulary and many documents need."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ngram_tables, "RECORD_BITS", record_bits)
        patch.setattr(ngram_tables, "MAX_GROUP_BITS", max_group_bits)
        patch.setattr(ngram_tables, "MAX_WIDE_TOKENS", wide_tokens)
        patch.setattr(ngram_tables, "GROUP_RECORDS", 2)
        patch.setattr(window_sorter, "JOB_RECORDS", 3)
        patch.setattr(window_sorter, "LARGE_GROUP", int(MAX_SHAPE))
        patch.setattr(row_writer, "WAITING_RECORDS", 4)
        yield


@given(
    pairs=documents,
    spec=specs,
    size=st.integers(1, 4),
    record_bits=st.integers(20, 64),
    max_group_bits=st.integers(0, 6),
    wide_tokens=st.sampled_from([0, 5, 1 << 22]),
    record_bytes=st.sampled_from([1, 40, 400, 1 << 30]),
    workers=st.integers(1, 2),
    n_tokenisers=st.integers(1, 3),
    is_on_disk=st.booleans(),
)
def test_count_tokenised__does_not_depend_on_tokenisers_groups_ranges_and_the_disk(
    pairs, spec, size, record_bits, max_group_bits, wide_tokens, record_bytes, workers, n_tokenisers, is_on_disk
) -> None:
    pairs = pairs or [("p1", "")]
    whole = pack(count_documents(chunk(pairs), spec))
    tokenisers = [Tokeniser(spec) for _ in range(n_tokenisers)]
    chunks = [
        tokenise_documents(chunk(pairs[i : i + size]), tokenisers[i % n_tokenisers]) for i in range(0, len(pairs), size)
    ]
    with Spill(None) as spill, narrow_records(record_bits, max_group_bits, wide_tokens):
        chunks = [chunk.spilled(spill) for chunk in chunks] if is_on_disk else chunks
        runs = count_tokenised(chunks, spec, Resources(workers, record_bytes))
    assert [*merge_packed(runs).parts] == [*whole.parts]


@pytest.mark.parametrize("part_rows", [1, 2, 3, 1 << 16])
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("is_on_disk", [False, True])
def test_count_tokenised__writes_the_row_of_a_frequent_word_without_records(
    is_on_disk, workers, part_rows, monkeypatch
) -> None:
    """On disk its windows are in no order; a stopword is in no table of order 1 of content words."""
    pairs = [(f"p{i % 3}", f"the cat {i} sat on the mat. the the") for i in range(9)]
    spec = CountSpec(content_orders=(1, 2), stopwords=("the",))
    monkeypatch.setattr(packed, "PART_ROWS", part_rows)
    whole, rows = pack(count_documents(chunk(pairs), spec)), []
    counted = window_sorter.WindowSorter._row_of_word
    monkeypatch.setattr(
        window_sorter.WindowSorter, "_row_of_word", lambda *args: rows.append(counted(*args)) or rows[-1]
    )
    with Spill(None) as spill, narrow_records(64, 0, 1 << 22):
        chunks = [tokenise_documents(chunk([pair]), Tokeniser(spec)) for pair in pairs]
        chunks = [own.spilled(spill) for own in chunks] if is_on_disk else chunks
        runs = count_tokenised(chunks, spec, Resources(workers))
    assert [*merge_packed(runs).parts] == [*whole.parts]
    assert sorted(row.n for row in rows) == [9] * 10 + [36]  # cat, sat, on, mat, twice; two marks; the
    assert {tuple(row.unit_n.tolist()) for row in rows} == {(3, 3, 3), (12, 12, 12)}


def test_count_tokenised__counts_in_halves_what_would_take_too_many_ranges(monkeypatch) -> None:
    chunks = [tokenise_documents(chunk([(f"p{i}", f"the sea {i} the hill")]), Tokeniser(CountSpec())) for i in range(9)]
    (whole,) = count_tokenised(chunks, CountSpec(), Resources(1, 8 * 9))
    monkeypatch.setattr(ngram_tables, "MOST_RANGES", 2)
    runs = count_tokenised(chunks, CountSpec(), Resources(1, 8 * 9))
    assert [run.n_docs for run in map(unpack, runs)] == [2, 2, 2, 3]
    assert [*merge_packed(runs).parts] == [*whole.parts]


def test_count_tokenised__counts_in_halves_what_no_record_has_room_for() -> None:
    words = [" ".join(f"{a}{b}" for b in "abcdefgh") for a in "abcdefgh"]
    spec = CountSpec(orders=(1, 3))
    tokens = tokenise_documents(chunk([(f"p{i}", text) for i, text in enumerate(words)]), Tokeniser(spec))
    with narrow_records(16, 3, 0):
        runs = count_tokenised([tokens], spec)
    assert len(runs) > 1
    assert [*merge_packed(runs).parts] == [*merge_packed(count_tokenised([tokens], spec)).parts]
