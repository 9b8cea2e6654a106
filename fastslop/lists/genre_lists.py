"""A list for each genre of prompts, made as the pooled list of all is: of the labels' profiles of its prompts alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike

from fastslop.base.wording import plural
from fastslop.lists.genre_file import GenreRow, genres_of_rows
from fastslop.lists.genres import Genre, find_genres
from fastslop.lists.slop_lists import SlopList, build_lists, pooled_list
from fastslop.lists.wanted import Wanted
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import Member, ProfileSet
from fastslop.scoring.score import Scores, pool_part, score
from fastslop.system.progress import Progress


@dataclass(frozen=True)
class GenreLists:
    """The ``lists`` of genres; ``members``, by genre the labels on its prompts; ``notes`` on where genres are from."""

    lists: tuple[SlopList, ...] = ()
    members: Mapping[str, Sequence[Member]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def genre_lists(
    profiles: ProfileSet,
    scores: Scores,
    given: Sequence[GenreRow] | None,
    baseline: str | PathLike[str] | Profile,
    wanted: Wanted,
    progress: Progress,
) -> GenreLists:
    """The list of each genre of prompts, of those given or else of those found; of phrases it has none yet.

    It is the pooled list of the labels that answered one of the prompts; where this is one label, the list of it.

    Raises
    ------
    BadInputError
        If genres are given of none of the prompts, or a prompt has two.
    UsageError
        If genres are given of profiles of more than 1,024 prompts.
    """
    genres, notes = _genres_of(profiles, scores, given)
    lists, members = [], {}
    for genre in genres:
        own = genre.of(profiles)
        lists.append(replace(_list_of(own, scores, baseline, wanted, progress), genre=genre.name))
        members[genre.name] = own.members
    return GenreLists(tuple(lists), members, notes)


def _list_of(
    own: ProfileSet,
    whole: Scores,
    baseline: str | PathLike[str] | Profile,
    wanted: Wanted,
    progress: Progress,
) -> SlopList:
    if len(own.members) > 1:
        return pooled_list(pool_part(own, whole, baseline=baseline, progress=progress), own.members, wanted)
    (only,) = build_lists(score(own, baseline=baseline, progress=progress), own.members, wanted)
    return only


def _genres_of(
    profiles: ProfileSet, scores: Scores, given: Sequence[GenreRow] | None
) -> tuple[tuple[Genre, ...], tuple[str, ...]]:
    if given is not None:
        genres, notes = genres_of_rows(given, profiles.members)
        return genres, (f"lists of {_named(genres)}, as given", *notes)
    genres = find_genres(profiles, scores)
    if not genres:
        return (), ()
    found = f"lists of {_named(genres)}, told by the words of the answers; --genres names others"
    return genres, (found,)


def _named(genres: Sequence[Genre]) -> str:
    names = ", ".join(f"{genre.name} ({plural(len(genre.prompts), 'prompt')})" for genre in genres)
    return f"{plural(len(genres), 'genre')} as well: {names}"
