"""The main job: count, score, list, compare, draw, report."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import Any

from fastslop import __version__
from fastslop.base.csv_cells import csv_of
from fastslop.base.defaults import DEFAULT_BASELINE, DROP_REASONING, JSON_FORMAT, MAX_BAD
from fastslop.base.errors import UsageError
from fastslop.base.spec import CountSpec, spec_of
from fastslop.comparing.compare import Comparison
from fastslop.counting.count import CountedSet, count_corpus, folder_for
from fastslop.counting.finished import INSTEAD
from fastslop.counting.options import CountOptions
from fastslop.counting.result import CountResult
from fastslop.drawing.families import Families, families_of, read_families
from fastslop.evidence.dates import Dates, ReleaseDates
from fastslop.lists.build import SlopLists, baseline_language, notes_of
from fastslop.lists.genre_file import GenreRow, GivenGenres, read_genres
from fastslop.lists.genre_lists import genre_lists
from fastslop.lists.slop_lists import build_lists
from fastslop.lists.strings import with_strings
from fastslop.lists.wanted import Wanted, wanted_of
from fastslop.pipeline.report import Weighed, page_of, weigh, with_date_notes
from fastslop.pipeline.texts import FromTexts, TextsAgain
from fastslop.profiles.files import SUFFIX
from fastslop.profiles.profile_set import open_profiles
from fastslop.reading.frames import Input, inputs_of, is_read_once
from fastslop.reading.options import read_options
from fastslop.scoring.reference import check_baseline
from fastslop.scoring.score import Scores, score
from fastslop.system.atomic import refuse_to_overwrite, write_json, write_text
from fastslop.system.budget import budget_of
from fastslop.system.ceiling import ceiling
from fastslop.system.claims import claims_in
from fastslop.system.file_kinds import MANIFEST, PROFILES
from fastslop.system.memory import trim
from fastslop.system.progress import Progress, silent
from fastslop.trees.build import build_tree
from fastslop.trees.tree import Tree

SHOWN = 100
"""Features of each kind and order of a label that ``run`` keeps in memory; its file has all."""
LISTS = "lists"
"""Name of the folder of slop lists."""
RUN_FILES = (
    "keyness.parquet",
    "compare.json",
    "distances.csv",
    "neighbours.csv",
    "patterns.csv",
    "tree.nwk",
    "tree.svg",
    "report.html",
    MANIFEST,
)
"""Files that a run leaves in its folder, besides profiles and lists."""
NO_PHRASES = "no phrases, contrasts and quoted examples: the texts came from {}, which is read once only"


@dataclass(frozen=True)
class RunResult:
    """Results of the main job; its files are in the folder ``out``, and ``scores`` have the first ``SHOWN`` features of
    each kind, without topics.

    A single label has no ``comparison`` and no ``tree``. ``verdicts``: by label, the verdict on its nearest, of those
    that were weighed.
    """

    profiles: CountedSet
    scores: Scores
    lists: SlopLists
    comparison: Comparison | None
    tree: Tree | None
    verdicts: dict[str, str]
    out: Path

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that a reader of the results must know."""
        of_tree = [self.comparison.likeness] if self.comparison and self.comparison.likeness else []
        of_comparison = self.comparison.notes if self.comparison else ()
        return tuple(dict.fromkeys((*self.scores.notes, *self.lists.notes, *of_comparison, *of_tree)))

    def to_dict(self) -> dict[str, Any]:
        """The shape of ``run --json``: what was counted, each label's totals, nearest and verdict, where all is."""
        labels = {str(row.pop("label")): row for row in self.scores.labels.to_dicts()}
        if self.comparison is not None:
            nearest = self.comparison.neighbours.filter(rank=1)
            for label, neighbour, distance in nearest.select("label", "neighbour", "distance").iter_rows():
                labels[label] |= {"nearest": neighbour, "distance": distance, "verdict": self.verdicts.get(label)}
        return self.profiles.to_dict() | {"labels": labels, "out": str(self.out)}


