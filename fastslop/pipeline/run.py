"""The main job as plain functions: what the commands and notebooks call."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars as pl
from scipy.spatial.distance import squareform

from fastslop import __version__
from fastslop.base.errors import BadInputError, UsageError
from fastslop.comparing.compare import DEFAULT_METHOD, Comparison, compare_counts, compare_profiles
from fastslop.comparing.prompt_counts import read_prompt_counts
from fastslop.comparing.resampling import REPLICATES
from fastslop.counting.count import Counting, CountReport, count_corpus, text_chunks
from fastslop.drawing.pictures import Drawing, draw_heatmap, draw_tree, to_svg, write_picture
from fastslop.evidence.explain import Explanation, explain_nearest
from fastslop.lists.slop_lists import SlopList, build_lists, with_phrases, write_lists
from fastslop.pipeline import outputs
from fastslop.profiles.files import MANIFEST, PROFILES, SUFFIX, read_footer, refuse_to_overwrite, write_atomically
from fastslop.profiles.profile_set import Member, open_members
from fastslop.reading.tally import Tally
from fastslop.report.data import features_to_quote, report_data
from fastslop.report.page import report_html
from fastslop.scoring.reference import DEFAULT
from fastslop.scoring.score import Scores, score_profiles
from fastslop.search.contrast_rates import PatternCounter, pattern_rates
from fastslop.search.examples import Entry, Examples, Passage
from fastslop.search.phrases import STEPS
from fastslop.system.progress import Progress, silent
from fastslop.trees.linkage import Tree, build_tree, clade_support, to_newick

SHOWN = 100
"""Features of each kind and order of a label that ``run`` keeps in memory; its file has all."""

EVIDENT = 8
"""Features that the report shows as evidence of a pair."""

LISTS = "lists"
NO_PHRASES = "no phrases, contrasts and quoted examples: the texts came from stdin, which is read once only"


@dataclass(frozen=True)
class RunReport:
    """What the main job found, the first ``SHOWN`` features of each; its files are in the folder it was given."""

    counted: CountReport
    scores: Scores
    comparison: Comparison | None
    tree: Tree | None


def run(
    inputs: Sequence[str], out: Path, counting: Counting, *, baseline: str = DEFAULT, progress: Progress = silent
) -> RunReport:
    """Count, score, compare and draw: everything that a folder of generations has to say, into the folder ``out``.

    A single label is counted and scored; there is nothing to compare it with, and no tree.
    """
    check_run_folder(out, force=counting.force)
    counted = count_corpus(inputs, out / PROFILES, counting, progress)
    _remove_what_is_stale(out, {profile.path for profile in counted.profiles})
    members = open_members([profile.path for profile in counted.profiles])
    comparison = tree = None
    evidence: list[Explanation] = []
    no_evidence = None
    if len(members) > 1:  # before the scores: resampling needs most memory, and what Polars held it keeps
        comparison, evidence, no_evidence = _compared(members, progress)
        tree = tree_of(comparison)
        outputs.write_comparison(comparison, out, force=counting.force)
        outputs.write_text(out / "tree.nwk", to_newick(tree), force=counting.force)
        outputs.write_text(out / "tree.svg", to_svg(draw_tree(tree, note=comparison.caption)), force=counting.force)
    scores = score_profiles(members, baseline, progress)
    outputs.write_scores(scores, out, force=counting.force)
    lists = build_lists(scores, members)
    scores = replace(scores, features=outputs.ranked_top(scores.features, SHOWN))
    phrases = examples = patterns = None
    if "-" in inputs:
        scores = replace(scores, notes=(*scores.notes, NO_PHRASES))
    else:
        lists, examples, patterns = _with_texts(lists, scores, members, inputs, counting, progress)
        phrases = {one.label: one.tables["phrases"] for one in lists if one.label is not None}
        outputs.write_text(out / "patterns.csv", patterns.write_csv(), force=counting.force)
    write_lists(lists, out / LISTS, force=counting.force)
    manifest = _manifest(counting, counted, baseline, scores, comparison)
    manifest["patterns"] = None if patterns is None else "patterns.csv"
    data = report_data(
        scores,
        comparison,
        tree,
        read=manifest,
        phrases=phrases,
        examples=examples,
        evidence=evidence,
        no_evidence=no_evidence,
        patterns=patterns,
    )
    outputs.write_text(out / "report.html", report_html(data), force=counting.force)
    outputs.write_json(out / MANIFEST, manifest, force=counting.force)
    return RunReport(counted, scores, comparison, tree)


def _compared(members: Sequence[Member], progress: Progress) -> tuple[Comparison, list[Explanation], str | None]:
    """The comparison, and the evidence for the link of each label to its nearest, or why there is none."""
    counts = read_prompt_counts(members, progress=progress)
    comparison = compare_counts(counts, n_replicates=REPLICATES, progress=progress)
    try:
        return comparison, explain_nearest(counts, comparison, top=EVIDENT, progress=progress), None
    except BadInputError as error:
        return comparison, [], str(error)


def _with_texts(
    lists: list[SlopList],
    scores: Scores,
    members: Sequence[Member],
    inputs: Sequence[str],
    counting: Counting,
    progress: Progress,
) -> tuple[list[SlopList], dict[str, Mapping[Entry, Passage]], pl.DataFrame]:
    """The lists with phrases, by label an example of each feature that the report shows, and rates of contrasts."""
    examples = Examples(members[0].spec)
    label_of = {member.name: member.label for member in members}
    for name, tables in features_to_quote(scores).items():
        for table, features in tables.items():
            examples.want(label_of[name], table, features)
    counter = PatternCounter(members[0].spec.tokeniser)
    steps = iter(STEPS)
    lists = with_phrases(
        lists,
        members,
        lambda: text_chunks(inputs, counting, Tally(), progress, next(steps)),
        workers=counting.n_workers,
        watchers=(counter,),
        examples=examples,
    )
    return lists, {name: examples.of_label(label) for name, label in label_of.items()}, pattern_rates(counter.sums)


def check_run_folder(out: Path, *, force: bool) -> None:
    """Raise UsageError if a run's results would replace others, before anything is computed."""
    for name in (*outputs.RUN_FILES, LISTS):
        refuse_to_overwrite(out / name, force=force)


