"""Counts by prompt, kept as arrays, are the same; labels read later are as if they were read with the others."""

from __future__ import annotations

import io
from dataclasses import fields

import numpy as np
import pytest

import fastslop as fs
from fastslop.comparing.candidates import choose_candidates
from fastslop.comparing.fingerprint import MIN_LABELS
from fastslop.comparing.prompt_count_arrays import as_arrays, counts_of
from fastslop.comparing.prompt_counts import PromptCounts, read_prompt_counts, with_more_labels
from fastslop.system.progress import silent

WORDS = "frame lens grain light shot tripod dark film".split()


@pytest.fixture(scope="module")
def counted() -> fs.ProfileSet:
    """Four labels of a panel, and two of another."""
    rng = np.random.default_rng(1)
    panels = [("a", 7, ["w", "x", "y", "z"]), ("b", 5, ["q", "r"])]
    parts = [
        fs.count(
            [
                {"model": model, "prompt": f"{panel}{prompt}", "text": " ".join(rng.choice(WORDS, 40))}
                for model in models
                for prompt in range(n_prompts)
            ],
            panel=panel,
        )
        for panel, n_prompts, models in panels
    ]
    return fs.merge(*parts)


def assert_same(one: PromptCounts, other: PromptCounts) -> None:
    assert (one.labels, one.panels, one.scaled) == (other.labels, other.panels, other.scaled)
    assert one.features.equals(other.features)
    assert one.groups.keys() == other.groups.keys()
    for panel, keys in one.groups.items():
        np.testing.assert_array_equal(keys, other.groups[panel])
    for name in ("tables", "unit_groups", "unit_n"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for of_one, of_other in zip(one.counts, other.counts, strict=True):
        for field in fields(of_one):
            np.testing.assert_array_equal(getattr(of_one, field.name), getattr(of_other, field.name))


def test_counts_of__are_those_that_were_made_arrays(counted) -> None:
    counts, file = read_prompt_counts(counted.members), io.BytesIO()
    np.savez(file, allow_pickle=False, **as_arrays(counts))  # type: ignore[arg-type, unused-ignore]
    file.seek(0)
    assert_same(counts_of(np.load(file, allow_pickle=False)), counts)


def test_with_more_labels__is_reading_all_of_them_at_once(counted) -> None:
    first = [member for member in counted.members if member.panel == "a"]
    others = [member for member in counted.members if member.panel == "b"]
    candidates = choose_candidates(first, MIN_LABELS, silent)
    together = read_prompt_counts([*first, *others], candidates)
    assert_same(with_more_labels(read_prompt_counts(first, candidates), others, candidates), together)
    assert len(together.labels) == len(first) + len(others) == 6
