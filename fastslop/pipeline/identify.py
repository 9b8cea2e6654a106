"""Queries, which may be profiles or texts, and the library whose labels they are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np

from fastslop.base.defaults import DROP_REASONING, IDENTIFY_REPLICATES, MAX_BAD
from fastslop.base.errors import BadInputError, NoProfileError
from fastslop.base.spec import CountSpec
from fastslop.base.wording import plural
from fastslop.comparing.distances import MIN_PANEL
from fastslop.counting.count import count_in_memory
from fastslop.counting.options import CountOptions
from fastslop.evidence.identify import Identification, identify_queries
from fastslop.evidence.nearness import QUERY_PANEL
from fastslop.known.models import CAVEAT, KNOWN, open_known, own_folder
from fastslop.profiles.files import SUFFIX, find_profiles
from fastslop.profiles.panels import find_panels
from fastslop.profiles.profile_set import (
    Member,
    OpenedProfile,
    ProfileSet,
    found_in_files,
    found_in_memory,
    open_profiles,
)
from fastslop.reading.frames import inputs_of
from fastslop.reading.options import read_options
from fastslop.system.object_paths import AnyPath, path_of
from fastslop.system.progress import Progress, silent

MIN_QUERY_PROMPTS = 3
"""Fewest prompts of a query that have text."""
MIN_KNOWN = 3
"""Fewest different labels of a library."""
AS_KNOWN = "count its texts again as the known models were, without --spec, --orders, --language and --scaled"
"""What can be done about a query that was counted in another way than the known models."""


def identify(
    library: ProfileSet | None,
    queries: object,
    *,
    replicates: int = IDENTIFY_REPLICATES,
    seed: int = 0,
    text: str | None = None,
    model: str | None = None,
    prompt: str | None = None,
    label: str | None = None,
    max_bad: float = MAX_BAD,
    reasoning: str = DROP_REASONING,
    progress: Progress = silent,
) -> list[Identification]:
    """
    Say which label of a library wrote each query, or that none of them did.

    Parameters
    ----------
    library
        Three different labels at least; None for the known models (`open_known`).
    queries
        A `ProfileSet`; or files of profiles or texts, one or several; or texts in memory, as `count` takes them. Texts
        are counted with the library's specification.
    replicates
        How often prompts are drawn anew, for support.
    seed
        Seed of the random draws.
    text, model, prompt, label, max_bad, reasoning
        How texts are read, as for `count`.
    progress
        Is told how far each step is.

    Raises
    ------
    BadInputError
        If the library has fewer than three different labels, or a query has text in fewer than three prompts.
    IncompatibleProfilesError
        If a query was counted in another way than the library.

    Examples
    --------
    >>> import fastslop as fs
    >>> found = fs.identify(fs.open_profiles("library"), "unknown.jsonl")  # doctest: +SKIP
    >>> found[0].verdict  # doctest: +SKIP
    'identified'
    """
    kept_in = own_folder() if library is None else None  # nothing is written into the package
    library = open_known() if library is None else library
    n_labels = len({member.label for member in library.members})
    if n_labels < MIN_KNOWN:
        raise BadInputError(
            f"the library holds {plural(n_labels, 'model')}; telling one from others needs three at least"
        )
    read = read_options(text, model, prompt, label, max_bad=max_bad, reasoning=reasoning)
    reader = _QueryReader(CountOptions(spec=library.spec, read=read), progress)
    asked = _query_members(reader.found_of(queries), library.spec, None if kept_in is None else AS_KNOWN)
    answers = identify_queries(
        library.members, asked, replicates=replicates, seed=seed, kept_in=kept_in, progress=progress
    )
    notes = (*reader.notes, CAVEAT) if kept_in is not None else reader.notes
    return [replace(answer, notes=(*answer.notes, *notes)) for answer in answers]


def library_first(places: Sequence[str]) -> tuple[ProfileSet | None, Sequence[str]]:
    """The library that comes first among places, and the queries behind it.

    The known models (None) are the library where the first place is called ``known`` and is not there, or there is one
    place only, or the first place holds texts.
    """
    first, *others = places
    if first == KNOWN and not Path(first).exists() and others:
        return None, others
    if not others or (path_of(first).exists() and not _profile_files(path_of(first))):
        return None, places
    return open_profiles(first), others


def _query_members(queries: Sequence[OpenedProfile], spec: CountSpec, remedy: str | None) -> list[Member]:
    """The queries with the panels that they are measured in; ``remedy``, if they are counted in another way."""
    for query in queries:
        spec.check_same(query.spec, f"{query.title} was counted in another way than the library", remedy)
        n_prompts = int(np.count_nonzero(query.prompts.n_words))
        if n_prompts < MIN_QUERY_PROMPTS:
            raise BadInputError(
                f"{query.label!r} ({query.title}) has text for {plural(n_prompts, 'prompt')}; "
                f"a query needs {MIN_QUERY_PROMPTS} at least: have more of them answered"
            )
    found = find_panels([query.prompts.keys for query in queries], [query.named_panel for query in queries])
    panels = [f"{QUERY_PANEL}{panel if found.count(panel) >= MIN_PANEL else i}" for i, panel in enumerate(found)]
    return [
        Member(query.label, query.label, panel, query.place, query.spec, query.prompts)
        for query, panel in zip(queries, panels, strict=True)
    ]


def _are_paths(queries: object) -> bool:
    return isinstance(queries, list | tuple) and all(isinstance(place, str | PathLike) for place in queries)


class _QueryReader:
    """Queries to profiles; texts are counted in memory, by ``options``, and ``notes`` says how they were read."""

    def __init__(self, options: CountOptions, progress: Progress) -> None:
        self.options, self.progress = options, progress
        self.notes: tuple[str, ...] = ()

    def found_of(self, queries: object) -> list[OpenedProfile]:
        """The profiles of queries."""
        if isinstance(queries, ProfileSet):
            return [OpenedProfile(m.label, m.panel, m.spec, m.place, m.prompts) for m in queries.members]
        if isinstance(queries, str | PathLike) or not _are_paths(queries):
            return self._found_at(queries)
        assert isinstance(queries, Sequence)
        return [found for place in queries for found in self._found_at(place)]

    def _found_at(self, place: object) -> list[OpenedProfile]:
        """The profiles in a place; texts there are counted."""
        paths = _profile_files(path_of(place)) if isinstance(place, str | PathLike) else []
        if paths:
            return found_in_files(paths)
        packed, result = count_in_memory(inputs_of(place), self.options, self.progress)
        self.notes += result.tally.notes
        return found_in_memory(packed)


def _profile_files(path: AnyPath) -> list[Path]:
    """Files of profiles in a place; none where there are texts."""
    if path.is_dir() and any(path.glob(f"*{SUFFIX}")):
        return find_profiles([path])
    if path.suffix == SUFFIX and path.is_file():
        try:
            return find_profiles([path])
        except NoProfileError:
            pass
    return []
