"""Profiles, and the texts they were counted from, to slop lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from fastslop.base.defaults import DEFAULT_BASELINE, DROP_REASONING, JSON_FORMAT, LIST_ENTRIES, MAX_BAD
from fastslop.base.errors import UsageError
from fastslop.base.tables import html_table
from fastslop.base.wordfreq import listed_language
from fastslop.lists.files import folder_of, write_lists
from fastslop.lists.genre_file import GivenGenres, read_genres
from fastslop.lists.genre_lists import genre_lists
from fastslop.lists.phrase_lists import expected_bytes, with_phrases
from fastslop.lists.slop_lists import SlopList, build_lists
from fastslop.lists.strings import matching_of, with_strings
from fastslop.lists.wanted import REASONS, Wanted, wanted_of
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import ProfileSet
from fastslop.reading.chunks import TextChunk
from fastslop.reading.corpus import text_chunks
from fastslop.reading.frames import check_read_twice, inputs_of
from fastslop.reading.options import read_options
from fastslop.reading.tally import Tally
from fastslop.scoring.score import Scores, score
from fastslop.search.passes import TextPasses
from fastslop.system.budget import budget_of
from fastslop.system.ceiling import ceiling
from fastslop.system.progress import Progress, silent

NO_TEXTS = "n-grams are listed without stopwords; for phrases as they stand in the texts, name these (--texts)"


@dataclass(frozen=True)
class SlopLists(Mapping[str, SlopList]):
    """The list of each label, by name, the ``pooled`` one of all, where there are two labels at least, and ``genres``.

    ``notes`` are on the lists, ``read_notes`` on how texts were read for phrases; ``language`` is that of the texts.
    """

    lists: tuple[SlopList, ...]
    notes: tuple[str, ...] = ()
    read_notes: tuple[str, ...] = ()
    language: str = "en"

    @property
    def pooled(self) -> SlopList | None:
        """The list of what labels overuse on average; None for a single label."""
        return next((one for one in self.lists if one.label is None and one.genre is None), None)

    @property
    def genres(self) -> dict[str, SlopList]:
        """The list of each genre of prompts, pooled over labels; none where prompts are of one genre."""
        return {one.genre: one for one in self.lists if one.genre is not None}

    def write(self, folder: str | PathLike[str], *, most: int | None = None, force: bool = False) -> None:
        """Write every list as files for other programs, into ``pooled``, ``models`` and ``genres`` in a folder.

        Parameters
        ----------
        folder
            The folder.
        most
            Most entries of each file of bans, for programs with little room; all if not given.
        force
            Replace files that are there.

        Raises
        ------
        UsageError
            If one of them is already there, unless ``force``; or ``most`` is below 1.
        """
        if most is not None and most < 1:
            raise UsageError("a list to ban has one string at least")
        write_lists(self.lists, Path(folder), language=self.language, most=most, force=force)

    def to_dict(self) -> dict[str, Any]:
        """The shape of ``lists --json``: of each list its label (None if pooled), folder, and how many entries of each
        kind it has, and were left out; the entries are in its files."""
        lists = [
            {
                "label": one.label,
                "genre": one.genre,
                "folder": folder_of(one).as_posix(),
                "n_entries": {name: frame.height for name, frame in one.tables.items()},
                "left_out": {reason: one.left_out[reason] for reason in REASONS},
            }
            for one in self.lists
        ]
        return {"format": JSON_FORMAT, "lists": lists, "notes": [*self.notes, *self.read_notes]}

    def __getitem__(self, label: str) -> SlopList:
        return {one.label: one for one in self.lists if one.genre is None}[label]

    def __iter__(self) -> Iterator[str]:
        return (one.label for one in self.lists if one.label is not None and one.genre is None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _repr_html_(self) -> str:
        shown = self.pooled or self.lists[0]
        return "".join(f"<h4>{name}</h4>{html_table(frame.head(10))}" for name, frame in shown.tables.items())


def slop_lists(
    profiles: ProfileSet,
    *,
    baseline: str | PathLike[str] | Profile = DEFAULT_BASELINE,
    texts: object = None,
    top: int = LIST_ENTRIES,
    kinds: Sequence[str] | None = None,
    no_names: bool = False,
    exclude: str | PathLike[str] | Iterable[str] | None = None,
    genres: GivenGenres | None = None,
    text: str | None = None,
    model: str | None = None,
    prompt: str | None = None,
    label: str | None = None,
    shard: tuple[int, int] = (0, 1),
    max_bad: float = MAX_BAD,
    reasoning: str = DROP_REASONING,
    workers: int | None = None,
    memory: str | int | None = None,
    temp: str | PathLike[str] | None = None,
    progress: Progress = silent,
) -> SlopLists:
    """
    List what each label overuses, and what all of them do.

    Parameters
    ----------
    profiles
        The labels.
    baseline
        Human writing that they are scored against, as for `score`.
    texts
        The texts that were counted, as `count` takes them, to list phrases as they stand in them; they are read twice
        where memory cannot hold them. ``text``, ``model``, ``prompt``, ``label``, ``shard``, ``max_bad``,
        ``reasoning``, ``workers``, ``memory`` and ``temp`` are as for `count`.
    top
        Words, n-grams and phrases of a list, of each so many.
    kinds
        Which entries, by their ``tier``: ``cliche``; ``name`` (holds a proper name: a word mostly written with a
        capital inside sentences); ``topic`` (the prompts explain it: other models' answers to the same prompts have it
        as well, and hardly any others; or more than half of its occurrences are in answers to prompts that hold it);
        ``typography`` (has no letter). If not given, all but topics.
    no_names
        Leave names out.
    exclude
        Phrases that no entry is to hold, or the file of a list of them.
    genres
        The genre of each prompt, by its name or its text, or a CSV of ``prompt,genre``. If None, genres are looked for
        in the words of the answers. Each has a list of its own.
    progress
        Is told how far each step is.

    Raises
    ------
    UsageError
        If the texts can be read once only, there is no such kind of entries, or genres are given and a label has more
        than 1,024 prompts.
    BadInputError, IncompatibleProfilesError
        If texts, baseline or genres cannot be used.

    Examples
    --------
    >>> import fastslop as fs
    >>> texts = [{"model": "a", "prompt": str(i), "text": "A tapestry of gossamer."} for i in range(40)]
    >>> fs.slop_lists(fs.count(texts))["a"].tables["words"]["phrase"].to_list()
    ['gossamer', 'tapestry']
    """
    inputs = [] if texts is None else inputs_of(texts)
    check_read_twice(inputs)
    options = read_options(text, model, prompt, label, shard, max_bad, reasoning)
    budget = budget_of(workers, memory, temp)
    wanted = wanted_of(top, kinds, no_names=no_names, exclude=exclude)
    given = None if genres is None else read_genres(genres)
    with ceiling.at(budget.memory_bytes):
        profiles = profiles.held()
        scores = score(profiles, baseline=baseline, progress=progress)
        lists = build_lists(scores, profiles.members, wanted)
        of_genres = genre_lists(profiles, scores, given, baseline, wanted, progress)
        lists += of_genres.lists
        scores = scores.first(0)  # lists have what they need of features
    notes = (*scores.notes, *of_genres.notes)
    if not inputs:
        lists = with_strings(lists, profiles.members, listed_language(scores.baseline))
        every = (*notes, *notes_of(lists, scores, wanted), NO_TEXTS)
        return SlopLists(tuple(lists), every, language=profiles.spec.language)
    tallies: list[Tally] = []

    def read(step: str) -> Iterator[TextChunk]:
        tallies.append(Tally())
        return text_chunks(inputs, options, budget, tallies[-1], progress, step)

    lists = with_phrases(
        lists,
        profiles.members,
        TextPasses(read, profiles.spec, budget.n_workers, progress, expected_bytes(profiles.members)),
        wanted=wanted,
        names=scores.names,
        language=listed_language(scores.baseline),
        genres=of_genres.members,
    )
    every = (*notes, *notes_of(lists, scores, wanted))
    return SlopLists(tuple(lists), every, tallies[0].notes, profiles.spec.language)


def notes_of(lists: Sequence[SlopList], scores: Scores, wanted: Wanted) -> tuple[str, ...]:
    """Lines that say how many entries were left out of lists, and how their strings match; or why that is not known."""
    lists = [one for one in lists if one.genre is None]
    notes = [] if "name" in wanted.tiers else [*scores.names.notes]
    are_told = scores.knows_prompts or any(frame["is_topic"].count() for frame in lists[0].tables.values())
    if "topic" not in wanted.tiers and not are_told:
        notes.append("topics are not told: the texts of prompts are not known, and too few models answer the same ones")
    others = sum((one.left_out for one in lists[1:]), Counter[str]())
    shown = _shown(lists[0])
    for reason, what in REASONS.items():
        n, n_others = lists[0].left_out[reason], others[reason]
        if n or n_others:
            of_others = f", {n_others:,} of the lists of models" if len(lists) > 1 else ""
            notes.append(f"entries {what}, left out: {n:,} of {shown}{of_others}")
    return (*notes, *_notes_on_strings(lists))


def _notes_on_strings(lists: Sequence[SlopList]) -> tuple[str, ...]:
    """A line on how the strings of the first list match, and the worst of the others."""
    matches = [matching_of(one.strings) for one in lists]
    if not matches[0].n_strings:
        return ()
    note = f"{matches[0].n_strings:,} strings of {_shown(lists[0])}, for programs that match inside words: {matches[0]}"
    if len(lists) > 1:
        note += f"; of the lists of models, inside at most {max(of.inside for of in matches[1:]):.1%}"
        kept = [of.kept for of in matches[1:] if of.kept is not None]
        note += f", kept at least {min(kept):.1%}" if kept else ""
    return (note,)


def _shown(one: SlopList) -> str:
    return "the pooled list" if one.label is None else f"the list of {one.label}"
