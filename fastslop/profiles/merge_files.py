"""Profiles, in memory or in files, to their sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from os import PathLike
from pathlib import Path

from fastslop.base.errors import UsageError
from fastslop.base.sources import Shards
from fastslop.base.spec import CountSpec
from fastslop.base.wording import plural
from fastslop.profiles.checks import check_rows
from fastslop.profiles.files import (
    SUFFIX,
    CountedProfile,
    at_panel,
    counted_profile,
    find_profiles,
    profile_name,
    read_footer,
    read_packed,
    write_profile,
)
from fastslop.profiles.merge import merge_packed
from fastslop.profiles.packed import Packed, pack, unpack
from fastslop.profiles.parts import SpilledParts
from fastslop.profiles.profile import Profile, refuse_pruned
from fastslop.profiles.profile_set import ProfileSet, found_in_memory, open_profiles, profile_set
from fastslop.profiles.rows import prune
from fastslop.profiles.source_ledger import with_empty_parts
from fastslop.system.atomic import refuse_to_overwrite
from fastslop.system.object_paths import AnyPath, ObjectPath, path_of
from fastslop.system.progress import Progress, silent, tracked
from fastslop.system.spill import Spill
from fastslop.system.threads import n_cores

Name = tuple[str, str | None]
"""A label and the panel that the user named, if any."""
NAMES_SHOWN = 2
"""Most names shown in a message."""
LABELS_NAMED = 5
"""Most labels named in a note."""
Mergeable = Profile | ProfileSet | str | PathLike[str]


@dataclass(frozen=True)
class Addend:
    """A profile that is to be merged: its label, panel and parts of sources, and what reads it."""

    label: str
    panel: str | None
    shards: Mapping[str, Shards]
    read: Callable[[], Packed]

    def under(self, label: str | None, panel: str | None) -> tuple[str, str | None]:
        """The label and panel of the sum that it goes into, those given if any are."""
        return label or self.label, panel or self.panel


def merge(
    *profiles: Mergeable,
    label: str | None = None,
    panel: str | None = None,
    min_prompts: int = 0,
    scaled: int | None = None,
    out: str | PathLike[str] | None = None,
    force: bool = False,
    progress: Progress = silent,
) -> ProfileSet:
    """
    Add up profiles label by label, exactly; it does not matter how the work was cut.

    The profiles of all shards of some inputs give that of the whole, byte for byte; of those that are missing
    ``written`` says which. Answers of a label to several named panels are added up apart.

    Parameters
    ----------
    profiles
        Profiles, sets of them, files and folders.
    label
        Pool all models under this name.
    panel
        Pool all panels under this name.
    min_prompts
        Leave out what is in fewer prompts. The sum is then final: it can be scored and compared, not merged again.
    scaled
        Keep one n-gram in so many, as `count` does with ``scaled``; of each profile, if they have different shares.
    out
        The file of the sum, if it is of one label, else a folder for a file each; either may be an address.
        If None, sums stay in memory.
    force
        Replace files that are already there.
    progress
        Is told how many labels are merged.

    Raises
    ------
    IncompatibleProfilesError
        If they were counted differently, hold the same source twice (as a shard beside its whole, or shards of two
        divisions), were pruned, or have fewer n-grams than one in ``scaled``.
    UsageError
        If several labels are to go into one file, a file is already there, or ``scaled`` is out of range.

    Examples
    --------
    >>> import fastslop as fs
    >>> one, other = (fs.count([{"prompt": p, "text": f"The sea {p}."}], label="a") for p in "12")
    >>> fs.merge(one, other)["a"].n_docs
    2
    """
    if scaled is not None:
        CountSpec(scaled=scaled)  # raises if it is out of range
    addends = _with_empty_parts([addend for one in profiles for addend in _addends_of(one)])
    names = sorted({one.under(label, panel) for one in addends}, key=str)
    targets = _targets(names, None if out is None else path_of(out), force=force)
    written: list[CountedProfile] = []
    sums: list[Packed] = []
    for name in tracked(names, progress, "merging", len(names), "models"):
        own = [addend for addend in addends if addend.under(label, panel) == name]
        with ExitStack() as stack:
            spill = None if out is None else stack.enter_context(Spill(None))
            whole, kept = sum_of_addends(own, name, min_prompts, n_cores(), spill, scaled)
            if out is None:
                sums.append(kept)
            else:
                write_profile(kept, targets[name], force=force)
            written.append(counted_profile(whole, targets.get(name)))
    if out is not None:
        opened = partial(open_profiles, *map(str, targets.values()))
        in_store = any(isinstance(path, ObjectPath) for path in targets.values())
        return ProfileSet(opened if in_store else opened().members, written)
    return ProfileSet(profile_set(found_in_memory(sums)).members, written)


def sum_of_addends(
    addends: Sequence[Addend],
    name: Name,
    min_prompts: int,
    workers: int,
    spill: Spill | None,
    scaled: int | None = None,
) -> tuple[Profile, Packed]:
    """The sum of profiles under one name: its profile without counts, and what is kept of it if it is in at least
    ``min_prompts``. With ``spill`` profiles wait there, not in memory; ``scaled`` is that of `merge_packed`.

    Raises
    ------
    IncompatibleProfilesError
        If they cannot be merged.
    """
    runs = [_run_of(addend, *name, spill) for addend in addends]
    if len(runs) == 1:  # its parts go into the sum as they are
        check_rows(runs[0])
    merged = merge_packed(runs, workers, spill, scaled)
    return merged.profile, pack(prune(unpack(merged), min_prompts)) if min_prompts else merged


def _with_empty_parts(addends: Sequence[Addend]) -> list[Addend]:
    """The addends, with the parts of divisions in which their labels have no text."""
    filled = with_empty_parts((one.label, one.shards) for one in addends)
    return [replace(one, shards=shards) for one, shards in zip(addends, filled, strict=True)]


def _addends_of(one: Mergeable) -> Iterator[Addend]:
    if isinstance(one, Profile):
        packed = pack(one)
        yield Addend(one.label, one.panel, one.shards, lambda: packed)
    elif isinstance(one, ProfileSet):
        for member in one.members:
            yield from _of_file(member.place) if isinstance(member.place, Path) else _of_packed(member.place)
    else:
        for path in find_profiles([one]):
            yield from _of_file(path)


def _of_packed(packed: Packed) -> Iterator[Addend]:
    refuse_pruned(f"the profile of {packed.profile.label!r}", packed.profile.pruned)
    yield Addend(packed.profile.label, packed.profile.panel, packed.profile.shards, lambda: packed)


def _of_file(path: Path) -> Iterator[Addend]:
    footer = read_footer(path)
    refuse_pruned(str(path), footer.pruned)
    yield Addend(footer.label, footer.panel, footer.shards, lambda: read_packed(path))


def _targets(names: Sequence[Name], out: AnyPath | None, *, force: bool) -> dict[Name, AnyPath]:
    """The file of each label and panel."""
    if out is None:
        return {}
    if out.suffix == SUFFIX and len(names) > 1:
        shown = " and ".join(sorted({at_panel(*name) for name in names})[:NAMES_SHOWN])
        raise UsageError(
            f"{len(names)} sums ({shown}{', ...' if len(names) > NAMES_SHOWN else ''}) need a folder to write to, "
            "or one name: --label NAME for models, --panel NAME for panels"
        )
    targets = {name: out if out.suffix == SUFFIX else out / profile_name(*name) for name in names}
    for path in targets.values():
        refuse_to_overwrite(path, force=force)
    return targets


def _run_of(addend: Addend, label: str, panel: str | None, spill: Spill | None) -> Packed:
    """A profile's parts in the spill: one file is open at a time, and none is in memory as a whole."""
    packed = addend.read()
    parts = packed.parts if spill is None else SpilledParts.of(spill, packed.parts)
    profile = replace(packed.profile, shards=addend.shards, panel=panel)
    return replace(packed, profile=_relabelled(profile, label), parts=parts)


def _relabelled(profile: Profile, label: str) -> Profile:
    """The profile under another name. Models counted from one file are different sources of the pool."""
    own = profile.label
    if own == label:
        return profile
    sources = frozenset(f"{own}:{source}" for source in profile.sources)
    shards = {f"{own}:{division}": parts.of_label(own) for division, parts in profile.shards.items()}
    return replace(profile, label=label, sources=sources, shards=shards)


def notes_on_missing(profiles: Iterable[CountedProfile]) -> list[str]:
    """A line for each set of shards that sums lack, with the first labels that lack it."""
    labels_of: defaultdict[str, list[str]] = defaultdict(list)
    for one in profiles:
        for missing in one.missing:
            labels_of[missing].append(one.label)
    return [
        f"incomplete: shards {missing} are not among the profiles of {plural(len(labels), 'model')} "
        f"({', '.join(labels[:LABELS_NAMED])}{', ...' if len(labels) > LABELS_NAMED else ''}); "
        "merge the profiles of all models of all shards at once, or the sums with those that are missing"
        for missing, labels in sorted(labels_of.items())
    ]
