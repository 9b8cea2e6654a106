"""Maximum parsimony: the tree on which the features that models overuse came up or went the fewest times.

Characters are features, 1 for a label that has the feature among its own; what those are depends on the fingerprint.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fastslop.base.arrays import Floats
from fastslop.base.defaults import DEFAULT_METHOD
from fastslop.base.errors import UsageError
from fastslop.comparing.compare import Comparison, compare, compare_counts
from fastslop.comparing.distances import condensed, mean_weights
from fastslop.comparing.fingerprint import CHUNK, Sample, chosen_values
from fastslop.comparing.prompt_counts import read_prompt_counts
from fastslop.comparing.resampling import replicate_weights, weighted_samples
from fastslop.comparing.slop_forensics import read_slop_forensics, slop_forensics_matrix
from fastslop.profiles.profile_set import ProfileSet
from fastslop.system.progress import Progress, silent, tracked
from fastslop.system.threads import map_bounded, n_cores
from fastslop.trees.consensus import majority_rule
from fastslop.trees.phylip import Characters, Parsimonious, find_program, most_parsimonious
from fastslop.trees.tree import Tree, splits

ORDERS = 10
"""Random addition orders of labels that are tried: from one alone, the search of 22 models ended a step above the
shortest tree."""
OWN_FEATURES = 1000
"""Number of features that are each label's own: as many as slop-forensics takes words."""


@dataclass(frozen=True)
class ParsimonyResult:
    """The most parsimonious tree or a consensus, and how well the characters fit.

    ``n_steps``: how often features come up or go on the shortest trees. ``retention``: their retention index
    (Farris 1989, Cladistics 5), 1 if every shared feature came up once, 0 if as on no tree, NaN if no two labels share
    any. ``comparison``: the numbers of features in which labels differ as distances.
    """

    tree: Tree
    n_steps: int
    retention: float
    comparison: Comparison


def find_parsimonious(
    profiles: ProfileSet,
    method: str = DEFAULT_METHOD,
    *,
    replicates: int = 0,
    seed: int = 0,
    is_consensus: bool = False,
    progress: Progress = silent,
) -> ParsimonyResult:
    """
    The most parsimonious tree of labels, or the majority-rule consensus of all that are equally so.

    Parameters
    ----------
    profiles
        Three labels at least.
    method
        The fingerprint that characters are made of: the default one's `own_features`, or the features of
        ``slop-forensics`` as they are.
    replicates
        How often prompts are drawn and features chosen anew, for the share of replicates that have a branch.
    seed
        Seed of the random draws and addition orders.
    is_consensus
        Whether to return the majority-rule consensus of the replicates' trees instead.
    progress
        Is told how far each step is.

    Raises
    ------
    UsageError
        If PHYLIP is not installed, there is no such method, or it has no replicates.
    BadInputError
        If there are fewer than three labels, or PHYLIP fails or takes too long.
    """
    find_program()  # before anything is computed
    comparison, whole, drawn = _characters(profiles, method, replicates, seed, progress)
    labels = comparison.labels
    jobs = chain(((whole, seed * ORDERS + order) for order in range(ORDERS)), ((of_one, seed) for of_one in drawn))
    found_trees = map_bounded(lambda job: most_parsimonious(labels, job[0], seed=job[1]), jobs, n_cores())
    searches = list(tracked(found_trees, progress, "searching trees", ORDERS + replicates, "searches"))
    n_steps = min(search.n_steps for search in searches[:ORDERS])
    n_with_split = shares_of_splits(searches[ORDERS:])
    if is_consensus:
        meaning = f"Groups in more than half of {replicates} replicates (maximum parsimony); lengths mean nothing."
        tree = majority_rule(labels, n_with_split, replicates, meaning=meaning, is_rooted=False)
    else:
        tree = shortest_tree(labels, [search for search in searches[:ORDERS] if search.n_steps == n_steps])
    if replicates and not is_consensus:
        shares = (min(n_with_split[split] / replicates, 1.0) for split in splits(len(labels), tree.children))
        tree = replace(tree, support=(*shares, None))
    differing = replace(
        comparison, metric="features that differ", condensed=_differences(whole), n_features=whole.shape[1]
    )
    return ParsimonyResult(tree, n_steps, retention_index(whole, n_steps), differing)


