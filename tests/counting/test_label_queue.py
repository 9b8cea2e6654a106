"""Workers and memory change nothing but the time: the same profiles, in order, bounded; no trace of failures."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastslop.base.errors import IncompatibleProfilesError
from fastslop.base.spec import PRESETS, CountSpec
from fastslop.counting import label_queue, ngram_tables, window_sorter
from fastslop.counting.buffers import Resources
from fastslop.counting.label_queue import LabelQueue, MemoryShares, count_chunks
from fastslop.counting.one_label import count_documents, count_tokenised
from fastslop.counting.token_chunks import Tokenised, tokenise_documents
from fastslop.profiles import merge as merge_module
from fastslop.profiles import packed as packing
from fastslop.profiles.merge import merge_packed, sum_of
from fastslop.profiles.packed import Packed, pack, unpack
from fastslop.profiles.parts import SpilledParts
from fastslop.profiles.profile import Profile
from fastslop.system.spill import Spill
from fastslop.system.threads import map_bounded, n_cores, taken_ahead
from fastslop.tokens.tokeniser import Tokeniser
from tests.profile_checks import same
from tests.strategies import Chunk, chunk, documents, specs

SPEC = PRESETS["default"]
ANY_AMOUNT, NOTHING = MemoryShares(1 << 40, 1 << 40, 1 << 40), MemoryShares(0, 0, 0)
LITTLE = MemoryShares(tokens=3000, records=4000, profiles=1 << 20)


def texts_of_three_labels() -> list[Chunk]:
    """Thirty chunks, the labels taking turns; prompts recur between the chunks of a label."""
    rng = np.random.default_rng(7)
    words = np.array("the cat sat on a mat — and it's gone. So? 12 dogs…".split())
    return [
        chunk([(f"p{rng.integers(6)}", " ".join(rng.choice(words, 30))) for _ in range(4)], label="zab"[i % 3])
        for i in range(30)
    ]


CHUNKS = texts_of_three_labels()


def alike(a: list[Packed], b: list[Packed]) -> bool:
    return all([*x.parts] == [*y.parts] and same(unpack(x), unpack(y)) for x, y in zip(a, b, strict=True))


# Counting


def counted(chunks: Iterable[Chunk], workers: int = 1, shares: MemoryShares = ANY_AMOUNT) -> list[Packed]:
    """The packed profiles, in memory, by label."""
    with Spill(None) as spill:
        found = count_chunks(chunks, SPEC, workers=workers, shares=shares, spill=spill)
        in_memory = [replace(packed, parts=[*packed.parts]) for packed in found]
    return sorted(in_memory, key=lambda packed: packed.profile.label)


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("shares", [NOTHING, LITTLE, ANY_AMOUNT])
@pytest.mark.parametrize("job_records", [1, 100, 1 << 19])
def test_count_chunks__gives_the_same_profiles_whatever_the_workers_and_the_memory(
    monkeypatch, workers, shares, job_records
) -> None:
    monkeypatch.setattr(window_sorter, "JOB_RECORDS", job_records)
    found = counted(CHUNKS, workers, shares)
    assert [packed.profile.label for packed in found] == ["a", "b", "z"]
    for packed in found:
        parts = [count_documents(c, SPEC) for c in CHUNKS if c.label == packed.profile.label]
        assert same(unpack(packed), sum_of(*parts))
    assert alike(found, counted(CHUNKS[::-1]))


@pytest.mark.parametrize("shares", [NOTHING, LITTLE, ANY_AMOUNT])
def test_waiting__tokens_wait_on_disk_where_memory_has_no_room(shares) -> None:
    with Spill(None) as spill:
        waiting, tokeniser = LabelQueue(SPEC, 1, shares, spill), Tokeniser(SPEC)
        for each in CHUNKS:
            waiting.add(tokenise_documents(each, tokeniser))
        assert (spill.n_bytes > 0) == waiting.is_full == (shares != ANY_AMOUNT)
        are_spilled = [c.is_spilled for chunks in waiting.chunks.values() for c in chunks]
        assert are_spilled == [waiting.is_full] * len(CHUNKS)
        assert sorted(packed.profile.label for packed in waiting.counted()) == ["a", "b", "z"]
        assert [*waiting.counted()] == []


@pytest.mark.parametrize("is_on_disk", [False, True])
def test_count_tokenised__counts_tokens_that_are_longer_than_sixteen_bits(is_on_disk) -> None:
    words = ["".join(letters) for letters in itertools.product("abcdefghijklmnopq", repeat=4)]
    assert len(words) > 1 << 16
    rare, frequent = words[-40:], words[:8]
    pairs = [(f"p{i % 3}", " ".join(frequent[: i + 2] + rare[i:] + frequent)) for i in range(6)]
    spec, tokeniser = CountSpec(orders=(1, 2, 3, 4)), Tokeniser(CountSpec())
    tokeniser.tokenise(chunk([("p", " ".join(words))]))
    tokenised = tokenise_documents(chunk(pairs), tokeniser)
    with Spill(None) as spill:
        (packed,) = count_tokenised([tokenised.spilled(spill) if is_on_disk else tokenised], spec)
    assert same(unpack(packed), count_documents(chunk(pairs), spec))


def test_count_chunks__gives_nothing_for_nothing() -> None:
    assert counted([], workers=2) == []


def broken_off() -> Iterator[Chunk]:
    yield from CHUNKS[:10]
    raise RuntimeError("the disk is gone")


def fail_at_the_tenth() -> Callable[..., Tokenised]:
    calls = itertools.count(1)

    def tokenise(chunk: Chunk, tokeniser: Tokeniser, *more: Any) -> Tokenised:
        if next(calls) == 10:
            raise MemoryError
        return tokenise_documents(chunk, tokeniser, *more)

    return tokenise


@pytest.mark.parametrize("workers", [1, 3])
def test_count_chunks__leaves_no_thread_behind(monkeypatch, workers) -> None:
    before = set(threading.enumerate())
    with Spill(None) as spill:
        profiles = count_chunks(CHUNKS, SPEC, workers=workers, shares=NOTHING, spill=spill)
        next(profiles)
        profiles.close()  # nobody wants the others
    with pytest.raises(RuntimeError, match="the disk is gone"):
        counted(broken_off(), workers)
    monkeypatch.setattr(label_queue, "tokenise_documents", fail_at_the_tenth())
    with pytest.raises(MemoryError):
        counted(CHUNKS, workers)
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("is_on_disk", [False, True])
def test_count_tokenised__leaves_no_thread_at_work_after_an_error(is_on_disk, monkeypatch) -> None:
    """Not even while somebody looks at the error, which keeps alive what it passed."""

    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(window_sorter.WindowSorter, "_sort", fail)
    monkeypatch.setattr(ngram_tables, "GROUP_RECORDS", 1)
    monkeypatch.setattr(window_sorter, "JOB_RECORDS", 1)  # more jobs than are asked for at once
    pairs = [(f"p{i}", "the cat sat on the mat " * 9) for i in range(9)]
    chunks = [tokenise_documents(chunk([pair]), Tokeniser(SPEC)) for pair in pairs]
    before = set(threading.enumerate())
    with Spill(None) as spill, pytest.raises(MemoryError) as raised:
        count_tokenised([own.spilled(spill) for own in chunks] if is_on_disk else chunks, SPEC, Resources(2))
    assert set(threading.enumerate()) <= before
    assert raised.tb is not None


def test_spill__has_no_name_that_could_be_left_behind(tmp_path) -> None:
    with Spill(tmp_path) as spill:
        parts = SpilledParts.of(spill, pack(count_documents(CHUNKS[0], SPEC)).parts)
        assert len(parts) > 0
        assert [*tmp_path.iterdir()] == []


# Merging what is packed


@contextmanager
def small_parts(part_rows: int, fan_in: int) -> Iterator[None]:
    """Tables in parts of few rows, few runs in a pass: what large corpora need."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "PART_ROWS", part_rows)
        patch.setattr(merge_module, "FAN_IN", fan_in)
        yield


