"""Sets of profiles that belong together: their labels, the panel of each, and where its counts are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, overload

import polars as pl

from fastslop.base.arrays import Keys
from fastslop.base.errors import UsageError
from fastslop.base.spec import CountSpec, Table
from fastslop.base.tables import html_table
from fastslop.base.wording import meant
from fastslop.profiles import holding
from fastslop.profiles.files import (
    CountedProfile,
    find_profiles,
    guarded_of,
    profile_name,
    read_footer,
    read_packed,
    read_profile,
    write_profile,
)
from fastslop.profiles.holding import HELD, WrittenProfiles
from fastslop.profiles.on_prompts import check_by_prompt, on_prompts, prompts_among
from fastslop.profiles.packed import Packed, unpack, unpack_head
from fastslop.profiles.panels import display_labels, find_panels
from fastslop.profiles.profile import Profile, Prompts
from fastslop.system.ceiling import ceiling
from fastslop.system.threads import map_bounded, n_cores

UNPACKED = 8
"""Bytes that a byte of a packed profile takes while it is read and worked on, at most: 5 to 8 were measured."""


class SomePrompts(NamedTuple):
    """A part of a profile: some of its tables, of the answers to some prompts, which are given by their keys u64."""

    prompts: Keys
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Member:
    """A label among those that are scored or compared; ``name`` is how outputs show it, ``place`` has its counts.

    ``only``: the part of it that is looked at; None for all.
    """

    label: str
    name: str
    panel: str
    place: Path | Packed
    spec: CountSpec
    prompts: Prompts
    only: SomePrompts | None = None

    def read(
        self,
        tables: Sequence[Table] | None = None,
        min_prompts: int = 1,
        filters: Mapping[Table, Keys] | None = None,
    ) -> Profile:
        """The profile, or only some of its tables (the others are then empty of rows); of these, the rows that are in
        so many prompts and pass their filter: see `unpack`."""
        if self.only is not None:  # how many rows are in too few prompts is known once all are read
            some = [table for table in self.only.tables if tables is None or table in tables]
            return on_prompts(replace(self, only=None).read(some, 1, filters), self.only.prompts, min_prompts)
        if isinstance(self.place, Path):
            return read_profile(self.place, tables, min_prompts, filters)
        return unpack(self.place, min_prompts, filters, tables)

    def on_prompts(self, prompts: Keys, tables: Sequence[Table]) -> Member:
        """The label as if it had answered those prompts alone that are among ``prompts`` u64, and of this the tables.

        Raises
        ------
        UsageError
            If it has more than 1,024 prompts: its profile then does not keep the counts in each.
        """
        check_by_prompt(self.label, self.prompts)
        return replace(self, prompts=prompts_among(self.prompts, prompts), only=SomePrompts(prompts, tuple(tables)))

    def held(self, known: Mapping[Path, Packed] = MappingProxyType({})) -> Member:
        """The label with its packed profile in memory, which is ``known`` or else read."""
        if isinstance(self.place, Packed):
            return self
        return replace(self, place=known.get(self.place) or read_packed(self.place))

    @cached_property
    def n_words(self) -> int:
        """How many words the label's generations have."""
        return int(self.prompts.n_words.sum())

    @property
    def n_bytes(self) -> int:
        """Size of the packed profile."""
        return self.place.stat().st_size if isinstance(self.place, Path) else self.place.n_bytes

    @property
    def guarded(self) -> Mapping[str, int]:
        """How many of the label's generations loop, refuse, break off or are copies."""
        if isinstance(self.place, Path):
            guarded: Mapping[str, int] = read_footer(self.place).values["guarded"]
            return guarded
        return guarded_of(self.read(()))


