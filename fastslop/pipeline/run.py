"""The main job: count, score, list, compare, draw, report."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import polars as pl

from fastslop.base.csv_cells import csv_of
from fastslop.base.defaults import DEFAULT_BASELINE, DROP_REASONING, MAX_BAD
from fastslop.base.errors import UsageError
from fastslop.base.spec import CountSpec, spec_of
from fastslop.base.wordfreq import listed_language
from fastslop.comparing.compare import Comparison
from fastslop.counting.count import CountedSet, count_corpus, folder_for
from fastslop.counting.finished import INSTEAD
from fastslop.counting.options import CountOptions
from fastslop.counting.result import CountResult
from fastslop.drawing.families import Families, families_of, read_families
from fastslop.evidence.dates import Dates, ReleaseDates
from fastslop.lists.build import SlopLists, notes_of
from fastslop.lists.genre_file import GenreRow, GivenGenres, read_genres
from fastslop.lists.genre_lists import genre_lists
from fastslop.lists.slop_lists import build_lists
from fastslop.lists.strings import with_strings
from fastslop.lists.wanted import Wanted, wanted_of
from fastslop.pipeline.beside import Beside, open_beside
from fastslop.pipeline.manifest import run_manifest
from fastslop.pipeline.report import Weighed, page_of, weigh, with_date_notes
from fastslop.pipeline.texts import FromTexts, TextsAgain
from fastslop.profiles.files import SUFFIX
from fastslop.profiles.holding import WrittenProfiles
from fastslop.profiles.origins import Origins, read_origins
from fastslop.profiles.profile_set import ProfileSet, open_written
from fastslop.reading.chunks import KeptChunks
from fastslop.reading.frames import Input, inputs_of, is_read_once
from fastslop.reading.languages import AUTO, spec_in
from fastslop.reading.options import read_options
from fastslop.report.data import NO_OTHERS, OtherModels
from fastslop.scoring.reference import check_baseline
from fastslop.scoring.score import Scores, score_with
from fastslop.system.atomic import refuse_to_overwrite, write_json, write_text
from fastslop.system.budget import budget_of
from fastslop.system.ceiling import ceiling
from fastslop.system.claims import claims_in
from fastslop.system.file_kinds import MANIFEST, PROFILES
from fastslop.system.memory import trim
from fastslop.system.progress import Progress, silent
from fastslop.trees.build import build_tree
from fastslop.trees.tree import Tree

MOST_KEPT, ROOM_SHARE = 1 << 27, 16
"""Most bytes of texts that are kept from counting to phrases, and the part of the room in memory that they may take:
they add to the peak of what comes between. Larger ones are read once more."""
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

    A single label with none beside it has no ``comparison`` and no ``tree``; others than the run's own labels are in
    these and in ``verdicts`` alone. ``verdicts``: by label, the verdict on its nearest, of those
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
            nearest = self.comparison.neighbours.filter(pl.col("label").is_in([*labels]), rank=1)
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
    beside: str | PathLike[str] | None = None,
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
    language: str = AUTO,
    scaled: int | None = None,
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
    beside
        Models that stand beside those of the texts in comparison, tree and report: ``known`` for the known models
        (`open_known`), or a folder of profiles. Scores and lists are of the texts' models alone.
    kinds, no_names, exclude
        What lists hold, as for `slop_lists`.
    genres
        Genres of prompts that have lists of their own, as for `slop_lists`.
    text, model, prompt, label, panel, spec, orders, language, scaled, min_prompts, shard, max_bad, reasoning
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
        spec_in(spec_of(spec, orders, scaled), language),
        read_options(text, model, prompt, label, shard, max_bad, reasoning),
        panel,
        budget_of(workers, memory, temp),
        force,
        min_prompts,
        resume,
        AUTO if language == AUTO else None,
    )
    released = None if dates is None else ReleaseDates.of(dates)
    known = None if families is None else read_families(families)
    given = None if genres is None else read_genres(genres)
    with ceiling.at(options.budget.memory_bytes):
        wanted = wanted_of(kinds=kinds, no_names=no_names, exclude=exclude)
        beside_these = None if beside is None else open_beside(beside, options.spec)
        return _Run(
            inputs_of(source), Path(out), options, baseline, released, known, wanted, given, beside_these, progress
        ).result()


def check_run_folder(out: Path, *, force: bool) -> None:
    """Raise UsageError if a run's results would replace others, before anything is computed."""
    for name in (*RUN_FILES, LISTS):
        refuse_to_overwrite(out / name, force=force, or_resume=True)


