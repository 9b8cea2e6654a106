"""Inner products under many draws at once are those of the plain sample of each draw."""

from __future__ import annotations

import numpy as np
import pytest

import fastslop as fs
from fastslop.comparing import fingerprint, replicates
from fastslop.comparing.fingerprint import style_gram
from fastslop.comparing.prompt_counts import PromptCounts, read_prompt_counts
from fastslop.comparing.replicates import Row, drawn_grams, fixed_draws, grams_behind

WORDS = "a the sea sun moon red blue tapestry whisper of and".split()


@pytest.fixture(scope="module")
def counts() -> PromptCounts:
    """Five labels on two panels of 13 and 20 prompts, of which each left some out; common words are in all of them."""
    rng = np.random.default_rng(0)
    records = [
        {"model": f"{panel}{i}", "prompt": f"{panel} {prompt}", "text": " ".join(rng.choice(WORDS, 30, p=shares))}
        for panel, n_labels, n_prompts in (("x", 3, 13), ("y", 2, 20))
        for i in range(n_labels)
        for shares in [rng.dirichlet(np.ones(len(WORDS)))]
        for prompt in range(n_prompts)
        if rng.random() < 0.9
    ]
    return read_prompt_counts(fs.count(records).members)


def drawn_rows(counts: PromptCounts, labels: list[int], n_draws: int, most: int) -> list[Row]:
    """Rows of these labels; few prompts are drawn, up to ``most`` times, so that many features are in one or none."""
    rng = np.random.default_rng(1)
    weights = {
        panel: rng.integers(0, most + 1, (len(groups), n_draws)) * (rng.random((len(groups), n_draws)) < 0.4)
        for panel, groups in counts.groups.items()
    }
    return [(label, weights[counts.panels[label]].astype(np.float64)) for label in labels]


@pytest.mark.kernels
@pytest.mark.parametrize("dense_rows", [1, 128])
@pytest.mark.parametrize("labels", [[0, 1, 2, 3, 4], [4, 0, 4, 0, 0, 2], [3]])
@pytest.mark.parametrize(("most", "n_known", "exact"), [(1, None, 1 << 24), (4, None, 0), (4, 2, 1 << 24)])
def test_drawn_grams__equal_those_of_each_sample(
    counts: PromptCounts,
    labels: list[int],
    most: int,
    n_known: int | None,
    exact: int,
    dense_rows: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fingerprint, "MAX_FEATURES", 7)  # so that some are cut, and equals at the cut
    monkeypatch.setattr(replicates, "MAX_DRAWS", 4)
    monkeypatch.setattr(replicates, "EXACT", exact)
    monkeypatch.setattr(replicates, "DENSE_ROWS", dense_rows)
    monkeypatch.setattr(replicates, "DENSE_FEATURES", 3)
    rows = drawn_rows(counts, labels, 10, most)
    found = list(drawn_grams(counts, rows, n_known))
    assert len(found) == 10
    draws = [counts.draw(label, weights) for label, weights in rows]
    for d, gram in enumerate(found):
        plain = style_gram(counts.sample([(of_row, d) for of_row in draws]), n_known)
        np.testing.assert_allclose(gram, plain, rtol=3e-7, atol=1e-12)


@pytest.mark.parametrize("dense_rows", [1, 128])
def test_drawn_grams__do_not_depend_on_the_number_of_cores(
    counts: PromptCounts, dense_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicates, "DENSE_ROWS", dense_rows)
    rows = drawn_rows(counts, [0, 1, 2, 3, 4], 3, 2)
    found = []
    for n in (1, 3):
        monkeypatch.setattr(replicates, "n_cores", lambda n=n: n)
        found.append(np.array(list(drawn_grams(counts, rows))))
    assert np.array_equal(*found)


@pytest.mark.parametrize("block_bytes", [1, 1 << 12, 128 << 20])
@pytest.mark.parametrize("n_behind", [1, 3])
def test_grams_behind__are_those_of_all_rows_drawn_together(counts, monkeypatch, block_bytes, n_behind) -> None:
    monkeypatch.setattr(replicates, "BLOCK_BYTES", block_bytes)
    rng = np.random.default_rng(3)
    weights = {panel: rng.poisson(1.0, (len(keys), 40)).astype(float) for panel, keys in counts.groups.items()}
    rows = [(label, weights[panel]) for label, panel in enumerate(counts.panels)]
    behind = [(label, weights[counts.panels[label]][:, ::-1].copy()) for label in range(n_behind)]
    expected = list(drawn_grams(counts, [*rows, *behind], n_known=len(rows)))
    fixed = fixed_draws(counts, rows, len(rows))
    found = list(grams_behind(counts, [*rows, *behind], fixed))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("block_bytes", [1, 1 << 12])
def test_grams__do_not_depend_on_the_blocks_of_features(counts, monkeypatch, block_bytes) -> None:
    rows = [(label, np.ones((len(counts.groups[panel]), 5))) for label, panel in enumerate(counts.panels)]
    whole = list(drawn_grams(counts, rows))
    monkeypatch.setattr(replicates, "BLOCK_BYTES", block_bytes)
    np.testing.assert_allclose(list(drawn_grams(counts, rows)), whole, rtol=1e-12)