def _characters(
    profiles: ProfileSet, method: str, replicates: int, seed: int, progress: Progress
) -> tuple[Comparison, Characters, Iterator[Characters]]:
    """A comparison, for its checks and notes; the characters on all prompts; and those of each replicate.

    The comparison's distances are the fingerprint's, not differences of characters.
    """
    if method != DEFAULT_METHOD:
        comparison = compare(profiles, method=method, progress=progress)
        if replicates:
            raise UsageError(f"the method {method!r} has no replicates: --replicates 0")
        matrix = slop_forensics_matrix(profiles.labels, read_slop_forensics(profiles.members))
        return comparison, matrix.values.toarray() != 0, iter(())
    counts = read_prompt_counts(profiles.members, progress=progress)
    samples = weighted_samples(counts, replicate_weights(counts, replicates, seed), replicates)
    drawn = (_own_features_of(sample, counts.panels) for sample in samples)
    return compare_counts(counts, replicates=0), _own_features_of(counts.whole(), counts.panels), drawn


def _own_features_of(sample: Sample, panels: Sequence[str]) -> Characters:
    _, values = chosen_values(sample)
    return own_features(values, panels)


def shortest_tree(labels: Sequence[str], searches: Sequence[Parsimonious]) -> Tree:
    """The tree that these searches found, or the consensus of different ones, without support."""
    trees = {frozenset(splits(len(labels), tree.children)): tree for search in searches for tree in search.trees}
    if len(trees) == 1:
        return next(iter(trees.values()))
    found = Counter(split for tree in trees for split in tree)
    meaning = (
        f"Groups in more than half of {len(trees)} trees that are equally short (maximum parsimony); lengths mean "
        "nothing."
    )
    tree = majority_rule(labels, found, len(trees), name="parsimony", meaning=meaning, is_rooted=False)
    return replace(tree, support=None)


def own_features(values: csr_array, panels: Sequence[str], n: int = OWN_FEATURES) -> Characters:
    """
    The ``n`` features of each label that stand out most above the mean of its panel, as characters.

    This is how slop-forensics takes each model's most over-represented words, with the panel in the place of wordfreq:
    every label has equally many, however long it writes, and what all of a panel have is no one's.

    Parameters
    ----------
    values
        Values of the fingerprint, f64[labels, features].

    Returns
    -------
    characters
        bool[labels, features that are some label's own].
    """
    weights = mean_weights(panels)
    by_column = values.tocsc()
    excess: Floats = np.empty((len(panels), 0))
    columns: NDArray[np.int64] = np.empty((len(panels), 0), np.int64)
    for first in range(0, values.shape[1], CHUNK):
        dense = by_column[:, first : first + CHUNK].toarray()
        excess = np.hstack([excess, dense - weights @ dense])
        columns = np.hstack([columns, np.tile(np.arange(first, first + dense.shape[1]), (len(panels), 1))])
        largest = np.argsort(-excess, axis=1, kind="stable")[:, :n]
        excess = np.asarray(np.take_along_axis(excess, largest, axis=1))
        columns = np.asarray(np.take_along_axis(columns, largest, axis=1))
    rows, places = np.nonzero(excess > 0)
    owned, column = np.unique(columns[rows, places], return_inverse=True)
    characters = np.zeros((len(panels), len(owned)), np.bool_)
    characters[rows, column] = True
    return characters


def shares_of_splits(searches: Iterable[Parsimonious]) -> dict[int, float]:
    """Number of searches that find each split; one with several equally short trees counts a share for each."""
    found: dict[int, float] = defaultdict(float)
    for search in searches:
        for tree in search.trees:
            for split in splits(len(tree.labels), tree.children):
                found[split] += 1 / len(search.trees)
    return found


def retention_index(characters: Characters, n_steps: int) -> float:
    """How much of what labels share came up only once on a tree of so many steps (Farris 1989, equation 2)."""
    n_with = characters.sum(axis=0)
    fewer = np.minimum(n_with, len(characters) - n_with)
    most, least = int(fewer.sum()), int(np.count_nonzero(fewer))
    return (most - n_steps) / (most - least) if most > least else float("nan")


def _differences(characters: Characters) -> Floats:
    """Number of characters in which each two labels differ, condensed."""
    ones = characters.astype(np.float64)
    n_shared = ones @ ones.T
    n_own = np.diag(n_shared)
    return condensed(n_own[:, None] + n_own[None, :] - 2 * n_shared)
