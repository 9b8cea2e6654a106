"""Profiles are a commutative monoid under merge, and refuse what is not comparable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop._kernels.machine.constants import N_BLOCKS
from fastslop.base.arrays import union_of_keys
from fastslop.base.errors import IncompatibleProfilesError
from fastslop.base.spec import PRESETS, CountSpec
from fastslop.counting.one_label import count_documents
from fastslop.profiles.merge import sum_of
from fastslop.profiles.profile import MAX_PROMPTS, Profile
from fastslop.profiles.rows import n_prompts_of, prune
from tests.profile_checks import same
from tests.strategies import chunk, documents

SPEC = CountSpec(orders=(1, 2, 4), stopwords=("the", "a"))
profiles = documents.map(lambda pairs: count_documents(chunk(pairs), SPEC))


@given(profiles, profiles, profiles)
def test_merge__is_associative(a, b, c) -> None:
    assert same(sum_of(sum_of(a, b), c), sum_of(a, sum_of(b, c)))


@given(profiles, profiles)
def test_merge__is_commutative(a, b) -> None:
    assert same(sum_of(a, b), sum_of(b, a))


@given(profiles)
def test_merge__has_the_empty_profile_as_identity(a) -> None:
    assert same(sum_of(a, Profile.empty(SPEC, "a")), a)
    assert same(sum_of(Profile.empty(SPEC, "a"), a), a)


def test_merge__does_not_know_capitals_that_one_part_does_not_know() -> None:
    known = count_documents(chunk([("p1", "then Kim left")]), SPEC)
    unknown = replace(known, capitals=None)
    for sum_ in (sum_of(known, unknown), sum_of(unknown, known), sum_of(Profile.empty(SPEC, "a"), unknown)):
        assert sum_.capitals is None


@given(st.lists(st.lists(st.integers(0, (1 << 64) - 1) | st.integers(0, 5), max_size=9), min_size=1, max_size=4))
def test_union_of_keys__is_all_that_are_different_in_order(lists) -> None:
    union = union_of_keys(*(np.array(keys, np.uint64) for keys in lists))
    assert union.dtype == np.uint64
    assert union.tolist() == sorted({key for keys in lists for key in keys})


def many_prompts(first: int, n: int, text: str = "cat") -> Profile:
    """A profile of ``n`` documents, each of its own prompt."""
    return count_documents(chunk([(f"p{first + i}", text) for i in range(n)]), CountSpec(orders=(1,)))


@pytest.mark.parametrize("sizes", [(40, 30), (MAX_PROMPTS, 1), (N_BLOCKS, N_BLOCKS, MAX_PROMPTS), (1000, 24, 1)])
def test_merge__keeps_prompts_or_blocks_as_the_whole_would(sizes) -> None:
    whole = many_prompts(0, sum(sizes))
    starts = np.cumsum([0, *sizes])
    parts = [many_prompts(int(start), n) for start, n in zip(starts, sizes, strict=False)]
    forwards = backwards = Profile.empty(whole.spec, "a")
    for part in parts:
        forwards, backwards = sum_of(forwards, part), sum_of(part, backwards)
    assert same(forwards, whole)
    assert same(backwards, whole)


@given(st.integers(1, 3000), st.integers(0, 2999))
def test_n_prompts__is_exact_where_prompts_have_one_document(n, first) -> None:
    profile = many_prompts(first, n)
    assert n_prompts_of(profile, profile.tables["word", 1]).tolist() == [n]


def test_n_prompts__counts_a_prompt_once_for_all_its_documents() -> None:
    pairs = [("p1", "cat"), ("p2", "cat dog"), ("p1", "cat dog")]
    a, b = count_documents(chunk(pairs), SPEC), count_documents(chunk(pairs), SPEC)
    for profile in (a, sum_of(a, b)):
        grams = profile.tables["word", 1]
        assert sorted(n_prompts_of(profile, grams).tolist()) == [2, 2]


@given(profiles, st.integers(2, 4))
def test_prune__keeps_exactly_the_rows_of_enough_prompts(a, least) -> None:
    pruned = prune(a, least)
    for table, grams in a.tables.items():
        kept = n_prompts_of(a, grams) >= least
        for name in ("ids", "n", "n_docs"):
            assert np.array_equal(getattr(pruned.tables[table], name), getattr(grams, name)[kept])
        assert np.array_equal(n_prompts_of(pruned, pruned.tables[table]), n_prompts_of(a, grams)[kept])
        assert pruned.tables[table].unit_n.sum() == pruned.tables[table].n.sum()


def test_merge__refuses_the_same_source_twice() -> None:
    a = replace(Profile.empty(SPEC, "a"), sources=frozenset({"x"}))
    with pytest.raises(IncompatibleProfilesError, match="count it twice"):
        sum_of(a, replace(a, sources=frozenset({"x", "y"})))


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (Profile.empty(PRESETS["slop-forensics"], "a"), "tokeniser"),
        (Profile.empty(SPEC, "b"), "label"),
        (Profile.empty(SPEC, "a", panel="p"), "panel"),
    ],
)
def test_merge__refuses_what_differs_and_names_it(other, named) -> None:
    with pytest.raises(IncompatibleProfilesError, match=named):
        sum_of(Profile.empty(SPEC, "a"), other)
