"""Profiles, and the texts they were counted from, to slop lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from fastslop.base.defaults import DEFAULT_BASELINE, DROP_REASONING, LIST_ENTRIES, MAX_BAD
from fastslop.base.errors import UsageError
from fastslop.base.tables import html_table
from fastslop.lists.files import write_lists
from fastslop.lists.genre_file import GivenGenres, read_genres
from fastslop.lists.genre_lists import genre_lists
from fastslop.lists.phrase_lists import with_phrases
from fastslop.lists.slop_lists import LeftOut, SlopList, Wanted, build_lists
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import ProfileSet
from fastslop.reading.chunks import TextChunk
from fastslop.reading.corpus import text_chunks
from fastslop.reading.frames import inputs_of, is_read_once
from fastslop.reading.options import read_options
from fastslop.reading.tally import Tally
from fastslop.scoring.score import Scores, score
from fastslop.search.passes import STEPS
from fastslop.system.budget import budget_of
from fastslop.system.ceiling import ceiling
from fastslop.system.progress import Progress, silent

NO_TEXTS = "n-grams are listed without stopwords; for phrases as they stand in the texts, name these (--texts)"


@dataclass(frozen=True)
class SlopLists(Mapping[str, SlopList]):
    """The list of each label, by name, the ``pooled`` one of all, where there are two labels at least, and ``genres``.

    ``notes`` are on the lists, ``read_notes`` on how texts were read for phrases.
    """

    lists: tuple[SlopList, ...]
    notes: tuple[str, ...] = ()
    read_notes: tuple[str, ...] = ()

    @property
    def pooled(self) -> SlopList | None:
        """The list of what labels overuse on average; None for a single label."""
        return next((one for one in self.lists if one.label is None and one.genre is None), None)

    @property
    def genres(self) -> dict[str, SlopList]:
        """The list of each genre of prompts, pooled over labels; none where prompts are of one genre."""
        return {one.genre: one for one in self.lists if one.genre is not None}

    def write(self, folder: str | PathLike[str], *, force: bool = False) -> None:
        """Write every list as files for other programs, into ``pooled``, ``models`` and ``genres`` in a folder.

        Raises
        ------
        UsageError
            If one of them is already there, unless ``force``.
        """
        write_lists(self.lists, Path(folder), force=force)

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
    no_names: bool = False,
    no_echo: bool = False,
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
        The texts that were counted, as `count` takes them, to list phrases as they stand in them; they are read twice.
        ``text``, ``model``, ``prompt``, ``label``, ``shard``, ``max_bad``, ``reasoning``, ``workers``, ``memory`` and
        ``temp`` are as for `count`.
    top
        Entries of each kind of a list.
    no_names
        Leave out what holds a proper name: a word mostly written with a capital inside sentences.
    no_echo
        Leave out what stands in the prompts: more than half of its occurrences are in answers to prompts that hold it.
    genres
        The genre of each prompt, by its name or its text, or a CSV of ``prompt,genre``. If None, genres are looked for
        in the words of the answers. Each has a list of its own.
    progress
        Is told how far each step is.

    Raises
    ------
    UsageError
        If the texts can be read once only, or genres are given and a label has more than 1,024 prompts.
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
    if is_read_once(inputs):
        raise UsageError("texts are read twice; stdin and iterators can be read once only")
    options = read_options(text, model, prompt, label, shard, max_bad, reasoning)
    budget = budget_of(workers, memory, temp)
    wanted = Wanted(top, no_names, no_echo)
    given = None if genres is None else read_genres(genres)
    with ceiling.at(budget.memory_bytes):
        scores = score(profiles, baseline=baseline, progress=progress)
        lists = build_lists(scores, profiles.members, wanted)
        of_genres = genre_lists(profiles, scores, given, baseline, wanted, progress)
        lists += of_genres.lists
    notes = (*scores.notes, *of_genres.notes)
    if not inputs:
        return SlopLists(tuple(lists), (*notes, *notes_of(lists, scores, wanted), NO_TEXTS))
    tallies, steps = [Tally() for _ in STEPS], iter(STEPS)
    unused = iter(tallies)

    def read() -> Iterator[TextChunk]:
        return text_chunks(inputs, options, budget, next(unused), progress, next(steps))

    lists = with_phrases(
        lists,
        profiles.members,
        read,
        wanted=wanted,
        names=scores.names,
        workers=budget.workers,
        genres=of_genres.members,
    )
    return SlopLists(tuple(lists), (*notes, *notes_of(lists, scores, wanted)), tallies[0].notes)


def notes_of(lists: Sequence[SlopList], scores: Scores, wanted: Wanted) -> tuple[str, ...]:
    """Lines that say how many entries were left out of lists, or why that cannot be told."""
    notes: list[str] = []
    lists = [one for one in lists if one.genre is None]
    shown = "the pooled list" if lists[0].label is None else f"the list of {lists[0].label}"
    others = sum((one.left_out for one in lists[1:]), LeftOut())
    if wanted.no_names:
        notes += scores.names.notes
    if wanted.no_names and scores.names.words is not None:
        notes.append(_left_out("that hold a name", lists[0].left_out.names, shown, others.names, len(lists)))
    if wanted.no_echo and not scores.knows_prompts:
        notes.append("the texts of prompts are not known, and so nothing is left out for standing in them")
    elif wanted.no_echo:
        notes.append(_left_out("that echo prompts", lists[0].left_out.echo, shown, others.echo, len(lists)))
    return tuple(notes)


def _left_out(what: str, n: int, shown: str, n_others: int, n_lists: int) -> str:
    others = f", {n_others:,} of the lists of models" if n_lists > 1 else ""
    return f"entries {what}, left out: {n:,} of {shown}{others}"
