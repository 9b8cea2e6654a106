"""The ledger of sources adds up parts in any order, and lets no text in twice."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.errors import IncompatibleProfilesError
from fastslop.base.sources import Shards, hexadecimal, ranges, sum_of_sums
from fastslop.profiles.source_ledger import SourceLedger, missing_of, with_empty_parts

SUMS = st.builds(hexadecimal, *[st.integers(0, (1 << 64) - 1)] * 2)


def total(*shards: Shards) -> tuple[frozenset[str], dict[str, Shards]]:
    ledger = SourceLedger("a")
    for i, one in enumerate(shards):
        ledger.add(f"profile {i}", (), {"d": one})
    return ledger.total()


@st.composite
def cut(draw: st.DrawFn) -> list[Shards]:
    """All parts of a division, in any order, each with some of its sources."""
    n = draw(st.integers(2, 6))
    of_parts = st.dictionaries(st.sampled_from(["s", "s~1", "t"]), SUMS, min_size=1)
    parts = [Shards(n, {i: 1}, draw(of_parts)) for i in range(n)]
    return draw(st.permutations(parts))


@given(cut(), st.data())
def test_parts__in_any_order_and_grouping_are_their_sources(parts: list[Shards], data: st.DataObject) -> None:
    expected: dict[str, list[str]] = {}
    for part in parts:
        for name, one in part.sums.items():
            expected.setdefault(name, []).append(one)
    sources = [f"{name[0]}-{sum_of_sums(sums)}" for name, sums in expected.items()]
    if len(set(sources)) < len(sources):
        return
    assert total(*parts) == (frozenset(sources), {})
    at = data.draw(st.integers(1, len(parts) - 1))
    groups = [total(*some)[1]["d"] for some in (parts[:at], parts[at:])]
    assert total(*groups) == (frozenset(sources), {})
    assert groups[0].missing == tuple(sorted(part for one in parts[at:] for part in one.parts))


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)), min_size=1))
def test_sum_of_sums__is_taken_of_each_half(pairs: Sequence[tuple[int, int]]) -> None:
    expected = [sum(half) % 2**64 for half in zip(*pairs, strict=True)]
    assert sum_of_sums(hexadecimal(*pair) for pair in pairs) == "".join(f"{half:016x}" for half in expected)


@given(st.sets(st.integers(0, 60)))
def test_ranges__name_each_number_once(numbers: set[int]) -> None:
    runs = [run.split("-") for run in ranges(sorted(numbers)).split(", ") if run]
    spans = [(int(run[0]), int(run[-1])) for run in runs]
    assert {number for first, last in spans for number in range(first, last + 1)} == numbers
    assert all(b[0] > a[1] + 1 for a, b in pairwise(spans))


def test_part__without_texts_of_a_label_is_known_when_all_other_labels_are_there() -> None:
    one, two = ({"d": Shards(2, {part: n}, {"s": "0" * 32})} for part, n in ((0, 1), (1, 2)))
    profiles = [("oak", one), ("oak", two), ("elm", two)]
    filled = with_empty_parts(profiles)
    assert [shards["d"].parts for shards in filled] == [{0: 1}, {1: 2}, {0: 0, 1: 2}]
    without_oak = with_empty_parts([("oak", one), ("elm", two)])
    assert [shards["d"].parts for shards in without_oak] == [{0: 1}, {0: 0, 1: 2}], "oak may have texts in part 1"


def test_part__that_is_counted_twice_is_refused_and_an_empty_one_is_not() -> None:
    empty = Shards(3, {0: 0, 1: 1}, {"s": "0" * 32})
    assert missing_of(total(empty, Shards(3, {0: 0}, {}))[1]) == ("2 of 3",)
    with pytest.raises(IncompatibleProfilesError, match=r"shard 1/3 .*'a' is counted in profile 0 and profile 1"):
        total(empty, Shards(3, {1: 4}, {"s": "0" * 32}))
