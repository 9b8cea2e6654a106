"""Trees that cannot be built are refused, and it is said what can be."""

from __future__ import annotations

from typing import Any

import pytest

from fastslop.base.errors import UsageError
from fastslop.comparing.compare import Comparison, compare
from fastslop.counting.count import count
from fastslop.profiles.profile_set import ProfileSet
from fastslop.trees.build import build_tree

WRITING = {"a": "Dusk fell; the sea sighed.", "b": "Dusk fell; the sea moaned.", "c": "Buy now! Buy more!"}


@pytest.fixture(scope="module")
def profiles() -> ProfileSet:
    return count([{"model": m, "prompt": str(i), "text": text} for m, text in WRITING.items() for i in range(4)])


@pytest.fixture(scope="module")
def comparison(profiles: ProfileSet) -> Comparison:
    return compare(profiles, replicates=0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"linkage": "median"}, "unknown linkage 'median'; choose one of: average, ward, nj, parsimony"),
        ({"consensus": True, "replicates": 0}, "a consensus is one of replicates: --replicates must be 1 at least"),
        (
            {"consensus": True, "linkage": "parsimony", "method": "slop-forensics"},
            "the method 'slop-forensics' has none; leave out --consensus or --method",
        ),
        (
            {"consensus": True, "method": "slop-forensics"},
            "this comparison has none; compare with replicates, by the method 'fastslop'",
        ),
    ],
)
def test_build_tree__says_what_can_be_asked_of_profiles(
    profiles: ProfileSet, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        build_tree(profiles, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"linkage": "parsimony"}, "parsimony is of features, not of distances: give it the profiles"),
        ({"consensus": True}, "this comparison has none; compare with replicates, by the method 'fastslop'"),
    ],
)
def test_build_tree__says_what_can_be_asked_of_distances(
    comparison: Comparison, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        build_tree(comparison, **options)
