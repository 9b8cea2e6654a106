"""Which tree is drawn of profiles, what is said of it, and the file it goes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.spatial.distance import squareform

from fastslop.base.errors import UsageError
from fastslop.comparing.compare import DEFAULT_METHOD, Comparison, compare_profiles
from fastslop.comparing.resampling import REPLICATES
from fastslop.comparing.tree_likeness import tree_likeness
from fastslop.drawing.pictures import draw_tree
from fastslop.pipeline import outputs
from fastslop.pipeline.run import PICTURE_SUFFIXES, tree_of, write_drawing
from fastslop.profiles.profile_set import Member
from fastslop.system.progress import Progress, silent
from fastslop.trees import parsimony
from fastslop.trees.consensus import majority_rule
from fastslop.trees.linkage import count_clades, phylogeny
from fastslop.trees.neighbour_joining import count_splits, neighbour_joining
from fastslop.trees.newick import newick, nexus
from fastslop.trees.tree import Phylogeny, path_lengths

LINKAGES = ("average", "ward", "nj", "parsimony")


@dataclass(frozen=True)
class Grown:
    """A tree, the comparison it stands for, and what its reader must know."""

    tree: Phylogeny
    comparison: Comparison
    said: str
    n_replicates: int

    @property
    def notes(self) -> tuple[str, ...]:
        """How tree-like the distances are, then what the numbers mean."""
        notes = (self.said, *replace(self.comparison, evidence=None).notes)
        if not self.n_replicates:
            return notes
        support = (
            f"support is the share of {self.n_replicates} replicates with prompts drawn anew that have the same "
            f"{'group' if self.tree.is_rooted else 'split'}; it says how repeatable that is, not who learnt from whom"
        )
        return (*notes, support)


def grow_tree(
    members: Sequence[Member],
    method: str,
    linkage: str,
    *,
    n_replicates: int | None = None,
    seed: int = 0,
    is_consensus: bool = False,
    progress: Progress = silent,
) -> Grown:
    """
    The tree of these profiles, or the majority-rule consensus of its replicates.

    Parameters
    ----------
    linkage
        "average", "ward", "nj" (neighbour joining) or "parsimony".
    n_replicates
        How often prompts are drawn anew; None for ``resampling.REPLICATES``, or ``parsimony.REPLICATES``, which are
        slower each. A method that has no replicates has none then.

    Raises
    ------
    UsageError
        If there is no such linkage, or a consensus is to be made of no replicates; and see ``compare_profiles``,
        ``parsimony``.
    """
    if linkage not in LINKAGES:
        raise UsageError(f"unknown linkage {linkage!r}; choose one of: {', '.join(LINKAGES)}")
    if is_consensus and n_replicates == 0:
        raise UsageError("a consensus is one of replicates: --replicates must be 1 at least")
    if linkage == "parsimony":
        return _most_parsimonious(members, method, n_replicates, seed, is_consensus, progress)
    n_replicates = REPLICATES if n_replicates is None else n_replicates
    comparison = compare_profiles(members, method, n_replicates=n_replicates, seed=seed, progress=progress)
    if is_consensus:
        tree = _consensus(comparison, linkage)
    elif linkage == "nj":
        replicates = None if comparison.evidence is None else comparison.evidence.replicates
        tree = neighbour_joining(comparison.labels, comparison.condensed, replicates, metric=comparison.metric)
    else:
        tree = phylogeny(tree_of(comparison, linkage))
    n_replicates = 0 if comparison.evidence is None else n_replicates
    return Grown(tree, comparison, _likeness(comparison, tree), n_replicates)


def _consensus(comparison: Comparison, linkage: str) -> Phylogeny:
    """The groups that most replicates have: clades, or splits where trees have no root."""
    if comparison.evidence is None:
        raise UsageError(_no_replicates(comparison.method))
    replicates = comparison.evidence.replicates
    is_rooted = linkage != "nj"
    labels = comparison.labels
    found = count_clades(labels, replicates, linkage) if is_rooted else count_splits(labels, replicates)
    how = f"{linkage} linkage" if is_rooted else "neighbour joining"
    meaning = (
        f"Groups in more than half of {len(replicates)} replicates ({how}, {comparison.metric}); lengths mean nothing."
    )
    return majority_rule(sorted(labels), found, len(replicates), meaning=meaning, is_rooted=is_rooted)


def _most_parsimonious(
    members: Sequence[Member],
    method: str,
    n_replicates: int | None,
    seed: int,
    is_consensus: bool,
    progress: Progress,
) -> Grown:
    if n_replicates is None:
        n_replicates = parsimony.REPLICATES if method == DEFAULT_METHOD else 0
    if is_consensus and not n_replicates:
        raise UsageError(_no_replicates(method))
    found = parsimony.parsimony(
        members, method, n_replicates=n_replicates, seed=seed, is_consensus=is_consensus, progress=progress
    )
    steps = f"shortest tree: {found.n_steps:,} steps, retention index {_rounded(found.retention)}"
    return Grown(found.tree, found.comparison, f"{steps}; {_likeness(found.comparison, found.tree)}", n_replicates)


def _no_replicates(method: str) -> str:
    return f"a consensus is one of replicates, and the method {method!r} has none; leave out --consensus or --method"


def _likeness(comparison: Comparison, tree: Phylogeny) -> str:
    """How tree-like the distances are, in a few words; of a tree whose lengths mean nothing, what it leaves open."""
    place = {label: i for i, label in enumerate(comparison.labels)}
    order = [place[label] for label in tree.labels]
    found = tree_likeness(squareform(comparison.square[np.ix_(order, order)], checks=False), path_lengths(tree))
    delta = f"tree-likeness: mean delta {_rounded(found.delta)}"
    if tree.lengths is not None:
        return f"{delta}, cophenetic correlation {_rounded(found.cophenetic)}"
    n_groups = max(len(tree.labels) - (2 if tree.is_rooted else 3), 0)
    return f"{delta}; unresolved: {n_groups - len(tree.children) + 1} of {n_groups} groups"


def _rounded(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.2f}"


def write_tree(
    grown: Grown,
    path: Path,
    *,
    layout: str = "rectangular",
    title: str | None = None,
    highlight: Sequence[str] = (),
    force: bool = False,
) -> None:
    """Write a tree in the format that the ending of ``path`` names."""
    suffix = path.suffix.lower()
    if suffix in PICTURE_SUFFIXES:
        note = f"{grown.comparison.caption}; {grown.said}"
        drawing = draw_tree(grown.tree, layout=layout, title=title, note=note, highlight=highlight)
        write_drawing(drawing, path, force=force)
    else:
        outputs.write_text(path, newick(grown.tree) if suffix == ".nwk" else nexus(grown.tree), force=force)