def run(
    source: object,
    out: str | PathLike[str],
    *,
    baseline: str = DEFAULT_BASELINE,
    dates: Dates | None = None,
    families: Families | None = None,
    kinds: Sequence[str] | None = None,
    no_names: bool = False,
    exclude: str | PathLike[str] | Iterable[str] | None = None,
    genres: GivenGenres | None = None,
    text: str | None = None,
    model: str | None = None,
    prompt: str | None = None,
    label: str | None = None,
    panel: str | None = None,
    spec: str | CountSpec = "default",
    orders: Sequence[int] | None = None,
    min_prompts: int = 0,
    shard: tuple[int, int] = (0, 1),
    max_bad: float = MAX_BAD,
    reasoning: str = DROP_REASONING,
    workers: int | None = None,
    memory: str | int | None = None,
    temp: str | PathLike[str] | None = None,
    force: bool = False,
    resume: bool = False,
    progress: Progress = silent,
) -> RunResult:
    """
    Do everything: count, score, list, compare and draw what is in texts, into a folder.

    A single label is counted and scored; there is nothing to compare it with, and no tree.

    Parameters
    ----------
    source
        Texts, as `count` takes them.
    out
        The folder for the results.
    baseline
        Human writing that labels are scored against: ``wordfreq:LANG``, or the file of a profile.
    dates
        Dates of release, as for `explain`, for the report.
    families
        Families of labels, as for `write_report`, for the colours of the tree and the report.
    kinds, no_names, exclude
        What lists hold, as for `slop_lists`.
    genres
        Genres of prompts that have lists of their own, as for `slop_lists`.
    text, model, prompt, label, panel, spec, orders, min_prompts, shard, max_bad, reasoning
        As for `count`.
    workers, memory, temp, force, resume, progress
        As for `count`. What comes after counting is made anew if a run is resumed.

    Raises
    ------
    BadInputError
        If texts, baseline, dates, families or genres cannot be used.
    UsageError
        If a parameter is out of range, results are already there, or a family is given for a label that is not there.

    Examples
    --------
    >>> import fastslop as fs
    >>> found = fs.run("generations/", "out")  # doctest: +SKIP
    >>> found.comparison.neighbours  # doctest: +SKIP
    """
    options = CountOptions(
        spec_of(spec, orders),
        read_options(text, model, prompt, label, shard, max_bad, reasoning),
        panel,
        budget_of(workers, memory, temp),
        force,
        min_prompts,
        resume,
    )
    released = None if dates is None else ReleaseDates.of(dates)
    known = None if families is None else read_families(families)
    given = None if genres is None else read_genres(genres)
    with ceiling.at(options.budget.memory_bytes):
        wanted = wanted_of(kinds=kinds, no_names=no_names, exclude=exclude)
        return _Run(inputs_of(source), Path(out), options, baseline, released, known, wanted, given, progress).result()


def check_run_folder(out: Path, *, force: bool) -> None:
    """Raise UsageError if a run's results would replace others, before anything is computed."""
    for name in (*RUN_FILES, LISTS):
        refuse_to_overwrite(out / name, force=force, or_resume=True)


@dataclass(frozen=True)
class _Run:
    """A run of the main job: what it reads, where it writes, and how."""

    inputs: Sequence[Input]
    out: Path
    options: CountOptions
    baseline: str
    released: ReleaseDates | None
    families: dict[str, str] | None
    wanted: Wanted
    genres: Sequence[GenreRow] | None
    progress: Progress

    def result(self) -> RunResult:
        """Do the job."""
        check_run_folder(self.out, force=self.options.replaces)
        check_baseline(self.baseline, self.options.spec)
        with folder_for(self.out), claims_in(self.out) as claims:
            claims.add(MANIFEST)  # which a run writes last, and no other command does
            return self._result()

    def _result(self) -> RunResult:
        counted = count_corpus(self.inputs, self.out / PROFILES, self.options, self.progress)
        paths = [profile.path for profile in counted.profiles if profile.path]
        if self.options.resume:
            _check_same_labels(self.out / PROFILES, set(paths))
        _remove_what_is_stale(self.out, set(paths))
        profiles = open_profiles(*paths)
        families_of(profiles.labels, self.families)  # raises before anything long is begun
        trim()  # what a step has freed lies between what is still in use, and the next would take as much anew
        # Comparing comes before scoring: resampling needs most memory, and Polars keeps what it once held.
        weighed = weigh(profiles, self.released, self.progress) if len(profiles) > 1 else Weighed()
        tree = None if weighed.comparison is None else self._write_comparison(weighed.comparison, weighed.verdicts)
        trim()
        scores = score(profiles, baseline=self.baseline, progress=self.progress)
        self._tell("writing scores")
        scores.write(self.out / "keyness.parquet", force=self.options.replaces)
        lists = build_lists(scores, profiles.members, self.wanted)
        scores = replace(scores, features=scores.without_topics().top(SHOWN))
        of_genres = genre_lists(profiles, scores, self.genres, self.baseline, self.wanted, self.progress)
        lists += of_genres.lists
        trim()
        texts = None
        if is_read_once(self.inputs):
            scores = replace(scores, notes=(*scores.notes, NO_PHRASES.format("stdin or an iterator")))
            lists = with_strings(lists, profiles.members, baseline_language(scores))
        else:
            read = TextsAgain(self.inputs, self.options.read, self.options.budget, self.progress)
            texts = read.found(lists, scores, profiles, self.wanted, of_genres.members)
            lists = texts.lists
            self._write("patterns.csv", csv_of(texts.patterns))
        notes = (*scores.notes, *of_genres.notes, *notes_of(lists, scores, self.wanted))
        slop_lists = SlopLists(tuple(lists), notes)
        self._tell("writing lists")
        slop_lists.write(self.out / LISTS, force=self.options.replaces)
        scores = with_date_notes(scores, profiles, self.released)
        self._write_report(counted, scores, weighed, texts)
        found = CountedSet(profiles.members, counted)
        return RunResult(found, scores, slop_lists, weighed.comparison, tree, weighed.verdicts, self.out)

    def _tell(self, step: str) -> None:
        """Tell of a step that has no parts."""
        self.progress(step, 0, 1, "parts")

    def _write(self, name: str, text: str) -> None:
        write_text(self.out / name, text, force=self.options.replaces)

    def _write_comparison(self, comparison: Comparison, verdicts: Mapping[str, str]) -> Tree:
        self._tell("drawing the tree")
        tree = build_tree(comparison)
        comparison.write(self.out, force=self.options.replaces, verdicts=verdicts)
        for name in ("tree.nwk", "tree.svg"):
            tree.write(self.out / name, families=self.families, force=self.options.replaces)
        return tree

    def _write_report(
        self,
        counted: CountResult,
        scores: Scores,
        weighed: Weighed,
        texts: FromTexts | None,
    ) -> None:
        """The report, and what the run was made from."""
        self._tell("writing the report")
        made_from = (self.options, counted, self.baseline, self.released, self.genres)
        manifest = _manifest(*made_from, scores, weighed.comparison)
        manifest["parameters"]["families"] = self.families
        manifest["patterns"] = None if texts is None else "patterns.csv"
        self._write("report.html", page_of(scores, weighed, texts, families=self.families, read=manifest))
        write_json(self.out / MANIFEST, manifest, force=self.options.replaces)


