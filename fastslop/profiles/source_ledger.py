"""Sources of profiles that are added up: each is counted once, and all parts of a division together are its sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from fastslop.base.errors import IncompatibleProfilesError
from fastslop.base.sources import (
    Shards,
    beginning_of_source,
    begins,
    ranges,
    source_of,
    sum_of_sums,
)

TWICE = "merging them would count it twice"


class SourceLedger:
    """The sources of the profiles of one label that were added so far, and which profile each is of.

    A whole source beside a part of one that begins alike is refused, and so are parts of two divisions: which of their
    texts are the same cannot be known.
    """

    def __init__(self, label: str) -> None:
        self.label = label
        self._whole: dict[str, str] = {}
        self._whole_of: dict[str, str] = {}
        self._division_of: dict[str, tuple[str, str]] = {}
        self._shards: dict[str, Shards] = {}
        self._part_in: dict[tuple[str, int], str] = {}

    def add(self, title: str, sources: Iterable[str], shards: Mapping[str, Shards]) -> None:
        """Add the sources and parts of a profile, which is named ``title`` in messages.

        Raises
        ------
        IncompatibleProfilesError
            If one of them was counted before.
        """
        for source in sorted(sources):
            self._add_whole(title, source)
        for division, own in sorted(shards.items()):
            self._add_parts(title, division, own)

    def total(self) -> tuple[frozenset[str], dict[str, Shards]]:
        """All sources, and the parts of divisions that are not complete.

        Raises
        ------
        IncompatibleProfilesError
            If a division has the same source twice.
        """
        whole = list(self._whole)
        shards = {}
        for division, own in self._shards.items():
            if own.missing:
                shards[division] = own
            else:
                whole += [source_of(*one) for one in own.sums.items()]
        twice = sorted(source for source in set(whole) if whole.count(source) > 1)
        if twice:
            raise IncompatibleProfilesError(
                f"all shards of {self.label!r} together hold the same source twice ({twice[0]}); "
                "count them again without its copy"
            )
        return frozenset(whole), shards

    def _add_whole(self, title: str, source: str) -> None:
        beginning = beginning_of_source(source)
        if source in self._whole:
            raise IncompatibleProfilesError(
                f"the same source of {self.label!r} ({source}) was counted in "
                f"{_both(self._whole[source], title)}; {TWICE}"
            )
        if beginning in self._division_of:
            division, other = self._division_of[beginning]
            raise _beside_whole(title, other, self._shards[division])
        self._whole[source] = self._whole_of[beginning] = title

    def _add_parts(self, title: str, division: str, own: Shards) -> None:
        for beginning in map(begins, own.sums):
            if beginning in self._whole_of:
                raise _beside_whole(self._whole_of[beginning], title, own)
            other, in_title = self._division_of.setdefault(beginning, (division, title))
            if other != division:
                n_other = self._shards[other].n
                raise IncompatibleProfilesError(
                    f"{_both(in_title, title)} hold parts of one source by two divisions (of {n_other} and of {own.n} "
                    "shards, or of other inputs), which may overlap; count all shards again by one division, that is, "
                    "the same inputs in the same order and the same N of --shard I/N"
                )
        before = self._shards.get(division, Shards(own.n, {}, {}))
        for part in (part for part, n_labels in own.parts.items() if n_labels):
            if before.parts.get(part):
                raise IncompatibleProfilesError(
                    f"shard {part}/{own.n} of the same source of {self.label!r} is counted in "
                    f"{_both(self._part_in[division, part], title)}; {TWICE}"
                )
            self._part_in[division, part] = title
        self._shards[division] = _sum_of(before, own)


def _sum_of(a: Shards, b: Shards) -> Shards:
    parts = {part: max(a.parts.get(part, 0), b.parts.get(part, 0)) for part in sorted(a.parts.keys() | b.parts.keys())}
    names = a.sums.keys() | b.sums.keys()
    sums = {name: sum_of_sums(one.sums[name] for one in (a, b) if name in one.sums) for name in names}
    return Shards(a.n, parts, sums)


def _beside_whole(whole: str, part: str, shards: Shards) -> IncompatibleProfilesError:
    return IncompatibleProfilesError(
        f"{whole} counts all of a source of which {part} counts shard {ranges(_counted(shards))} of {shards.n}; "
        f"{TWICE}: leave one out"
    )


def _counted(shards: Shards) -> list[int]:
    return sorted(shards.parts)


def _both(a: str, b: str) -> str:
    return f"{a} and {b}" if a != b else f"{a} twice"


def with_empty_parts(all_shards: Iterable[tuple[str, Mapping[str, Shards]]]) -> list[Mapping[str, Shards]]:
    """The parts of each profile, given with its label, and those in which its label has no text.

    A part says in how many labels it has texts. Once the profiles of all of these are there, any other label has none.
    """
    profiles = list(all_shards)
    labels_in: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    n_labels: dict[tuple[str, int], int] = {}
    for label, shards in profiles:
        for division, own in shards.items():
            for part, n in own.parts.items():
                if n:
                    labels_in[division, part].add(label)
                    n_labels[division, part] = max(n, n_labels.get((division, part), 0))
    known: defaultdict[str, list[int]] = defaultdict(list)
    for (division, part), labels in labels_in.items():
        if len(labels) == n_labels[division, part]:
            known[division].append(part)
    return [_with_empty(label, shards, labels_in, known) for label, shards in profiles]


def _with_empty(
    label: str,
    shards: Mapping[str, Shards],
    labels_in: Mapping[tuple[str, int], set[str]],
    known: Mapping[str, Iterable[int]],
) -> dict[str, Shards]:
    filled = {}
    for division, own in shards.items():
        empty = {part: 0 for part in known.get(division, ()) if label not in labels_in[division, part]}
        filled[division] = Shards(own.n, dict(sorted((empty | dict(own.parts)).items())), own.sums)
    return filled


def missing_of(shards: Mapping[str, Shards]) -> tuple[str, ...]:
    """What is missing of each division that is not complete, in words: ``2, 5-7 of 8``."""
    return tuple(sorted(f"{ranges(own.missing)} of {own.n}" for own in shards.values()))
