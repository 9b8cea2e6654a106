"""Profiles are added up label by label; a pruned sum has what is in enough prompts, where that can be known."""

from __future__ import annotations

from pathlib import Path

import pytest

import fastslop as fs
from fastslop.base.errors import IncompatibleProfilesError, UsageError
from fastslop.profiles.profile import MAX_PROMPTS


def records(n_prompts: int, n_texts: int = 1, label: str = "a") -> list[dict[str, str]]:
    """Texts that all have "the", the first two of them "cat"."""
    texts = ["the cat" if i < 2 else "the" for i in range(n_prompts)]
    return [{"model": label, "prompt": f"p{i}", "text": text} for _ in range(n_texts) for i, text in enumerate(texts)]


def words_of(profiles: fs.ProfileSet, label: str = "a") -> set[str]:
    return set(profiles[label].frame("word", 1)["feature"])


@pytest.mark.parametrize(("min_prompts", "expected"), [(2, {"the", "cat"}), (3, {"the"}), (99, set())])
def test_merge__leaves_out_what_is_in_fewer_prompts(min_prompts: int, expected: set[str]) -> None:
    assert words_of(fs.merge(fs.count(records(5)), min_prompts=min_prompts)) == expected


def test_merge__of_a_pruned_sum_is_refused(tmp_path: Path) -> None:
    fs.merge(fs.count(records(5)), min_prompts=3, out=tmp_path / "a.parquet")
    with pytest.raises(IncompatibleProfilesError, match="was pruned"):
        fs.merge(tmp_path / "a.parquet")


def test_merge__refuses_to_leave_out_what_large_profiles_do_not_know() -> None:
    """Of a row of more than 64 prompts they know only that it is in 65 at least; it must not be left out as if it were
    in no more."""
    one_each, twice = (fs.count(records(MAX_PROMPTS + 1, n_texts), text="text") for n_texts in (1, 2))
    assert words_of(fs.merge(one_each, min_prompts=66)) == {"the"}
    assert words_of(fs.merge(twice, min_prompts=65)) == {"the"}
    with pytest.raises(UsageError, match="only known that they are in 65 prompts or more"):
        fs.merge(twice, min_prompts=66)
