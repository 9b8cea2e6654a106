"""The texts that were counted, read again: phrases as they stand in them, a passage of each feature, contrasts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import polars as pl

from fastslop.base.errors import BadInputError
from fastslop.base.wordfreq import listed_language
from fastslop.base.wording import plural
from fastslop.lists.phrase_lists import expected_bytes, with_phrases
from fastslop.lists.slop_lists import SlopList
from fastslop.lists.wanted import Wanted
from fastslop.profiles.profile_set import Member, ProfileSet
from fastslop.reading.chunks import KeptChunks, TextChunk
from fastslop.reading.corpus import text_chunks
from fastslop.reading.frames import Input, check_read_twice
from fastslop.reading.options import ReadOptions
from fastslop.reading.tally import Tally
from fastslop.report.data import features_to_quote
from fastslop.scoring.score import Scores
from fastslop.search.contrast_rates import PatternCounter, pattern_rates
from fastslop.search.examples import Entry, Examples
from fastslop.search.passes import TextPasses
from fastslop.search.quotes import Passage
from fastslop.system.budget import Budget
from fastslop.system.progress import Progress, handed_out, silent

NAMED = 3
"""Most labels named in one message."""


@dataclass(frozen=True)
class FromTexts:
    """
    Results of reading texts again.

    ``lists`` with phrases; ``examples``: by label a passage of each feature; ``patterns``: the rates of contrasts, none
    in a language without rules of them; ``notes`` say how texts were read, and which labels have none among them.
    """

    lists: list[SlopList]
    examples: Mapping[str, Mapping[Entry, Passage]]
    patterns: pl.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def phrases(self) -> dict[str, pl.DataFrame]:
        """The table of phrases of each label."""
        return {one.label: one.tables["phrases"] for one in self.lists if one.label is not None and one.genre is None}


@dataclass(frozen=True)
class TextsAgain:
    """Texts to be looked at again: where they are, and how they are read; or as they were ``kept``, with the ``tally``
    of reading them."""

    inputs: Sequence[Input]
    options: ReadOptions
    budget: Budget
    progress: Progress = silent
    kept: KeptChunks | None = None
    tally: Tally = field(default_factory=Tally)

    def found(
        self,
        lists: Sequence[SlopList],
        scores: Scores,
        profiles: ProfileSet,
        wanted: Wanted,
        genres: Mapping[str, Sequence[Member]] = MappingProxyType({}),
    ) -> FromTexts:
        """What the texts add to lists and scores of profiles; ``genres`` has by genre the labels on its prompts alone.

        Raises
        ------
        UsageError
            If they can be read once only.
        BadInputError
            If they cannot be read, or hold none of the labels.
        """
        check_read_twice(self.inputs)
        members, spec = profiles.members, profiles.spec
        examples, counter = Examples(spec), PatternCounter(spec)
        label_of = {member.name: member.label for member in members}
        for name, tables in features_to_quote(scores).items():
            for table, features in tables.items():
                examples.want(label_of[name], table, features)
        tallies: list[Tally] = []

        def read(step: str) -> Iterator[TextChunk]:
            chunks, tally = self._read(step)
            tallies.append(tally)
            yield from chunks
            _check_labels(label_of.values(), tally.by_label)

        full = with_phrases(
            lists,
            members,
            TextPasses(read, spec, self.budget.n_workers, self.progress, expected_bytes(members)),
            wanted=wanted,
            names=scores.names,
            language=listed_language(scores.baseline),
            genres=genres,
            watchers=(counter,) if counter.names else (),
            examples=examples,
        )
        quoted = {name: examples.of_label(label) for name, label in label_of.items()}
        counted = {*label_of.values()}
        sums = {label: of_label for label, of_label in counter.sums.items() if label in counted}
        rates = pattern_rates(sums, spec.language)
        return FromTexts(full, quoted, rates, (*tallies[0].notes, *_notes_on_labels(counted, tallies[0].by_label)))

    def _read(self, step: str) -> tuple[Iterator[TextChunk], Tally]:
        """The texts, and the tally of reading them."""
        if self.kept is not None and self.kept.is_whole:
            return handed_out(self.kept.chunks, self.progress, step), self.tally
        tally = Tally()
        return text_chunks(self.inputs, self.options, self.budget, tally, self.progress, step), tally


def _check_labels(counted: Collection[str], read: Collection[str]) -> None:
    """Raise BadInputError if no label of the profiles is among those of the texts."""
    if not set(counted) & set(read):
        raise BadInputError(
            f"the texts are of {_named(read)}, the profiles of {_named(counted)}; name the texts that were counted, "
            "with the --model or --label of then"
        )


def _notes_on_labels(counted: Collection[str], read: Collection[str]) -> list[str]:
    """A line on labels that are not among those of the texts, and one on labels of texts that have no profile."""
    without, unused = set(counted) - set(read), set(read) - set(counted)
    return [
        *([f"no passages and phrases of {_named(without)}: not among the texts"] if without else []),
        *([f"texts of {_named(unused)} are not used: no profile is of that name"] if unused else []),
    ]


def _named(labels: Collection[str]) -> str:
    """The first labels, and how many more."""
    rest = len(labels) - NAMED
    return ", ".join(sorted(labels)[:NAMED]) + (f" and {plural(rest, 'other model')}" if rest > 0 else "")