@given(
    pairs=documents,
    spec=specs,
    size=st.integers(1, 3),
    part_rows=st.integers(1, 7),
    fan_in=st.integers(2, 4),
)
def test_merge_packed__equals_counting_in_one_go(pairs, spec, size, part_rows, fan_in) -> None:
    pairs = pairs or [("p1", "")]
    with small_parts(part_rows, fan_in):
        runs = [pack(count_documents(chunk(pairs[i : i + size]), spec)) for i in range(0, len(pairs), size)]
        merged, whole = merge_packed(runs), pack(count_documents(chunk(pairs), spec))
        assert [*merged.parts] == [*whole.parts]
        assert same(unpack(merged), unpack(whole))


def every_prompt(word: str, first: int, n: int) -> Profile:
    """The word once in each of ``n`` prompts, and a word for every prompt's last two digits."""
    pairs = [(f"p{i}", f"{word} {'xyz'[i % 3]}{'abcdefghij'[i // 10 % 10]}") for i in range(first, first + n)]
    return count_documents(chunk(pairs), CountSpec(orders=(1, 4), content_orders=(), mark_orders=()))


@pytest.mark.parametrize("sizes", [(40, 30), (1000, 100), (64, 64, 1024), (1030, 5)])
@pytest.mark.parametrize("part_rows", [3, 1 << 16])
def test_merge_packed__keeps_prompts_or_blocks_as_the_whole_would(sizes, part_rows) -> None:
    starts = np.cumsum([0, *sizes])
    with small_parts(part_rows, 64):
        runs = [pack(every_prompt("cat", int(first), n)) for first, n in zip(starts, sizes, strict=False)]
        whole = every_prompt("cat", 0, sum(sizes))
        assert same(unpack(merge_packed(runs)), whole)


@pytest.mark.parametrize("words", [("cat", "dog"), ("dog", "cat")])
def test_merge_packed__makes_blocks_of_a_word_of_one_run_alone(words) -> None:
    parts = [
        count_documents(chunk([(f"p{i}", word) for i in prompts]), CountSpec(orders=(1,)))
        for word, prompts in zip(words, (range(1000), range(1000, 1100)), strict=True)
    ]
    assert same(unpack(merge_packed([*map(pack, parts)])), sum_of(*parts))