def _check_same_labels(folder: Path, profiles: set[Path]) -> None:
    """Raise UsageError if a run that goes on finds profiles that are not of its inputs."""
    if others := sorted(path for path in folder.glob(f"*{SUFFIX}") if path not in profiles):
        raise UsageError(f"{others[0]} is of none of the inputs' models; {INSTEAD}")


def _remove_what_is_stale(out: Path, profiles: set[Path]) -> None:
    """Remove what an earlier run left in its folder (a run that was forced), so that all in it belongs together."""
    if (out / MANIFEST).exists():
        for path in (*(out / PROFILES).glob(f"*{SUFFIX}"), *(out / name for name in RUN_FILES)):
            if path not in profiles:
                path.unlink(missing_ok=True)
        shutil.rmtree(out / LISTS, ignore_errors=True)


def _manifest(
    options: CountOptions,
    counted: CountResult,
    baseline: str,
    released: ReleaseDates | None,
    genres: Sequence[GenreRow] | None,
    scores: Scores,
    comparison: Comparison | None,
) -> dict[str, Any]:
    """A record of what a run was made from; nothing in it changes between two equal runs."""
    tally, fields = counted.tally, options.read.fields
    return {
        "format": JSON_FORMAT,
        "versions": {"fastslop": __version__, "python": platform.python_version()}
        | {name: version(name) for name in ("numba", "numpy", "polars", "scipy", "wordfreq")},
        "parameters": {
            "spec": options.spec.to_dict(),
            "baseline": baseline,
            "dates": released.texts if released else None,
            "genres": None if genres is None else {row.prompt: row.genre for row in genres},
            "method": comparison.method if comparison else None,
            "text": fields.text,
            "model": fields.label,
            "prompt": fields.prompt,
            "label": options.read.label,
            "panel": options.panel,
            "min_prompts": options.min_prompts,
            "shard": list(options.read.shard),
            "max_bad": options.read.max_bad,
            "reasoning": options.read.reasoning,
        },
        "inputs": [{"name": s.name, "n_bytes": s.n_bytes, "digest": s.digest} for s in tally.sources],
        **tally.to_dict(),
        "skipped": dict(sorted(tally.skipped.items())),
        "sums": counted.sums_dict(),
        "skipped_first": {reason: places for reason, places in sorted(tally.places.items())},
        "guards": options.spec.guards,
        "guarded": {profile.label: profile.guarded for profile in counted.profiles},
        "n_docs": counted.n_docs,
        "n_bytes": sum(profile.n_bytes for profile in counted.profiles),
        "notes": [*scores.notes, *(comparison.notes if comparison else ())],
    }