def _remove_what_is_stale(out: Path, profiles: set[Path]) -> None:
    """Remove what an earlier run left in its folder (a run that was forced), so that all in it belongs together."""
    if (out / MANIFEST).exists():
        for path in (*(out / PROFILES).glob(f"*{SUFFIX}"), *(out / name for name in outputs.RUN_FILES)):
            if path not in profiles:
                path.unlink(missing_ok=True)
        shutil.rmtree(out / LISTS, ignore_errors=True)


def tree_of(comparison: Comparison, linkage: str = "average") -> Tree:
    """The tree of a comparison."""
    tree = build_tree(comparison.labels, comparison.condensed, method=linkage, metric=comparison.metric)
    if comparison.evidence is None:
        return tree
    return replace(tree, support=clade_support(tree, comparison.labels, comparison.evidence.replicates))


def report(
    places: Sequence[str],
    out: Path,
    *,
    baseline: str,
    method: str,
    title: str | None,
    force: bool,
    progress: Progress = silent,
) -> tuple[str, ...]:
    """Write the report of these profiles as one page; returns what its reader must know.

    Raises
    ------
    UsageError
        If ``out`` does not end in .html, or is there already.
    """
    if out.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{out}: a report is written as .html")
    refuse_to_overwrite(out, force=force)
    members = open_members(places)
    comparison, evidence, no_evidence = None, list[Explanation](), None
    if len(members) > 1 and method == DEFAULT_METHOD:
        comparison, evidence, no_evidence = _compared(members, progress)
    elif len(members) > 1:
        comparison = compare_profiles(members, method, progress=progress)
        no_evidence = f"it is weighed by the fingerprint {DEFAULT_METHOD!r}, not by {method!r}"
    scores = score_profiles(members, baseline, progress)
    tree = None if comparison is None else tree_of(comparison)
    read: dict[str, object] = {
        "versions": {"fastslop": __version__},
        "parameters": {"baseline": baseline, "method": method},
    }
    guarded = {member.name: read_footer(member.path).values["guarded"] for member in members}
    read |= {"guards": members[0].spec.guards, "guarded": guarded}
    data = report_data(scores, comparison, tree, title=title, read=read, evidence=evidence, no_evidence=no_evidence)
    outputs.write_text(out, report_html(data), force=force)
    return tuple(data["notes"])


PICTURE_SUFFIXES = (".svg", ".png", ".pdf")
TREE_SUFFIXES = (".nwk", ".nex", *PICTURE_SUFFIXES)


def check_file(path: Path, suffixes: Sequence[str], *, force: bool) -> None:
    """Raise UsageError if nothing of these kinds can be written there, before anything is computed."""
    if path.suffix.lower() not in suffixes:
        raise UsageError(f"{path}: this is written as {', '.join(suffixes)}, by the ending of its name")
    refuse_to_overwrite(path, force=force)


def write_drawing(drawing: Drawing, path: Path, *, force: bool) -> None:
    """Write a picture in the format that the ending of ``path`` names."""
    suffix = path.suffix.lower()
    if suffix == ".svg":
        outputs.write_text(path, to_svg(drawing), force=force)
    else:
        write_atomically(path, lambda beside: write_picture(drawing, beside, suffix[1:]), force=force)


def write_heatmap(comparison: Comparison, path: Path, *, force: bool) -> None:
    """Write the distances as a picture, in the order of their tree."""
    tree = tree_of(comparison)
    place = {label: i for i, label in enumerate(comparison.labels)}
    order = [place[label] for label in tree.labels]
    condensed = squareform(comparison.square[np.ix_(order, order)], checks=False)
    write_drawing(draw_heatmap(tree, condensed, note=comparison.caption), path, force=force)


def _manifest(
    counting: Counting, counted: CountReport, baseline: str, scores: Scores, comparison: Comparison | None
) -> dict[str, object]:
    """What a run was made from; nothing in it changes between two equal runs."""
    tally = counted.tally
    return {
        "format": outputs.FORMAT,
        "versions": {"fastslop": __version__, "python": platform.python_version()}
        | {name: version(name) for name in ("numba", "numpy", "polars", "scipy", "wordfreq")},
        "parameters": {
            "spec": counting.spec.to_dict(),
            "baseline": baseline,
            "method": comparison.method if comparison else None,
            "text": counting.fields.text,
            "model": counting.fields.label,
            "prompt": counting.fields.prompt,
            "label": counting.label,
            "panel": counting.panel,
            "shard": list(counting.shard),
            "max_bad": counting.max_bad,
        },
        "inputs": [{"name": s.name, "n_bytes": s.n_bytes, "digest": s.digest} for s in tally.sources],
        "skipped": dict(sorted(tally.skipped.items())),
        "skipped_first": {reason: places for reason, places in sorted(tally.places.items())},
        "guards": counting.spec.guards,
        "guarded": {profile.label: profile.guarded for profile in counted.profiles},
        "n_docs": counted.n_docs,
        "n_bytes": sum(profile.n_bytes for profile in counted.profiles),
        "notes": [*scores.notes, *(comparison.notes if comparison else ())],
    }
