"""Tally of what was read of inputs and what was left out, with its places; reading stops where too much is.

What is too much: see ``_check_bad``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastslop.base.errors import BadInputError, NoTextsError
from fastslop.base.sources import Shards, numbered, source_of
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
from fastslop.reading.fields import KINDS, Columns, list_fields
from fastslop.reading.formats import read_batches
from fastslop.reading.inputs import InputFile, stored_bytes
from fastslop.reading.options import ReadOptions
from fastslop.reading.sums import RecordSums
from fastslop.reading.unusable import CONVERT, DAMAGE, HARMLESS, INVALID_UTF8, NO_TEXTS_IN_FILE

PLACES_SHOWN = 5
"""Most places named of each reason."""
EARLY_BAD = 1000
"""Bad records after which a file is judged before its end."""
FEW_BAD, FEW_BAD_SHARE = 10, 0.2
"""So many odd records are passed over in any file, if they are not more than this share of it: calls that failed."""
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
class Tally:
    """Files, documents, bytes and records read, and what was left out, with the first places of each reason.

    ``had``: how many texts had reasoning and the like; ``reasoning`` says what was done with it. ``taken``: the files
    that each choice of fields was made for; ``of_choices``: notes on these choices; ``across``: what labels have in
    common, and ``in_common`` notes on that; ``without_texts``: files that were passed over, and why. ``beginnings``
    has how each file begins, ``n_beginning`` how many begin alike; ``by_label``, for each label the sums of the sources
    that had documents of it. ``asked`` gathers the texts of prompts, if they are wanted.
    """

    n_files: int = 0
    n_docs: int = 0
    n_bytes: int = 0
    records: RecordSums = field(default_factory=RecordSums)
    skipped: Counter[str] = field(default_factory=Counter)
    had: Counter[str] = field(default_factory=Counter)
    reasoning: str = DROP
    taken: dict[Columns, list[str]] = field(default_factory=dict)
    across: AcrossLabels = field(default_factory=AcrossLabels)
    of_choices: list[str] = field(default_factory=list)
    in_common: tuple[str, ...] = ()
    without_texts: dict[str, NoTextsError] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    beginnings: list[Beginning] = field(default_factory=list)
    n_beginning: Counter[str] = field(default_factory=Counter)
    by_label: dict[str, dict[str, str]] = field(default_factory=dict)
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
                    f"{file.name} has the same content as {twin.name}: {label!r} would be counted twice"
                )
            known[name] = total

    def sources_of(self, label: str, shard: tuple[int, int]) -> tuple[frozenset[str], dict[str, Shards]]:
        """The sources that are counted of a label: whole ones, or a part of a division of all inputs."""
        own, (part, n_parts) = self.by_label[label], shard
        if n_parts == 1:
            return frozenset(source_of(*one) for one in own.items()), {}
        return frozenset(), {division_of(self.beginnings, n_parts): Shards(n_parts, {part: len(self.by_label)}, own)}

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

    def skip(self, reason: str, place: str) -> None:
        """Count one record or document that is left out."""
        self.skipped[reason] += 1
        places = self.places.setdefault(reason, [])
        if len(places) < PLACES_SHOWN:
            places.append(place)


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - PLACES_SHOWN} more" if len(names) > PLACES_SHOWN else ""
    return ", ".join(names[:PLACES_SHOWN]) + more


def checked_batches(file: InputFile, options: ReadOptions, tally: Tally, seen: Seen) -> Iterator[Batch]:
    """Yield the batches of one input, tally what is left out, and stop if that is too much.

    ``seen`` is that of ``read_batches``; errors are those of it, and BadInputError if no text can be used.
    """
    of_file = Tally()
    n_records = 0
    found: tuple[str, ...] = ()
    is_first_bad = False
    for batch in read_batches(file, options, seen):
        if not of_file.taken:
            of_file.taken[batch.plan.columns] = [file.name]
            tally.beginnings.append(Beginning(batch.plan.beginning, stored_bytes(file)))
            tally.reasoning = options.reasoning
            tally.of_choices += batch.plan.notes
            is_first_bad = bool(batch.skipped) and batch.skipped[0][0] == 1
        n_records += batch.n_records
        found = batch.plan.columns.found
        for number, reason in batch.skipped:
            of_file.skip(reason, batch.plan.place(number))
            tally.skip(reason, batch.plan.place(number))
        tally.had += batch.had
        tally.records.add(batch)
        tally.across.add(batch.documents, batch.plan.columns, options.fields)
        _check_bad(file, of_file, n_records, options, found, is_first_bad=is_first_bad, at_end=False)
        of_file.n_docs += len(batch.documents)
        tally.n_docs += len(batch.documents)
        yield batch
    _check_bad(file, of_file, n_records, options, found, is_first_bad=is_first_bad, at_end=True)
    _check_text(file, of_file, found, options)
    tally.n_files += 1
    for columns in of_file.taken:
        tally.taken.setdefault(columns, []).append(file.name)


def _check_bad(
    file: InputFile,
    of_file: Tally,
    n_records: int,
    options: ReadOptions,
    found: Sequence[str],
    *,
    is_first_bad: bool,
    at_end: bool,
) -> None:
    """Stop if too much of a file is bad: it is damaged, or is not what the reader takes it for.

    Too much is more than ``max_bad`` of its records. A few odd ones are passed over, ``FEW_BAD`` at most and not more
    than ``FEW_BAD_SHARE`` of all, if none is damaged; and a first record, which may be a heading, whatever it is.
    Nothing is passed over if ``max_bad`` is 0.
    """
    bad = {reason: n for reason, n in of_file.skipped.items() if reason not in HARMLESS}
    n_bad = sum(bad.values())
    if not n_bad or not (at_end or n_bad > EARLY_BAD):
        return
    n_odd = n_bad - is_first_bad
    is_damaged = sum(n for reason, n in bad.items() if reason in DAMAGE) > is_first_bad
    are_few = n_odd <= min(FEW_BAD, FEW_BAD_SHARE * n_records) and not is_damaged and n_bad < n_records
    if n_bad <= options.max_bad * n_records or (are_few and options.max_bad > 0):
        return
    reasons = "; ".join(f"{reason}: {n}, at {', '.join(of_file.places[reason])}" for reason, n in bad.items())
    if INVALID_UTF8 in bad:
        reasons += f"; {CONVERT}"
    if n_bad == n_records:
        fields = f"; {list_fields(found)}; choose the text with --text" if found else ""
        raise NoTextsError(f"{file.name}: none of {n_records} records can be used ({reasons}){fields}")
    enough = math.ceil(n_bad / n_records * 1000) / 1000
    raise BadInputError(
        f"{file.name}: {n_bad} of {n_records} records cannot be used, more than {options.max_bad:.2%} ({reasons}); "
        f"mend the file, or go on without them with --max-bad {min(enough, 1):g}"
    )


def _check_text(file: InputFile, of_file: Tally, found: Sequence[str], options: ReadOptions) -> None:
    """Stop if a file gave no document, which only a shard may do."""
    if of_file.n_docs or options.shard[1] > 1:
        return
    reasons = ", ".join(f"{reason}: {n}" for reason, n in of_file.skipped.items()) or "no records"
    fields = f"; {list_fields(found)}; choose the text with --text" if found else ""
    raise NoTextsError(f"{file.name}: no usable text in it ({reasons}){fields}")
