"""What would be read of inputs, and why: without counting anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fastslop.base.defaults import DROP_REASONING, JSON_FORMAT, MAX_BAD
from fastslop.base.errors import BadInputError, FastslopError, UsageError
from fastslop.base.wordfreq import language_of
from fastslop.base.wording import plural
from fastslop.reading.batches import Batch
from fastslop.reading.corpus import files_of
from fastslop.reading.frames import inputs_of
from fastslop.reading.inputs import InputFile
from fastslop.reading.options import ReadOptions, read_options
from fastslop.reading.tally import Tally, checked_batches
from fastslop.system.progress import Progress, silent
from fastslop.tokens.tokeniser import tokenise

FORMATS = {
    "json": "JSON Lines",
    "document": "JSON",
    "parquet": "Parquet",
    "csv": "CSV",
    "tsv": "TSV",
    "txt": "texts",
    "eval": "log of inspect_ai",
    "frame": "frame in memory",
    "records": "records in memory",
}
"""Names of the kinds of inputs."""
SHOWN_CHARACTERS = 200
"""Characters of a text or prompt that are shown."""
LANGUAGE_BYTES = 20_000
"""Bytes of text by which a language is told."""


@dataclass(frozen=True)
class LookedAt:
    """
    What would be read of one file.

    ``format``: what kind of file it is. ``taken``: the fields of text, model and prompt, and those that might have been
    taken. ``fields``: all that were found. ``n_docs``, ``n_prompts`` and ``models`` (generations by model): what would
    be counted. ``model``, ``prompt`` and ``text``: one generation as fastslop sees it. ``language``: what it is written
    in, if that can be told. ``notes``: what would be left out, or was taken out of texts. ``error``: why reading would
    stop, None if it would not.
    """

    name: str
    format: str
    taken: str
    fields: tuple[str, ...]
    n_docs: int
    n_prompts: int
    models: dict[str, int]
    model: str | None
    prompt: str | None
    text: str | None
    language: str | None
    skipped: dict[str, int]
    notes: tuple[str, ...]
    error: str | None


@dataclass(frozen=True)
class Look:
    """
    What would be read of inputs: of each file, and in ``notes`` of all of them together.

    ``problem`` is the error by which reading all of them would stop, ``error`` its text; None if it would not.
    """

    files: tuple[LookedAt, ...]
    notes: tuple[str, ...]
    problem: FastslopError | None

    @property
    def error(self) -> str | None:
        """Why reading all of them would stop; None if it would not."""
        return None if self.problem is None else str(self.problem)

    def to_dict(self) -> dict[str, Any]:
        """The shape of ``look --json``."""
        files = [asdict(file) for file in self.files]
        return {"format": JSON_FORMAT, "files": files, "notes": list(self.notes), "error": self.error}


def look(
    source: object,
    *,
    text: str | None = None,
    model: str | None = None,
    prompt: str | None = None,
    label: str | None = None,
    max_bad: float = MAX_BAD,
    reasoning: str = DROP_REASONING,
    progress: Progress = silent,
) -> Look:
    """
    Say what `count` would read of texts, and why, without counting.

    Parameters
    ----------
    source
        Texts, as `count` takes them; so are ``text``, ``model``, ``prompt``, ``label``, ``max_bad`` and ``reasoning``.
    progress
        Is told how far it is.

    Raises
    ------
    BadInputError
        If an input does not exist. What is wrong within files is told in the result.

    Examples
    --------
    >>> import fastslop as fs
    >>> found = fs.look([{"llm": "a", "prompt": "Describe the sea.", "output": "It is wide."}])
    >>> found.files[0].taken
    'text output, model llm, prompt prompt'
    """
    options = read_options(text, model, prompt, label, max_bad=max_bad, reasoning=reasoning)
    tally = Tally()
    files = files_of(inputs_of(source), tally)
    looked: list[LookedAt] = []
    problems: list[FastslopError | None] = []
    for done, file in enumerate(files):
        progress("looking", done, len(files), "files")
        found, problem = _look_at(file, options, tally)
        looked.append(found)
        problems.append(problem)
    first = next((own for own, file in zip(problems, files, strict=True) if own and not file.is_one_of_many), None)
    try:
        tally.check()
    except BadInputError as error:
        first = first or error
    if not tally.n_files and first is None:
        first = next(filter(None, problems), None)
    skipped_files = [f"passed over: {place}" for place in tally.places.get("unknown file type", ())]
    return Look(tuple(looked), (*tally.warnings, *skipped_files), first)


def _look_at(file: InputFile, options: ReadOptions, tally: Tally) -> tuple[LookedAt, FastslopError | None]:
    """What would be read of a file, and the error by which reading it would stop."""
    of_file = Tally(across=tally.across)
    seen = _Seen()
    problem: FastslopError | None = None
    try:
        for batch in checked_batches(file, options, of_file, lambda position: None):
            seen.add(batch)
    except (BadInputError, UsageError) as error:
        problem = error
    tally.taken.update(of_file.taken)
    tally.n_files += of_file.n_files
    plan = None if seen.first is None else seen.first.plan
    example = None if plan is None else plan.example
    looked = LookedAt(
        name=file.name,
        format=FORMATS["document" if file.kind == "json" and seen.is_document else file.kind],
        taken="" if plan is None else plan.columns.taken,
        fields=() if plan is None else plan.columns.found,
        n_docs=of_file.n_docs,
        n_prompts=len(seen.prompts),
        models=dict(sorted(seen.models.items())),
        model=None if plan is None or example is None else example.label or plan.label,
        prompt=None if example is None or example.prompt is None else _cut(example.prompt),
        text=None if seen.text is None else _cut(seen.text),
        language=seen.language(),
        skipped=dict(sorted(of_file.skipped.items())),
        notes=tuple(note for note in of_file.notes if not note.startswith("read: ")),
        error=None if problem is None else str(problem),
    )
    return looked, problem


class _Seen:
    """What is remembered of the batches of a file."""

    def __init__(self) -> None:
        self.first: Batch | None = None
        self.models: Counter[str] = Counter()
        self.prompts: set[int] = set()
        self.sample = b""
        self.text: str | None = None

    @property
    def is_document(self) -> bool:
        """Whether a file of JSON is one document, and not lines."""
        return self.first is not None and self.first.lines is None

    def add(self, batch: Batch) -> None:
        documents = batch.documents
        self.first = self.first or batch
        self.models.update({label: len(docs) for label, docs in documents.by_label()})
        self.prompts.update(np.unique(documents.prompt_keys).tolist())
        if self.text is None and len(documents):
            self.text = documents.text_of(0).decode()
        if len(self.sample) < LANGUAGE_BYTES:
            self.sample += documents.text[: min(LANGUAGE_BYTES, int(documents.offsets[-1]))].tobytes()

    def language(self) -> str | None:
        """The language of the first texts, None if it cannot be told."""
        return language_of(Counter(tokenise(self.sample.decode(errors="ignore"))))


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARACTERS else f"{line[:SHOWN_CHARACTERS]} ..."


def alike(files: Sequence[LookedAt]) -> Iterator[tuple[LookedAt, int]]:
    """The first of each kind of files that are read alike, and how many these are; each that fails by itself."""
    kinds: dict[tuple[str, str, str | None], list[LookedAt]] = {}
    for file in files:
        kinds.setdefault((file.format, file.taken, file.error), []).append(file)
    for same in kinds.values():
        yield same[0], len(same)


def summary(file: LookedAt) -> str:
    """What would be counted of a file: ``JSON Lines, 3 generations of 1 model, 2 prompts``."""
    generations = f"{plural(file.n_docs, 'generation')} of {plural(len(file.models), 'model')}"
    return f"{file.format}, {generations}, {plural(file.n_prompts, 'prompt')}"