@dataclass(frozen=True)
class _Counted:
    """What a run counted: the result, the profiles as ``written``, the same held (``own``) and those beside with them
    (``everyone``), and the texts, as far as memory keeps them."""

    result: CountResult
    written: ProfileSet
    own: ProfileSet
    everyone: ProfileSet
    texts: KeptChunks


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
    beside: Beside | None
    progress: Progress

    def result(self) -> RunResult:
        """Do the job."""
        check_run_folder(self.out, force=self.options.replaces)
        check_baseline(self.baseline, self.options.spec)
        with folder_for(self.out), claims_in(self.out) as claims:
            claims.add(MANIFEST)  # which a run writes last, and no other command does
            return self._result()

    def _result(self) -> RunResult:
        counted = self._count()
        everyone = counted.everyone
        origins = read_origins(everyone.members)
        # Comparing comes before scoring: resampling needs most memory, and Polars keeps what it once held.
        weighed = weigh(everyone, origins, self.released, self.progress) if len(everyone) > 1 else Weighed()
        tree = None if weighed.comparison is None else self._write_comparison(weighed.comparison, weighed.verdicts)
        trim()
        scores, lists, texts = self._score_and_list(counted, origins)
        shown = scores if self.beside is None else self._score(everyone, origins).first(SHOWN)
        shown, scores = (self._with_caveats(some, everyone) for some in (shown, scores))
        others = NO_OTHERS
        if self.beside is not None:
            others = OtherModels({*everyone.labels} - {*counted.own.labels}, self.beside.caveat)
        self._write_report(counted.result, shown, weighed, texts, lists, others)
        found = CountedSet(counted.written.members, counted.result)
        return RunResult(found, scores, lists, weighed.comparison, tree, weighed.verdicts, self.out)

    def _count(self) -> _Counted:
        """Count, remove what an earlier run left, and hold the profiles, those beside as well."""
        texts, packed = KeptChunks(min(MOST_KEPT, ceiling.room // ROOM_SHARE)), WrittenProfiles()
        result = count_corpus(self.inputs, self.out / PROFILES, self.options, self.progress, texts, packed)
        paths = [profile.path for profile in result.profiles if isinstance(profile.path, Path)]
        if self.options.resume:
            _check_same_labels(self.out / PROFILES, set(paths))
        _remove_what_is_stale(self.out, set(paths))
        written = everyone = open_written(paths, packed)
        if self.beside is not None:
            written, everyone = self.beside.joined(written)
        families_of(everyone.labels, self.families)  # raises before anything long is begun
        everyone = everyone.held(packed)
        trim()  # what a step has freed lies between what is still in use, and the next would take as much anew
        own = everyone if self.beside is None else everyone.select(*written.labels)
        return _Counted(result, written, own, everyone, texts)

    def _score(self, profiles: ProfileSet, origins: Origins) -> Scores:
        return score_with(profiles, origins, baseline=self.baseline, progress=self.progress)

    def _score_and_list(self, counted: _Counted, origins: Origins) -> tuple[Scores, SlopLists, FromTexts | None]:
        """Score the run's own labels and list what they overuse; also what their texts show, if they can be read."""
        profiles = counted.own
        scores = self._score(profiles, origins)
        self._tell("writing scores")
        scores.write(self.out / "keyness.parquet", force=self.options.replaces)
        lists = build_lists(scores, profiles.members, self.wanted)
        scores = scores.first(SHOWN)
        of_genres = genre_lists(profiles, scores, self.genres, self.baseline, self.wanted, self.progress)
        lists += of_genres.lists
        trim()
        texts = None
        if is_read_once(self.inputs):
            scores = replace(scores, notes=(*scores.notes, NO_PHRASES.format("stdin or an iterator")))
            lists = with_strings(lists, profiles.members, listed_language(scores.baseline))
        else:
            how = (self.options.read, self.options.budget, self.progress)
            again = TextsAgain(self.inputs, *how, counted.texts, counted.result.tally)
            texts = again.found(lists, scores, profiles, self.wanted, of_genres.members)
            lists = texts.lists
            self._write("patterns.csv", csv_of(texts.patterns))
        notes = (*scores.notes, *of_genres.notes, *notes_of(lists, scores, self.wanted))
        slop_lists = SlopLists(tuple(lists), notes, language=profiles.spec.language)
        self._tell("writing lists")
        slop_lists.write(self.out / LISTS, force=self.options.replaces)
        return scores, slop_lists, texts

    def _with_caveats(self, scores: Scores, everyone: ProfileSet) -> Scores:
        dated = with_date_notes(scores, everyone, self.released)
        return dated if self.beside is None else replace(dated, notes=(*dated.notes, self.beside.caveat))

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
        lists: SlopLists,
        beside: OtherModels,
    ) -> None:
        """The report, and what the run was made from."""
        self._tell("writing the report")
        made_from = (self.options, counted, self.baseline, self.released, self.genres)
        manifest = run_manifest(*made_from, scores, weighed.comparison)
        manifest["parameters"]["families"] = self.families
        manifest["beside"] = None if self.beside is None else self.beside.to_dict()
        manifest["patterns"] = None if texts is None else "patterns.csv"
        page = page_of(scores, weighed, texts, lists.lists, families=self.families, read=manifest, beside=beside)
        self._write("report.html", page)
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