def test_merge_packed__keeps_the_sources_of_all(monkeypatch) -> None:
    monkeypatch.setattr(merge_module, "FAN_IN", 2)
    runs = [pack(replace(count_documents(each, SPEC), sources=frozenset(str(i)))) for i, each in enumerate(CHUNKS[::3])]
    assert merge_packed(runs).profile.sources == frozenset("0123456789")


def test_merge_packed__refuses_what_merge_refuses() -> None:
    a, b = (
        replace(pack(count_documents(each, SPEC)).profile, sources=frozenset("x")) for each in (CHUNKS[0], CHUNKS[3])
    )
    runs = [replace(pack(count_documents(CHUNKS[0], SPEC)), profile=profile) for profile in (a, b)]
    with pytest.raises(IncompatibleProfilesError, match="count it twice"):
        merge_packed(runs)
    with pytest.raises(IncompatibleProfilesError, match="label"):
        merge_packed([pack(count_documents(each, SPEC)) for each in CHUNKS[:2]])


# Mapping


@settings(max_examples=30)
@given(st.lists(st.integers()), st.integers(0, 4))
def test_map_bounded__is_map(items, workers) -> None:
    assert [*map_bounded(lambda x: x * 2, items, workers)] == [x * 2 for x in items]


def test_map_bounded__keeps_the_order_though_later_items_are_done_first() -> None:
    def late(i: int) -> int:
        time.sleep(0.02 if i % 4 == 0 else 0)
        return i

    assert [*map_bounded(late, range(12), 4)] == [*range(12)]


def thirty(made: list[int], then: Callable[[int], object] = bool) -> Iterator[int]:
    """Numbers, each noted before it is given out."""
    for i in range(30):
        made.append(i)
        then(i)
        yield i


@pytest.mark.parametrize("ahead", [1, 3])
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_map_bounded__takes_no_more_items_beyond_its_workers_than_it_may(workers, ahead) -> None:
    taken: list[int] = []
    most = 1 if workers == 1 else workers + ahead
    for n_given, _ in enumerate(map_bounded(lambda i: i, thirty(taken), workers, ahead)):
        assert len(taken) == min(n_given + most, 30)
    assert len(taken) == 30


@settings(max_examples=30)
@given(st.lists(st.integers()), st.integers(0, 4))
def test_taken_ahead__gives_the_items_in_order(items, n) -> None:
    assert [*taken_ahead(items, n)] == items


@pytest.mark.parametrize("n", [0, 1, 5])
def test_taken_ahead__makes_some_items_before_they_are_asked_for_and_no_more(n) -> None:
    made, all_made = [], threading.Event()
    ahead = taken_ahead(thirty(made, lambda i: all_made.set() if i == n else None), n)
    assert next(ahead) == 0
    assert all_made.wait(10), "those behind the first one"
    time.sleep(0.02)
    assert made == [*range(n + 1)]


def test_taken_ahead__stops_when_nobody_asks_any_more() -> None:
    made, go_on = [], threading.Event()
    ahead = taken_ahead(thirty(made, lambda i: go_on.wait(10) if i == 2 else None), 9)
    assert next(ahead) == 0
    threading.Timer(0.05, go_on.set).start()
    ahead.close()
    assert len(made) <= 4, "the one at work, and perhaps the next"


def test_taken_ahead__passes_on_an_error_of_the_items_in_its_place() -> None:
    given_out = []
    with pytest.raises(ZeroDivisionError):
        given_out.extend(taken_ahead((1 / (i - 5) for i in range(9)), 3))
    assert given_out == [1 / (i - 5) for i in range(5)]


def test_map_bounded__computes_as_many_at_a_time_as_it_has_workers() -> None:
    together = threading.Barrier(3, timeout=10)  # breaks unless three threads meet
    assert [*map_bounded(lambda i: together.wait() >= 0, range(9), 3)] == [True] * 9


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_map_bounded__passes_an_error_on_in_its_place_and_takes_no_more(workers) -> None:
    taken, given_out = [], []
    with pytest.raises(ZeroDivisionError):
        given_out.extend(map_bounded(lambda i: 1 / (i - 5), thirty(taken), workers))
    assert given_out == [1 / (i - 5) for i in range(5)]
    assert len(taken) <= 5 + workers + 1


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_map_bounded__passes_on_an_error_of_the_items(workers) -> None:
    with pytest.raises(RuntimeError, match="the disk is gone"):
        [*map_bounded(lambda c: c, broken_off(), workers)]


def test_map_bounded__stops_when_nobody_takes_its_results() -> None:
    before, done = set(threading.enumerate()), []
    results = map_bounded(done.append, range(1000), 2)
    next(results)
    results.close()
    assert set(threading.enumerate()) <= before  # one of an earlier test may have ended meanwhile
    assert len(done) <= 3


def test_n_cores__is_what_this_process_may_use(monkeypatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {1, 5, 6}, raising=False)
    assert n_cores() == 3
    monkeypatch.delattr("os.sched_getaffinity")
    assert n_cores() >= 1
