"""Inputs to profile files: the first step, and the sum of its results over runs and machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

from fastslop.base.errors import BadInputError, IncompatibleProfilesError, UsageError
from fastslop.base.spec import PRESETS, CountSpec
from fastslop.counting.label_queue import Room, count_chunks
from fastslop.profiles.files import (
    SUFFIX,
    find_profiles,
    guarded_of,
    profile_name,
    read_footer,
    read_packed,
    refuse_to_overwrite,
    write_profile,
)
from fastslop.profiles.merge import merge_packed
from fastslop.profiles.packed import Packed, Spill, unpack
from fastslop.profiles.profile import Profile, prune
from fastslop.reading.chunks import TextChunk
from fastslop.reading.corpus import read_chunks
from fastslop.reading.fields import Fields
from fastslop.reading.tally import Tally
from fastslop.system.memory import free_bytes
from fastslop.system.progress import Progress, silent, tracked
from fastslop.system.threads import map_bounded, n_cores

BASE_BYTES = 600 << 20
"""Of Python, its libraries and the kernels, and of what they free and do not give back."""
CHUNK_WORKING, CHUNK_WAITING = 8, 10
"""Memory of a chunk in times its text: while it is tokenised, and while it is read."""
MAX_CHUNK = 16 << 20


@dataclass(frozen=True)
class Counting:
    """What is read and how; the defaults read and count anything that looks like generations."""

    spec: CountSpec = PRESETS["default"]
    fields: Fields = field(default_factory=Fields)
    label: str | None = None
    panel: str | None = None
    shard: tuple[int, int] = (0, 1)
    max_bad: float = 0.001
    workers: int = 0
    memory_bytes: int = 0
    temp: Path | None = None
    force: bool = False

    @property
    def n_workers(self) -> int:
        """Threads to count in: as many as there are cores, unless a number is given."""
        return self.workers or n_cores()

    @property
    def memory(self) -> int:
        """Bytes to stay within: half of what is free, unless a number is given."""
        return self.memory_bytes or max(free_bytes() // 2, BASE_BYTES)

    @property
    def room(self) -> Room:
        """What of that is for what is counted: three eighths for tokens, which else wait on disk, and two for their
        records. One is for chunks, one for writing."""
        eighth = max((self.memory - BASE_BYTES) // 8, 1 << 20)
        return Room(tokens=3 * eighth, records=2 * eighth, profiles=eighth)

    @property
    def chunk_bytes(self) -> int:
        """Text of a chunk, so that all that are in work at once fit."""
        each = (self.memory - BASE_BYTES) // 8 // (CHUNK_WORKING * self.n_workers + CHUNK_WAITING)
        return min(max(each, 1 << 20), MAX_CHUNK)


@dataclass(frozen=True)
class Counted:
    """A label that was counted, and its file; ``guarded`` as ``store.guarded_of`` gives it."""

    label: str
    path: Path
    n_docs: int
    n_prompts: int
    n_tokens: int
    n_bytes: int
    guarded: Mapping[str, int]


@dataclass(frozen=True)
class CountReport:
    """What ``count_corpus`` did: the profiles it wrote, what it read and skipped, how long it took, and whether
    generations that loop or refuse were set aside."""

    profiles: tuple[Counted, ...]
    tally: Tally
    elapsed_s: float
    sets_aside: bool

    @property
    def n_docs(self) -> int:
        """Generations in the profiles."""
        return sum(profile.n_docs for profile in self.profiles)

    @property
    def guarded(self) -> dict[str, int]:
        """How many generations of all labels loop, refuse, break off or have the text of another one."""
        names = ("looping", "refused", "truncated", "duplicate")
        return {name: sum(profile.guarded[name] for profile in self.profiles) for name in names}

    @property
    def mb_per_s(self) -> float:
        """Text counted in a second, in MB."""
        return self.tally.n_bytes / 1e6 / self.elapsed_s


def count_corpus(inputs: Sequence[str], out: Path, counting: Counting, progress: Progress = silent) -> CountReport:
    """Count every label in the inputs into a profile of its own in the folder ``out`` (or the one file ``out``)."""
    start = perf_counter()
    tally = Tally()
    as_file = out.suffix == SUFFIX

    def path_of(label: str) -> Path:
        return out if as_file else out / profile_name(label, counting.panel)

    def write(packed: Packed) -> Counted:
        sources = frozenset(tally.digests_of[packed.profile.label])
        profile = replace(packed.profile, sources=sources, panel=counting.panel)
        _check_any_left(profile, counting.shard)
        path = path_of(profile.label)
        write_profile(replace(packed, profile=profile), path, force=counting.force)
        return _counted(profile, path)

    with _folder(out.parent if as_file else out), Spill(counting.temp) as spill:
        chunks = text_chunks(inputs, counting, tally, progress, "reading")
        chunks = _guarded(chunks, path_of, one_file=as_file, force=counting.force)
        workers, room = counting.n_workers, counting.room
        profiles = count_chunks(chunks, counting.spec, workers=workers, room=room, spill=spill, progress=progress)
        written = tuple(sorted(map_bounded(write, profiles, workers), key=lambda counted: counted.label))
    if not written:
        raise BadInputError(f"no usable text in {', '.join(inputs)}")
    return CountReport(written, tally, perf_counter() - start, counting.spec.sets_aside)


def _check_any_left(profile: Profile, shard: tuple[int, int]) -> None:
    """Stop if all of a label's generations were set aside (of a shard, they may be)."""
    if not profile.n_docs and shard[1] == 1:
        n_aside = profile.guarded.looping + profile.guarded.refused
        raise BadInputError(
            f"all {n_aside} generations of {profile.label!r} loop or refuse, and none is left to count; "
            'leave this model out, or count by a specification (--spec) that says "guards": "count-only/1"'
        )


