"""Tally of what was read of inputs and what was left out, with its places; reading stops where too much is.

What is too much: see ``FileTally.check_bad``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastslop.base.errors import BadInputError, NoTextsError
from fastslop.base.sources import Shards, numbered, source_of, sum_of_sums
from fastslop.base.wording import plural
from fastslop.reading.asked import Asked
from fastslop.reading.batches import Batch, Seen
from fastslop.reading.checks import AcrossLabels
from fastslop.reading.cleaning import (
    DROP,
    HAD_ACCENTS,
    HAD_CALLS,
    HAD_ENTITIES,
    HAD_PROMPT,
    HAD_REASONING,
    HAD_TOKENS,
    KEEP,
    ONLY,
)
from fastslop.reading.digests import Beginning, Source, SourceDigest, division_of
from fastslop.reading.documents import NO_REQUEST
from fastslop.reading.fields import KINDS, Columns
from fastslop.reading.file_tally import PLACES_SHOWN, FileTally, Skips
from fastslop.reading.formats import read_batches
from fastslop.reading.inputs import InputFile, stored_bytes
from fastslop.reading.options import ReadOptions
from fastslop.reading.sums import RecordSums
from fastslop.reading.unusable import NO_TEXTS_IN_FILE

WHAT_WAS_HAD = {
    HAD_REASONING: "reasoning {done} {n}",
    HAD_TOKENS: "special tokens taken out of {n}",
    HAD_CALLS: "calls of tools taken out of {n}",
    HAD_ENTITIES: "HTML entities decoded in {n}",
    HAD_PROMPT: "the prompt, which began them, taken out of {n}",
    NO_REQUEST: "no request found for {n}, whose number is taken for the prompt",
    HAD_ACCENTS: "acute accents read as apostrophes in {n}",
}
REASONING_DONE = {DROP: "left out of", KEEP: "counted with the answer in", ONLY: "counted alone in"}


@dataclass
class Tally(Skips):
    """Files, documents, bytes and records read, and what was left out, with the first places of each reason.

    ``had``: how many texts had reasoning and the like; ``reasoning`` says what was done with it. ``taken``: the files
    that each choice of fields was made for; ``of_choices``: notes on these choices; ``across``: what labels have in
    common, and ``in_common`` notes on that; ``without_texts``: files that were passed over, and why. ``beginnings``
    has how each file begins, ``n_beginning`` how many begin alike; ``by_label``, for each label the sums of the sources
    that had documents of it. ``of_pieces``: what was read of each file of which a piece was read, by its name.
    ``asked`` gathers the texts of prompts, if they are wanted.
    """

    n_files: int = 0
    n_docs: int = 0
    n_bytes: int = 0
    records: RecordSums = field(default_factory=RecordSums)
    had: Counter[str] = field(default_factory=Counter)
    reasoning: str = DROP
    taken: dict[Columns, list[str]] = field(default_factory=dict)
    across: AcrossLabels = field(default_factory=AcrossLabels)
    of_choices: list[str] = field(default_factory=list)
    in_common: tuple[str, ...] = ()
    without_texts: dict[str, NoTextsError] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    beginnings: list[Beginning] = field(default_factory=list)
    n_beginning: Counter[str] = field(default_factory=Counter)
    by_label: dict[str, dict[str, str]] = field(default_factory=dict)
    of_pieces: dict[str, FileTally] = field(default_factory=dict)
    asked: Asked | None = None

    @property
    def warnings(self) -> list[str]:
        """Notes on choices of fields, and on what labels have in common."""
        return [*self.of_choices, *self.in_common]

    @property
    def notes(self) -> tuple[str, ...]:
        """What was taken, what was taken out of texts, and for each reason how many records or documents were left out,
        with the places of the first."""
        notes = [f"read: {line}" for line in self.choices]
        notes += [f"note: {warning}" for warning in self.warnings]
        for what, n in sorted(self.had.items()):
            form = WHAT_WAS_HAD.get(what, f"left out: {what}, in {{n}}")
            notes.append(form.format(n=plural(n, "text"), done=REASONING_DONE[self.reasoning]))
        for reason, n in sorted(self.skipped.items()):
            places = self.places[reason]
            notes.append(f"skipped {n:,}: {reason} ({', '.join(places)}{', ...' if n > len(places) else ''})")
        return tuple(notes)

    @property
    def choices(self) -> tuple[str, ...]:
        """A line for each choice of fields, with how many files it was made for if that is not all."""
        lines = {columns.taken: names for columns, names in self._choices()}
        of_all = len(lines) == 1
        return tuple(line if of_all else f"{line}, in {_names(names)}" for line, names in lines.items())

    def pass_over(self, file: InputFile, error: NoTextsError) -> None:
        """Count a file that was found beside others and has no texts."""
        self.without_texts[file.name] = error
        self.skip(NO_TEXTS_IN_FILE, str(error).split("; choose the text")[0])

    def add_source(self, file: InputFile, digest: SourceDigest) -> None:
        """Count a file, the last of ``beginnings``, as read.

        Raises
        ------
        BadInputError : of one of its labels, another file has the same content
        """
        if file.piece is not None:
            self._add_piece(file.piece.source, digest)
            return
        beginning = self.beginnings[-1].digest
        n_alike = self.n_beginning[beginning]
        self.n_beginning[beginning] += 1
        name = numbered(beginning, n_alike)
        n_bytes = sum(path.stat().st_size for path in file.paths) if file.paths else digest.n_bytes
        self.sources.append(Source(file.name, n_bytes, source_of(name, digest.of_all())))
        for label in sorted(digest.sums):
            known, total = self.by_label.setdefault(label, {}), digest.of_label(label)
            if total in (known.get(numbered(beginning, i)) for i in range(n_alike)):
                twin = next(source for source in self.sources if source.digest.startswith(beginning))
                raise BadInputError(
                    f"{file.name} has the same content as {twin.name}: {label!r} would be counted twice; leave one out"
                )
            known[name] = total

    def _add_piece(self, name: str, digest: SourceDigest) -> None:
        """Count a piece of a source as read; whether two sources are the same shows when all pieces are."""
        for label in digest.sums:
            known, total = self.by_label.setdefault(label, {}), digest.of_label(label)
            known[name] = sum_of_sums([known[name], total]) if name in known else total

    def sources_of(self, label: str, shard: tuple[int, int]) -> tuple[frozenset[str], dict[str, Shards]]:
        """The sources that are counted of a label: whole ones, or a part of a division of all inputs."""
        own, (number, n) = self.by_label[label], shard
        if n == 1:
            return frozenset(source_of(*one) for one in own.items()), {}
        return frozenset(), {division_of(self.beginnings, n): Shards(n, {number: len(self.by_label)}, own)}

    def _choices(self) -> list[tuple[Columns, list[str]]]:
        """Each choice with its files; what else was found in these does not matter."""
        same: dict[str, tuple[Columns, list[str]]] = {}
        for columns, names in self.taken.items():
            same.setdefault(columns.taken, (columns, []))[1].extend(names)
        return list(same.values())

    def check(self) -> None:
        """Check that something was read, and what labels have in common.

        Raises
        ------
        BadInputError : no file has texts, or the texts of all labels are the same
        """
        if self.without_texts and not self.n_files:
            raise next(iter(self.without_texts.values()))
        self.in_common = self.across.check()

    def to_dict(self) -> dict[str, Any]:
        """What was taken of which files, as plain values."""
        return {
            "read": [
                {
                    "text": [columns.text, *(text for text, _ in columns.more)],
                    "model": [label for label in (columns.label, *(label for _, label in columns.more)) if label],
                    "prompt": list(columns.prompt),
                    "shape": columns.shape,
                    "also_found": {kind: list(names) for kind, names in zip(KINDS, columns.also, strict=True)},
                    "n_files": len(names),
                    "files": names[:PLACES_SHOWN],
                }
                for columns, names in self._choices()
            ],
            "reasoning": self.reasoning,
            "cleaned": dict(sorted(self.had.items())),
            "warnings": self.warnings,
        }


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - PLACES_SHOWN} more" if len(names) > PLACES_SHOWN else ""
    return ", ".join(names[:PLACES_SHOWN]) + more


def checked_batches(file: InputFile, options: ReadOptions, tally: Tally, seen: Seen) -> Iterator[Batch]:
    """Yield the batches of one input, tally what is left out, and stop if that is too much.

    Of a piece of an input it is only told: whether it is too much shows when all pieces are read. ``seen`` is that of
    ``read_batches``; errors are those of it, and BadInputError if no text can be used.
    """
    of_file = FileTally()
    taken: set[Columns] = set()
    for batch in read_batches(file, options, seen):
        if not taken:
            taken.add(batch.plan.columns)
            tally.beginnings.append(Beginning(batch.plan.beginning, stored_bytes(file)))
            tally.reasoning = options.reasoning
            tally.of_choices += batch.plan.notes
        of_file.add(batch)
        for number, reason in batch.skipped:
            tally.skip(reason, batch.plan.place(number))
        tally.had += batch.had
        tally.records.add(batch)
        if file.piece is None:
            tally.across.add(batch.documents, batch.plan.columns, options.fields)
            of_file.check_bad(file.name, options.max_bad, at_end=False)
        tally.n_docs += len(batch.documents)
        yield batch
    if file.piece is not None:
        tally.of_pieces[file.name] = of_file
    else:
        of_file.check_bad(file.name, options.max_bad, at_end=True)
        if options.shard[1] == 1:  # a shard may have no text
            of_file.check_text(file.name)
    tally.n_files += 1
    for columns in taken:
        tally.taken.setdefault(columns, []).append(file.name)
