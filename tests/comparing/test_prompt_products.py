"""Products prompt by prompt equal those of adding up answer by answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fastslop._kernels.comparing import prompt_products as kernels
from fastslop.base.arrays import Floats
from fastslop.comparing import prompt_products
from fastslop.comparing.prompt_counts import PromptCounts, read_prompt_counts
from fastslop.comparing.prompt_products import drawn_products
from fastslop.counting.count import count

WORDS = "ash bay elk fog gem hut ivy jar keg loft".split()


def written(rng: np.random.Generator, n_words: int) -> str:
    """A text of words and full stops; of no words, one of dashes."""
    return ". ".join(rng.choice(WORDS, n_words)) if n_words else "-- -- --"


def records(panel: str, n_labels: int, n_prompts: int, seed: int) -> list[dict[str, object]]:
    """Answers of labels to prompts; one in five is missing, one in nine has no word in it."""
    rng = np.random.default_rng(seed)
    return [
        {
            "model": f"{panel}{label}",
            "prompt": f"{panel}{prompt}",
            "text": written(rng, int(rng.integers(3, 40)) if rng.random() < 8 / 9 else 0),
        }
        for label in range(n_labels)
        for prompt in range(n_prompts)
        if rng.random() < 0.8
    ]


@pytest.fixture(scope="module", params=[3, 9])
def counts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> PromptCounts:
    """A panel of some labels, and a small one of two."""
    folder: Path = tmp_path_factory.mktemp("products")
    large = count(records("x", request.param, 12, 1), out=folder / "x", panel="x")
    small = count(records("y", 2, 6, 2), out=folder / "y", panel="y")
    return read_prompt_counts([*large.members, *small.members])


def plain_products(counts: PromptCounts, panel: str, weights: Floats) -> Floats:
    """By definition: prompt by prompt, the values of the labels that wrote words, less their mean, multiplied."""
    labels = [i for i, own in enumerate(counts.panels) if own == panel]
    products = np.zeros((len(counts.labels), len(counts.labels)))
    for prompt in range(len(counts.groups[panel])):
        answers = {}
        for label in labels:
            own = counts.counts[label]
            if own.n_words[prompt] > 0:
                answers[label] = np.zeros(len(counts.features))
                for row, (end, n) in enumerate(zip(own.ends, own.n_units, strict=True)):
                    units = range(end - n, end) if n >= 2 else ()
                    total = sum(int(own.n[unit]) for unit in units if own.groups[unit] == prompt)
                    answers[label][own.columns[row]] += np.sqrt(total / own.n_words[prompt])
        if len(answers) < 3:
            continue
        mean = np.mean([*answers.values()], axis=0)
        for one, of_one in answers.items():
            for other, of_other in answers.items():
                products[one, other] += weights[prompt] * ((of_one - mean) @ (of_other - mean))
    return products


@pytest.mark.parametrize("dense_share", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("units_at_once", [50, 1 << 22])
def test_drawn_products__equal_adding_up_answer_by_answer(counts, monkeypatch, dense_share, units_at_once) -> None:
    """However many units are looked at together; kernels are run as Python, so that their rule can be changed."""
    monkeypatch.setattr(prompt_products, "UNITS_AT_ONCE", units_at_once)
    if dense_share != 0.5:
        monkeypatch.setattr(kernels, "DENSE_SHARE", dense_share)
        for name in ("add_dense", "add_sparse", "put_centred", "sort_by_feature"):
            monkeypatch.setattr(kernels, name, getattr(getattr(kernels, name), "py_func", getattr(kernels, name)))
        plain = getattr(kernels.group_products, "py_func", kernels.group_products)
        monkeypatch.setattr(prompt_products, "group_products", plain)
    rng = np.random.default_rng(3)
    weights = {panel: rng.integers(0, 3, (len(keys), 4)).astype(np.float64) for panel, keys in counts.groups.items()}
    found = drawn_products(counts, weights)
    once = np.ones(len(counts.groups["x"]))
    np.testing.assert_allclose(found.whole(), plain_products(counts, "x", once), atol=1e-5)
    for draw in range(4):
        np.testing.assert_allclose(
            found.of_draw(draw), plain_products(counts, "x", weights["x"][:, draw]), rtol=1e-5, atol=1e-5
        )


def test_products__are_those_of_panels_that_have_a_mean_of_their_own(counts) -> None:
    never = {panel: np.zeros((len(keys), 0)) for panel, keys in counts.groups.items()}
    whole = drawn_products(counts, never).whole()
    is_small = np.array(counts.panels) == "y"
    assert (whole[is_small] == 0).all()
    assert (np.diag(whole)[~is_small] > 0).all()
    np.testing.assert_allclose(whole.sum(axis=0), 0, atol=1e-4)


def test_products__on_all_prompts_do_not_depend_on_what_is_drawn(counts) -> None:
    rng = np.random.default_rng(4)
    found = []
    for n_draws in (0, 1, 50):
        drawn = {panel: rng.integers(0, 3, (len(keys), n_draws)) * 1.0 for panel, keys in counts.groups.items()}
        found.append(drawn_products(counts, drawn).whole())
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


def test_drawn_products__of_blocks_of_prompts_equal_adding_up_answer_by_answer(tmp_path: Path, monkeypatch) -> None:
    """Of a label with many prompts, rows of few units keep them apart, and several may be of one block."""
    rng = np.random.default_rng(5)
    rows = [
        {"model": f"m{label}", "prompt": str(prompt), "text": written(rng, 4)}
        for label in range(4)
        for prompt in range(1030 if label else 300)
    ]
    counts = read_prompt_counts(count(rows, out=tmp_path / "p", panel="x").members)
    assert len(counts.groups["x"]) == 64
    never = {"x": np.zeros((64, 0))}
    found = drawn_products(counts, never).whole()
    np.testing.assert_allclose(found, plain_products(counts, "x", np.ones(64)), rtol=1e-4, atol=1e-4)
    assert np.linalg.eigvalsh(found).min() > -1e-4


def test_drawn_products__learn_nothing_from_prompts_that_two_labels_answered(tmp_path: Path) -> None:
    """About their own mean, two answers are opposites; more of them would make relatives strangers."""
    rng = np.random.default_rng(6)
    rows = [
        {"model": f"m{label}", "prompt": str(prompt), "text": written(rng, 30)}
        for label in range(4)
        for prompt in range(12)
    ]
    alone = [
        {"model": f"m{label}", "prompt": f"pair {prompt}", "text": written(rng, 30)}
        for label in range(2)
        for prompt in range(20)
    ]
    found = []
    for name, some in (("common", rows), ("more", [*rows, *alone])):
        counts = read_prompt_counts(count(some, out=tmp_path / name, panel="x").members)
        never = {"x": np.zeros((len(counts.groups["x"]), 0))}
        found.append(drawn_products(counts, never).whole())
    np.testing.assert_allclose(found[1], found[0], rtol=0.2, atol=0.2)