def _counted(profile: Profile, path: Path) -> Counted:
    totals = (profile.n_docs, profile.n_prompts, profile.n_tokens, profile.n_bytes)
    return Counted(profile.label, path, *totals, guarded_of(profile))


@contextmanager
def _folder(path: Path) -> Iterator[None]:
    """A folder that is there for a job, and is gone again, with those above it, where the job left it empty."""
    made = [p for p in (path, *path.parents) if not p.exists()]
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        for folder in made:
            if any(folder.iterdir()):
                break
            folder.rmdir()


def _relabelled(profile: Profile, label: str) -> Profile:
    """The profile under another name. Models counted from one file are different sources of the pool."""
    if profile.label == label:
        return profile
    return replace(profile, label=label, sources=frozenset(f"{profile.label}:{s}" for s in profile.sources))


def text_chunks(
    inputs: Sequence[str], counting: Counting, tally: Tally, progress: Progress = silent, step: str = "reading"
) -> Iterator[TextChunk]:
    """The inputs in chunks that the memory allowed has room for."""
    return read_chunks(
        inputs,
        fields=counting.fields,
        label=counting.label,
        chunk_bytes=counting.chunk_bytes,
        shard=counting.shard,
        max_bad=counting.max_bad,
        tally=tally,
        progress=progress,
        step=step,
    )


def _guarded(
    chunks: Iterator[TextChunk], path_of: Callable[[str], Path], *, one_file: bool, force: bool
) -> Iterator[TextChunk]:
    """The chunks, stopping as soon as a label turns up whose file must not be written."""
    labels: set[str] = set()
    for chunk in chunks:
        if chunk.label not in labels:
            labels.add(chunk.label)
            if one_file and len(labels) > 1:
                names = " and ".join(repr(label) for label in sorted(labels))
                raise UsageError(f"several models ({names}) need a folder to write to, or one name: --label NAME")
            refuse_to_overwrite(path_of(chunk.label), force=force)
        yield chunk


def merge_profiles(
    places: Sequence[str],
    out: Path,
    *,
    label: str | None = None,
    min_prompts: int = 0,
    force: bool = False,
    progress: Progress = silent,
) -> list[Counted]:
    """Merge profiles label by label, into the file ``out`` if they are of one label, else into a folder.

    With ``label`` all are pooled under that name. With ``min_prompts`` rows in fewer prompts are left out of the sum,
    which is then final: it can be scored and compared, but not merged again.

    Raises
    ------
    IncompatibleProfilesError
        If they were counted differently, hold the same source twice, or were pruned.
    """
    footers = [read_footer(path) for path in find_profiles(places)]
    for footer in footers:
        if footer.pruned:
            raise IncompatibleProfilesError(f"{footer.path} was pruned ({footer.pruned}); its counts no longer add up")
    names = sorted({label or footer.label for footer in footers})
    as_file = out.suffix == SUFFIX
    if as_file and len(names) > 1:
        raise UsageError(f"profiles of {len(names)} models need a folder to write to, or one name: --label NAME")
    targets = {name: out if as_file else out / profile_name(name) for name in names}
    for path in targets.values():
        refuse_to_overwrite(path, force=force)
    written = []
    rule = f"rows in fewer than {min_prompts} prompts left out" if min_prompts else None
    for name, path in tracked(targets.items(), progress, "merging", len(targets), "models"):
        with Spill(None) as spill:
            paths = [footer.path for footer in footers if (label or footer.label) == name]
            merged = merge_packed([_run_of(p, name, spill) for p in paths], n_cores(), spill)
            kept = prune(unpack(merged), min_prompts) if min_prompts else merged
            write_profile(kept, path, force=force, pruned=rule)
            written.append(_counted(merged.profile, path))
    return written


def _run_of(path: Path, label: str, spill: Spill) -> Packed:
    """A profile's parts in the spill: one file is open at a time, and none is in memory as a whole."""
    packed = read_packed(path)
    return Packed(_relabelled(packed.profile, label), spill.put(packed.parts))
