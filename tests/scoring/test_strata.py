"""Prompts that the same labels answered are a stratum, in which labels are held against each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastslop as fs
from fastslop.base.spec import CountSpec
from fastslop.counting.one_label import count_documents
from fastslop.profiles.packed import pack
from fastslop.profiles.profile import MAX_PROMPTS, Profile
from fastslop.profiles.profile_set import Member
from fastslop.profiles.rows import texts_of
from fastslop.scoring.dispersion import BlockDesign, Spread, moments_of, own_variance, stratum_counts
from fastslop.scoring.reference import Reference, mean_reference
from fastslop.scoring.strata import LEAST_SHARE, Strata, notes_of, strata_by_panel
from tests.strategies import chunk, documents

WORD = ("word", 1)
SPEC = CountSpec(orders=(1,), content_orders=(), mark_orders=())


def members_of(**prompts: range) -> list[Member]:
    """Labels of one panel that answered these prompts, each in two words."""
    members = []
    for label, own in prompts.items():
        profile = count_documents(chunk([(f"p{i}", "two words") for i in own], label), SPEC)
        members.append(Member(label, label, "x", pack(profile), SPEC, profile.prompts))
    return members


def strata_of(**prompts: range) -> Strata:
    return strata_by_panel(members_of(**prompts))["x"]


def answered(strata: Strata) -> dict[str, int]:
    """The labels of each stratum, and how many prompts are in it."""
    names = ["".join(np.array(strata.labels)[has]) for has in strata.has]
    return {name: int((strata.numbers == s).sum()) for s, name in enumerate(names)}


def test_strata__are_the_prompts_that_the_same_labels_answered() -> None:
    strata = strata_of(a=range(100), b=range(60), c=range(100))
    assert answered(strata) == {"abc": 60, "ac": 40}
    assert strata.n_words.tolist() == [[120, 120, 120], [80, 0, 80]]
    assert [strata.others(s, label).tolist() for s, label in ((0, 0), (1, 0), (1, 1))] == [
        [120, 120],
        [80],
        [80, 80],
    ]


def test_strata__of_a_few_prompts_are_none_and_go_to_the_one_most_alike() -> None:
    few = int(100 * LEAST_SHARE) - 1
    assert len(strata_of(a=range(100), b=range(100 - few), c=range(100))) == 1
    strata = strata_of(a=range(100), b=range(60), c=range(100), d=range(100 - few))
    assert answered(strata) == {"abcd": 60, "acd": 40}
    assert strata.n_words[:, 3].tolist() == [120, 80 - 2 * few]


def test_strata__of_labels_that_answered_all_prompts_are_one() -> None:
    strata = strata_of(a=range(50), b=range(50))
    assert len(strata) == 1 and notes_of({"x": strata}) == ()


def test_strata__of_prompts_that_are_kept_by_blocks_are_one_and_it_is_said() -> None:
    strata = strata_of(a=range(MAX_PROMPTS + 1), b=range(500))
    assert len(strata) == 1
    (note,) = notes_of({"x": strata})
    assert "more than 1,024" in note


def test_notes__name_labels_that_did_not_answer_all_and_those_whose_prompts_nobody_shares() -> None:
    some, alone = notes_of({"x": strata_of(a=range(30), b=range(10, 30), c=range(25, 90))})
    assert "(a, b, c did not answer some)" in some
    assert alone.startswith("most of what c wrote answers prompts that no other model of the panel answered")


def test_scores__of_what_nobody_else_was_asked_are_against_what_others_wrote_to_the_rest() -> None:
    def texts(model: str, prompts: range, text: str) -> list[dict[str, str]]:
        return [{"model": model, "prompt": str(i), "text": text} for i in prompts]

    shared = texts("a", range(20), "red stone here") + texts("b", range(20), "red stone now")
    own = texts("a", range(20, 40), "blue stone here") + texts("b", range(40, 60), "green stone now")
    rows = fs.score(fs.count([*shared, *own]), max_p=1).features.filter(label="a", kind="word", order=2)
    baseline = dict(zip(rows["feature"], rows["baseline_per_million"], strict=True))
    assert baseline["red stone"] == pytest.approx(1e6 / 3)
    assert baseline["blue stone"] == 0


strata_of_prompts = st.lists(st.integers(0, 2), min_size=4, max_size=4)


def plain_counts(profile: Profile, strata: np.ndarray, stratum: int, row: int) -> tuple[float, float]:
    """Occurrences of a row in a stratum, and their variance, as those of a profile of nothing else."""
    grams = profile.tables[WORD]
    begin = grams.ends[row - 1] if row else 0
    blocks, words = profile.prompts.blocks, np.zeros(64)
    x = np.zeros(64)
    for prompt in np.flatnonzero(strata == stratum):
        words[blocks[prompt]] += profile.prompts.n_words[prompt]
    for u in range(begin, grams.ends[row]):
        if strata[grams.units[u]] == stratum:
            x[blocks[grams.units[u]]] += grams.unit_n[u]
    n, n_blocks = x.sum(), (words > 0).sum()
    residuals = ((x - n / max(words.sum(), 1) * words) ** 2).sum() * n_blocks / max(n_blocks - 1, 1)
    return n, max(residuals, n)


@pytest.mark.kernels
@given(documents, strata_of_prompts)
def test_stratum_counts__are_those_of_the_texts_of_a_stratum_alone(pairs, numbers) -> None:
    profile = count_documents(chunk(pairs), SPEC)
    strata = np.array(numbers[: len(profile.prompts.keys)], np.uint32)
    rows = np.arange(len(profile.tables[WORD].n))
    found = stratum_counts(profile, WORD, rows, strata, 3)
    for row in rows:
        expected = [plain_counts(profile, strata, s, row) for s in range(3)]
        np.testing.assert_allclose(np.stack(found)[:, :, row].T, expected, rtol=1e-9, atol=1e-9)


@given(documents)
def test_stratum_counts__of_one_stratum_are_to_the_bit_those_of_all_texts(pairs) -> None:
    profile = count_documents(chunk(pairs), SPEC)
    rows = np.arange(len(texts_of(profile, WORD, np.arange(len(profile.tables[WORD].n)))))
    found = stratum_counts(profile, WORD, rows, np.zeros(len(profile.prompts.keys), np.uint32), 1)
    n, (squares, products, _) = profile.tables[WORD].n.astype(float), moments_of(profile, WORD, rows)
    assert np.array_equal(found.n[0], n)
    assert np.array_equal(found.variance[0], own_variance(n, squares, products, BlockDesign.of(profile)))


counts = st.lists(st.tuples(st.integers(1, 10**5), st.integers(0, 300), st.integers(0, 10**4)), min_size=1, max_size=4)


@given(counts)
def test_mean_reference__has_the_mean_of_the_rates_and_its_variance(parts) -> None:
    references = [
        Reference("panel", Spread(*(np.array([float(n)]) for _ in range(3))), float(words)) for words, n, _ in parts
    ]
    weights = [weight for *_, weight in parts]
    if not any(weights):
        weights = [1] * len(parts)
    found, shares = mean_reference(references, weights), np.array(weights) / sum(weights)
    rates = np.array([n / words for words, n, _ in parts])
    variances = np.array([n / words**2 for words, n, _ in parts])
    assert found.spread.n[0] / found.n_words == pytest.approx(float(shares @ rates), rel=1e-6, abs=1e-9)
    assert found.spread.variance[0] / found.n_words**2 == pytest.approx(float(shares**2 @ variances), rel=1e-6)
