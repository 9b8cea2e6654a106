"""Profiles to the tree of who writes like whom, with its caption and notes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial.distance import squareform

from fastslop.base.arrays import Floats
from fastslop.base.defaults import DEFAULT_METHOD, LINKAGES, PARSIMONY_REPLICATES, REPLICATES
from fastslop.base.errors import UsageError
from fastslop.comparing.compare import Comparison, compare
from fastslop.comparing.tree_likeness import cophenetic_correlation
from fastslop.profiles.profile_set import ProfileSet
from fastslop.system.progress import Progress, silent
from fastslop.trees.consensus import majority_rule
from fastslop.trees.linkage import Linkage, as_tree, linkage_of
from fastslop.trees.neighbour_joining import count_splits, neighbour_joining
from fastslop.trees.parsimony import find_parsimonious
from fastslop.trees.support import clade_support, count_clades
from fastslop.trees.tree import Tree, path_lengths


def build_tree(
    profiles: ProfileSet | Comparison,
    *,
    linkage: str = "average",
    method: str = DEFAULT_METHOD,
    replicates: int | None = None,
    seed: int = 0,
    consensus: bool = False,
    progress: Progress = silent,
) -> Tree:
    """
    Build the tree of labels, or the majority-rule consensus of its replicates.

    Parameters
    ----------
    profiles
        Two labels at least; three for "nj" and "parsimony". Or the comparison of them, which has its own method and
        replicates; parsimony needs the profiles.
    linkage
        "average", "ward", "nj" (neighbour joining), or "parsimony" (needs PHYLIP).
    method
        The fingerprint: ``fastslop``, or ``slop-forensics`` to compare with, which has no replicates.
    replicates
        How often prompts are drawn anew, for support; 0 for none. None for 200, or 50 of parsimony, which are slower
        each.
    seed
        Seed of the random draws.
    consensus
        Show only the groups that more than half of the replicates have.
    progress
        Is told how far each step is.

    Raises
    ------
    UsageError
        If there is no such linkage or method, a consensus is to be made of no replicates, or PHYLIP is not installed.
    BadInputError
        If there are too few labels, or they have no feature in common.

    Examples
    --------
    >>> import fastslop as fs
    >>> writing = {"a": "Dusk fell; the sea sighed.", "b": "Dusk fell; the sea moaned.", "c": "Buy now! Buy more!"}
    >>> texts = [{"model": m, "prompt": str(i), "text": t} for m, t in writing.items() for i in range(4)]
    >>> tree = fs.build_tree(fs.count(texts), replicates=0)
    >>> frozenset({"a", "b"}) in tree.clades()
    True
    """
    if linkage not in LINKAGES:
        raise UsageError(f"unknown linkage {linkage!r}; choose one of: {', '.join(LINKAGES)}")
    if consensus and replicates == 0:
        raise UsageError("a consensus is one of replicates: --replicates must be 1 at least")
    if isinstance(profiles, Comparison):
        return _of_comparison(profiles, linkage, consensus)
    if linkage == "parsimony":
        return _parsimonious(profiles, method, replicates, seed, consensus, progress)
    n_replicates = REPLICATES if replicates is None else replicates
    comparison = compare(profiles, method=method, replicates=n_replicates, seed=seed, progress=progress)
    return _of_comparison(comparison, linkage, consensus)


def _of_comparison(comparison: Comparison, linkage: str, consensus: bool) -> Tree:
    if linkage == "parsimony":
        raise UsageError("parsimony is of features, not of distances: give it the profiles")
    drawn = None if comparison.resampled is None else comparison.resampled.replicates
    if consensus:
        if drawn is None:
            raise UsageError(
                "a consensus is one of replicates, and this comparison has none; compare with replicates, by the "
                f"method {DEFAULT_METHOD!r}"
            )
        tree = _consensus(comparison, linkage, drawn)
    elif linkage == "nj":
        tree = neighbour_joining(comparison.labels, comparison.condensed, drawn, metric=comparison.metric)
    else:
        tree = as_tree(comparison_linkage(comparison, linkage))
    return _explained(tree, comparison, _fit(comparison, tree), 0 if drawn is None else len(drawn))


def comparison_linkage(comparison: Comparison, linkage: str = "average") -> Linkage:
    """The linkage of a comparison, with the support of its replicates if there are any."""
    joined = linkage_of(comparison.labels, comparison.condensed, method=linkage, metric=comparison.metric)
    if comparison.resampled is None:
        return joined
    return replace(joined, support=clade_support(joined, comparison.labels, comparison.resampled.replicates))


def _explained(tree: Tree, comparison: Comparison, fit: str, n_replicates: int) -> Tree:
    """The tree with its caption, and with notes: how tree-like the distances are, then what the numbers mean."""
    likeness = [comparison.likeness] if comparison.likeness else []
    notes = (*likeness, fit, *replace(comparison, resampled=None).notes)
    if n_replicates:
        support = (
            f"support is the share of {n_replicates} replicates with prompts drawn anew that have the same "
            f"{'group' if tree.is_rooted else 'split'}; it says how repeatable that is, not who learnt from whom"
        )
        notes = (*notes, support)
    return replace(tree, caption="\n".join([f"{comparison.caption}; {fit}", *likeness]), notes=notes)


def _consensus(comparison: Comparison, linkage: str, replicates: Floats) -> Tree:
    """The groups that most replicates have: clades, or splits where trees have no root."""
    is_rooted = linkage != "nj"
    labels = comparison.labels
    found = count_clades(labels, replicates, linkage) if is_rooted else count_splits(labels, replicates)
    how = f"{linkage} linkage" if is_rooted else "neighbour joining"
    meaning = (
        f"Groups in more than half of {len(replicates)} replicates ({how}, {comparison.metric}); lengths mean nothing."
    )
    return majority_rule(sorted(labels), found, len(replicates), meaning=meaning, is_rooted=is_rooted)


def _parsimonious(
    profiles: ProfileSet, method: str, replicates: int | None, seed: int, consensus: bool, progress: Progress
) -> Tree:
    """The most parsimonious tree; parameters as of `build_tree`."""
    if replicates is None:
        replicates = PARSIMONY_REPLICATES if method == DEFAULT_METHOD else 0
    if consensus and not replicates:
        raise UsageError(
            f"a consensus is one of replicates, and the method {method!r} has none; leave out --consensus or --method"
        )
    found = find_parsimonious(
        profiles, method, replicates=replicates, seed=seed, is_consensus=consensus, progress=progress
    )
    steps = f"shortest tree: {found.n_steps:,} steps, retention index {_rounded(found.retention)}"
    return _explained(found.tree, found.comparison, f"{steps}; {_fit(found.comparison, found.tree)}", replicates)


def _fit(comparison: Comparison, tree: Tree) -> str:
    """How well the tree holds the distances, or how many groups one without lengths leaves open, in a few words."""
    if tree.lengths is None:
        n_groups = max(len(tree.labels) - (2 if tree.is_rooted else 3), 0)
        return f"unresolved: {n_groups - len(tree.children) + 1} of {n_groups} groups"
    place = {label: i for i, label in enumerate(comparison.labels)}
    order = [place[label] for label in tree.labels]
    condensed = squareform(comparison.square[np.ix_(order, order)], checks=False)
    return f"cophenetic correlation {_rounded(cophenetic_correlation(condensed, path_lengths(tree)))}"


def _rounded(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.2f}"