def readers(members: Sequence[Member]) -> int:
    """How many labels are read side by side: one a core, and one more that waits, where memory has room for these."""
    largest = max((member.n_bytes for member in members), default=0)
    return max(1, min(n_cores(), ceiling.room // max(UNPACKED * largest, 1) - 1))


Members = Sequence[Member] | Callable[[], "ProfileSet"]
"""Members of a set, or what opens a set that has them."""


class ProfileSet:
    """Profiles of several labels, in the order of their names: a sequence, and a mapping from label to `Profile`.

    Their tables are read when they are asked for, from memory or from their files.

    Examples
    --------
    >>> import fastslop as fs
    >>> profiles = fs.count([{"model": "a", "text": "The sea, the sea."}, {"model": "b", "text": "The hills."}])
    >>> profiles.labels
    ('a', 'b')
    >>> profiles["a"].n_words
    4
    """

    def __init__(self, members: Members, written: Sequence[CountedProfile] = ()) -> None:
        """A set of these members, or of those of the set that ``members`` opens when they are asked for."""
        self._members = members
        self.written = tuple(written)
        """Totals of the profiles that were made with the set, and their files, if any."""

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """What the set has of each label, in the order of their names."""
        return self._members().members if callable(self._members) else tuple(self._members)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the labels: ``label@panel`` for one that is in several panels."""
        return tuple(member.name for member in self.members)

    @property
    def panels(self) -> dict[str, str]:
        """The panel of each label."""
        return {member.name: member.panel for member in self.members}

    @property
    def spec(self) -> CountSpec:
        """The specification by which all profiles of the set were counted."""
        return reduce(CountSpec.joined, (member.spec for member in self.members))

    @property
    def totals(self) -> pl.DataFrame:
        """A row for each label: ``label``, ``panel``, ``n_docs``, ``n_prompts``, ``n_words``, ``n_marks``,
        ``n_bytes``."""
        columns = ("n_docs", "n_words", "n_marks", "n_bytes")
        rows = [
            {"label": m.name, "panel": m.panel, "n_prompts": len(m.prompts.keys)}
            | {name: int(getattr(m.prompts, name).sum()) for name in columns}
            for m in self.members
        ]
        return pl.DataFrame(rows).select("label", "panel", "n_docs", "n_prompts", "n_words", "n_marks", "n_bytes")

    def frame(self, kind: str = "word", order: int = 1, *, min_prompts: int = 0) -> pl.DataFrame:
        """The counts of one kind and order of n-grams of all labels, as `Profile.frame` gives them, behind ``label``.

        Raises
        ------
        UsageError
            If n-grams of this kind and order were not counted.
        """
        frames = [
            member.read([(kind, order)])
            .frame(kind, order, min_prompts=min_prompts)
            .select(pl.lit(member.name).alias("label"), pl.all())
            for member in self.members
        ]
        return pl.concat(frames)

    def held(self, written: WrittenProfiles | None = None) -> ProfileSet:
        """The set for a job of many steps: files are read once and held, packed, where memory has room for all of them.

        Elsewhere they are read anew by each step, as those of this set are. What was ``written`` need not be read.
        """
        if HELD * sum(member.n_bytes for member in self.members) > holding.room():
            return self
        known = {} if written is None else written.by_path
        read = map_bounded(lambda member: member.held(known), self.members, readers(self.members))
        return ProfileSet([*read], self.written)

    def select(self, *labels: str) -> ProfileSet:
        """The profiles of these labels only.

        Raises
        ------
        UsageError
            If a label is not among them.
        """
        return ProfileSet([self._member(label) for label in sorted(set(labels))])

    def write(self, folder: str | PathLike[str], *, force: bool = False) -> list[Path]:
        """Write each profile into a file of its own in a folder; returns the files.

        Raises
        ------
        UsageError
            If one of them is already there, unless ``force``.
        """
        paths = [Path(folder) / _file_name(member) for member in self.members]
        for member, path in zip(self.members, paths, strict=True):
            write_profile(member.place if isinstance(member.place, Packed) else member.read(), path, force=force)
        return paths

    def _member(self, label: str) -> Member:
        for member in self.members:
            if member.name == label:
                return member
        raise UsageError(f"there is no profile of {label!r} among these; {meant(label, self.labels)}")

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[Profile]:
        return (member.read() for member in self.members)

    def __contains__(self, label: object) -> bool:
        return label in self.labels

    @overload
    def __getitem__(self, key: int | str) -> Profile: ...
    @overload
    def __getitem__(self, key: slice) -> ProfileSet: ...
    def __getitem__(self, key: int | str | slice) -> Profile | ProfileSet:
        if isinstance(key, slice):
            return ProfileSet(self.members[key])
        return (self._member(key) if isinstance(key, str) else self.members[key]).read()

    def __repr__(self) -> str:
        return f"<ProfileSet of {len(self)}: {', '.join(self.labels)}>"

    def _repr_html_(self) -> str:
        return html_table(self.totals)


def _file_name(member: Member) -> str:
    named = member.place.profile.panel if isinstance(member.place, Packed) else read_footer(member.place).panel
    return profile_name(member.label, named)


@dataclass(frozen=True)
class OpenedProfile:
    """A profile that is to be one of a set, with the panel that the user named for it."""

    label: str
    named_panel: str | None
    spec: CountSpec
    place: Path | Packed
    prompts: Prompts

    @property
    def title(self) -> str:
        """Name of the profile in messages."""
        return str(self.place) if isinstance(self.place, Path) else f"the profile of {self.label!r}"


def open_profiles(*places: str | PathLike[str]) -> ProfileSet:
    """Open the profiles in these files and folders, or in the folder of a run.

    Those in object stores are copied to this machine, and the copies removed when the process ends. Labels
    that share prompts are found to be one panel, unless the user named their panels.

    Raises
    ------
    BadInputError
        If there are none, or one is damaged.
    IncompatibleProfilesError
        If two of them were counted differently.
    UsageError
        If one label has several profiles in one panel.

    Examples
    --------
    >>> import fastslop as fs
    >>> profiles = fs.open_profiles("fastslop-demo")  # doctest: +SKIP
    """
    paths = {path.resolve(): path for path in find_profiles(places)}.values()
    return profile_set(found_in_files(list(paths)))


def open_written(paths: Sequence[Path], written: WrittenProfiles) -> ProfileSet:
    """Open the profiles in these files, those that were ``written`` without reading; errors as of `open_profiles`."""
    known = written.by_path
    opened = found_in_files([path for path in paths if path not in known])
    for path in (path for path in paths if path in known):
        (own,) = found_in_memory([known[path]])
        opened.append(replace(own, place=path))
    return profile_set(opened)


def set_of_packed(packed: Sequence[Packed]) -> ProfileSet:
    """Packed profiles in memory, as a set; errors are those of ``open_profiles``."""
    return profile_set(found_in_memory(packed))


def found_in_files(paths: Sequence[Path]) -> list[OpenedProfile]:
    """Open the profiles of files, sorted by label, named panel and path."""
    footers = sorted((read_footer(path) for path in paths), key=lambda f: (f.label, str(f.panel), str(f.path)))
    opened = [OpenedProfile(f.label, f.panel, f.spec, f.path, Prompts.empty()) for f in footers]
    _check_same_spec(opened)  # before anything more is read
    prompts = map_bounded(lambda footer: read_profile(footer.path, ()).prompts, footers, n_cores())
    return [replace(one, prompts=own) for one, own in zip(opened, prompts, strict=True)]


def found_in_memory(packed: Sequence[Packed]) -> list[OpenedProfile]:
    """Open packed profiles, sorted as those of files are, since threads finish them in any order."""
    opened = [
        OpenedProfile(one.profile.label, one.profile.panel, one.profile.spec, one, unpack_head(one)[0])
        for one in packed
    ]
    return sorted(opened, key=_order)


def profile_set(profiles: Sequence[OpenedProfile]) -> ProfileSet:
    """The set of opened profiles, with their panels, sorted by name; errors are those of ``open_profiles``."""
    ordered = sorted(profiles, key=_order)
    _check_same_spec(ordered)
    panels = find_panels([one.prompts.keys for one in ordered], [one.named_panel for one in ordered])
    names = display_labels([one.label for one in ordered], panels)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        titles = " and ".join(one.title for one, name in zip(ordered, names, strict=True) if name == twice[0])
        raise UsageError(
            f"{twice[0]!r} has several profiles in one panel, {titles}; merge them, or name their panels (--panel)"
        )
    members = [
        Member(one.label, name, panel, one.place, one.spec, one.prompts)
        for one, name, panel in zip(ordered, names, panels, strict=True)
    ]
    return ProfileSet(sorted(members, key=lambda member: member.name))


def _order(one: OpenedProfile) -> tuple[str, str, str]:
    return one.label, str(one.named_panel), one.title


def _check_same_spec(profiles: Sequence[OpenedProfile]) -> None:
    if not profiles:
        return
    first, spec = profiles[0], profiles[0].spec
    for one in profiles[1:]:
        spec.check_same(one.spec, f"{first.title} and {one.title} were counted differently")
        first, spec = one if one.spec.dictionary else first, spec.joined(one.spec)


def comparison_groups(members: Sequence[Member]) -> dict[str, list[Member]]:
    """Labels that are measured against each other, by panel: those of the panel, or all if it has a single label."""
    by_panel: dict[str, list[Member]] = {}
    for member in members:
        by_panel.setdefault(member.panel, []).append(member)
    return {panel: inside if len(inside) > 1 else list(members) for panel, inside in by_panel.items()}
