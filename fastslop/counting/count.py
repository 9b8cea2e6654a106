"""Inputs to profiles: the first step, on which all others stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from os import PathLike
from pathlib import Path
from time import perf_counter
from typing import Any

from fastslop._kernels.machine.compile_time import compile_seconds
from fastslop.base.defaults import DROP_REASONING, MAX_BAD
from fastslop.base.errors import BadInputError, UsageError
from fastslop.base.spec import CountSpec, spec_of
from fastslop.counting.finished import Finished
from fastslop.counting.label_queue import count_chunks
from fastslop.counting.options import CountOptions, memory_shares
from fastslop.counting.result import CountResult
from fastslop.counting.sums import count_sums
from fastslop.profiles.files import SUFFIX, CountedProfile, counted_profile, profile_name, write_profile
from fastslop.profiles.holding import WrittenProfiles
from fastslop.profiles.packed import Packed, with_prompt_texts
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import Members, ProfileSet, open_profiles, set_of_packed
from fastslop.reading.asked import Asked
from fastslop.reading.chunks import KeptChunks, TextChunk
from fastslop.reading.corpus import text_chunks
from fastslop.reading.frames import Input, inputs_of
from fastslop.reading.languages import AUTO, in_language, language_of_all, spec_in
from fastslop.reading.options import read_options
from fastslop.reading.tally import Tally
from fastslop.system.atomic import refuse_to_overwrite
from fastslop.system.budget import budget_of
from fastslop.system.claims import claims_in
from fastslop.system.object_paths import AnyPath, ObjectPath, path_of
from fastslop.system.progress import Progress, silent
from fastslop.system.spill import Spill
from fastslop.system.threads import map_bounded


class CountedSet(ProfileSet):
    """The profiles that `count` made, and in ``result`` what was read, skipped and set aside."""

    def __init__(self, members: Members, result: CountResult) -> None:
        super().__init__(members)
        self.result = result

    @property
    def notes(self) -> tuple[str, ...]:
        """A line for each reason why something was skipped or set aside, with the first places."""
        return self.result.notes

    def to_dict(self) -> dict[str, Any]:
        """The shape of ``count --json``."""
        return self.result.to_dict()


def count(
    source: object,
    *,
    out: str | PathLike[str] | None = None,
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
) -> CountedSet:
    """
    Count texts into one profile for each model.

    Parameters
    ----------
    source
        Files, folders, globs, ``-`` for standard input, addresses such as ``s3://``, one or several; or what is in
        memory: a Polars or pandas frame, a PyArrow table or anything with an Arrow stream, a ``datasets.Dataset``, an
        iterable of dicts.
    out
        The folder for the profiles (or the one ``.parquet`` file), which may be an address. If None, they stay in
        memory.
    text, model, prompt
        Names of the fields that hold the generation, name the model and the prompt; found by themselves in common
        schemas. Paths lead through objects and lists: ``response.text``, ``choices[].message.content``.
    label
        All input is this one model.
    panel
        Name of the set of prompts that was answered; else labels that share prompts are found to be one panel.
    spec
        What is counted: ``default``, ``words``, ``slop-forensics``, a JSON file, or a `CountSpec`.
    orders
        Lengths of word n-grams, instead of the specification's.
    language
        What texts are in, such as ``zh``, by which stopwords and baseline are chosen; ``auto``: what most of them are.
    scaled
        Keep one n-gram of two tokens or more in so many, the same ones whoever counts them: profiles a fraction of the
        size, which add up as whole ones do; words and marks are kept whole. If None, as the specification says.
    min_prompts
        Leave out what is in fewer prompts: profiles a fraction of the size, made faster, that cannot be merged. Not of
        a shard: give it to `merge`, which adds up all shards.
    shard
        (i, n): only part i of n of the records, i from 0. The sum of all parts is the whole (see `merge`).
    max_bad
        Share of bad records of a file above which reading stops; a few that are merely odd are passed over.
    reasoning
        What is done with a model's reasoning: ``drop``; ``keep``, counted with the answer; ``only``, counted alone.
    workers, memory, temp
        Threads (all cores, if None), memory to stay within (bytes, or a size such as ``2GB``; half of what is free, if
        None), and the folder for what memory has no room for. Results depend on none of them.
    force
        Replace profiles that are already there.
    resume
        Keep profiles that are already there, of a count that was broken off, and count the others. All texts are read,
        to see that the profiles are of them.
    progress
        Is told how far each step is (see `Progress`).

    Raises
    ------
    BadInputError
        If an input does not exist, cannot be read or holds no text, or too much of it is bad.
    UsageError
        If a field is not there, a parameter is out of range, or a profile is already there (with ``resume``, one of
        other texts or of another specification).

    Examples
    --------
    >>> import fastslop as fs
    >>> profiles = fs.count([{"model": "a", "prompt": "sea", "text": "The sea, the sea."}])
    >>> profiles["a"].frame("word", 1)["feature"].to_list()
    ['sea', 'the']
    """
    if min_prompts and shard[1] > 1:
        raise UsageError(
            "what is in few prompts of a shard may be in more of the whole; count shards without --min-prompts, "
            "and give it to merge"
        )
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
    inputs = inputs_of(source)
    if out is None:
        packed, result = count_in_memory(inputs, options, progress)
        return CountedSet(partial(set_of_packed, packed), result)
    result = count_corpus(inputs, path_of(out), options, progress)
    return CountedSet(partial(open_profiles, *(str(p.path) for p in result.profiles)), result)


def count_in_memory(
    inputs: Sequence[Input], options: CountOptions, progress: Progress = silent
) -> tuple[list[Packed], CountResult]:
    """Count every label in the inputs into a packed profile of its own."""
    kept: list[Packed] = []

    def keep(packed: Packed) -> CountedProfile:
        kept.append(replace(packed, parts=list(packed.parts)))  # parts that wait on disk are read back
        return counted_profile(packed.profile, None)

    reading = _reading_of(inputs, options, progress)
    return kept, _count(reading, options, keep, lambda labels, new: None, Finished(options), progress)


def count_corpus(
    inputs: Sequence[Input],
    out: AnyPath,
    options: CountOptions,
    progress: Progress = silent,
    kept: KeptChunks | None = None,
    written: WrittenProfiles | None = None,
) -> CountResult:
    """Count every label in the inputs into a profile of its own in the folder ``out`` (or the one file ``out``).

    ``kept`` and ``written``: where texts and packed profiles are kept for who needs them next.
    """
    as_file = out.suffix == SUFFIX

    def target_of(label: str) -> AnyPath:
        return out if as_file else out / profile_name(label, options.panel)

    def write(packed: Packed) -> CountedProfile:
        path = target_of(packed.profile.label)
        write_profile(packed, path, force=options.force)
        if written is not None and isinstance(path, Path):
            written.add(path, packed)
        return counted_profile(packed.profile, path)

    def check(labels: set[str], new: str) -> None:
        if as_file and len(labels) > 1:
            names = " and ".join(repr(label) for label in sorted(labels))
            raise UsageError(f"several models ({names}) need a folder to write to, or one name: --label NAME")
        path = target_of(new)
        if options.resume and path.is_file():
            finished.keep(new, path)
        else:
            refuse_to_overwrite(path, force=options.force, or_resume=True)
        claims.add(path.name)

    finished = Finished(options)
    folder = out.parent if as_file else out
    with folder_for(folder), claims_in(folder) as claims:
        return _count(_reading_of(inputs, options, progress, kept), options, write, check, finished, progress)


@dataclass(frozen=True)
class _Reading:
    """What is read: chunks, which fill a tally, and the names of the inputs."""

    chunks: Callable[[Tally], Iterator[TextChunk]]
    names: Sequence[str]


def _reading_of(
    inputs: Sequence[Input], options: CountOptions, progress: Progress, kept: KeptChunks | None = None
) -> _Reading:
    """All texts of inputs, which are ``kept`` as they are read."""

    def chunks(tally: Tally) -> Iterator[TextChunk]:
        texts = text_chunks(inputs, options.read, options.budget, tally, progress)
        return texts if kept is None else kept.kept(texts)

    return _Reading(chunks, [one if isinstance(one, str) else one.name for one in inputs])


def _count(
    reading: _Reading,
    options: CountOptions,
    finish: Callable[[Packed], CountedProfile],
    check: Callable[[set[str], str], None],
    finished_before: Finished,
    progress: Progress,
) -> CountResult:
    """Count what is read: ``check`` is called with the labels so far and each new one, ``finish`` with each profile,
    and what was ``finished_before`` is not counted again."""
    start, compiled = perf_counter(), compile_seconds()
    asked, budget = Asked(), options.budget
    tally, bytes_aside = Tally(asked=asked), Counter[str]()

    def finished(packed: Packed) -> CountedProfile:
        sources, shards = tally.sources_of(packed.profile.label, options.read.shard)
        profile = replace(packed.profile, sources=sources, shards=shards, panel=options.panel)
        if not shards:  # of a shard, all may be set aside
            check_any_left(profile)
        return finish(with_prompt_texts(replace(packed, profile=profile), asked.of_label(profile.label)))

    languages: dict[str, tuple[str | None, int]] = {}

    def find_language(found: dict[str, tuple[str | None, int]]) -> CountSpec:
        languages.update(found | finished_before.languages())
        return in_language(options.spec, language_of_all(languages))

    with Spill(budget.temp) as spill:
        chunks = _checked(reading.chunks(tally), check)
        profiles = count_chunks(
            (chunk for chunk in chunks if not finished_before.passes(chunk)),
            options.spec,
            workers=budget.n_workers,
            shares=memory_shares(budget),
            spill=spill,
            min_prompts=options.min_prompts,
            bytes_aside=bytes_aside,
            find_language=find_language if options.language == AUTO else None,
            progress=progress,
        )
        done = map_bounded(finished, profiles, budget.n_workers)
        counted = tuple(sorted([*done, *finished_before.profiles(tally)], key=lambda profile: profile.label))
    if not counted:
        raise BadInputError(f"no usable text in {', '.join(reading.names)}{_of_shard(options.read.shard)}")
    n_bytes_aside = bytes_aside.total() + finished_before.bytes_aside()
    sums = count_sums(tally, counted, sets_aside=options.spec.sets_aside, bytes_aside=n_bytes_aside)
    sums.check()
    times = (perf_counter() - start, compile_seconds() - compiled)
    language = language_of_all(languages) if languages else options.spec.language
    told = {label: own for label, (own, _) in sorted(languages.items())}
    kept = len(finished_before.footers)
    return CountResult(counted, tally, sums, *times, options.spec.sets_aside, kept, told, language)


def _of_shard(shard: tuple[int, int]) -> str:
    part, n_parts = shard
    return f", as far as it is of shard {part}/{n_parts}; divide so few texts into fewer shards" if n_parts > 1 else ""


def check_any_left(profile: Profile) -> None:
    """Stop if all of a label's generations were set aside."""
    if not profile.n_docs:
        n_aside = profile.guarded.looping + profile.guarded.refused
        raise BadInputError(
            f"all {n_aside} generations of {profile.label!r} loop or refuse, and none is left to count; "
            'leave this model out, or count by a specification (--spec) that says "guards": "count-only/1"'
        )


@contextmanager
def folder_for(path: AnyPath) -> Iterator[None]:
    """Make a folder for a job, and remove it again, with the folders made above it, if the job left it empty."""
    if isinstance(path, ObjectPath):
        yield
        return
    made = [p for p in (path, *path.parents) if not p.exists()]
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        for folder in made:
            if any(folder.iterdir()):
                break
            folder.rmdir()


def _checked(chunks: Iterator[TextChunk], check: Callable[[set[str], str], None]) -> Iterator[TextChunk]:
    """Yield the chunks, and call ``check`` with the labels so far and the new one when a label turns up."""
    labels: set[str] = set()
    for chunk in chunks:
        if chunk.label not in labels:
            labels.add(chunk.label)
            check(labels, chunk.label)
        yield chunk
