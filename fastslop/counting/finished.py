"""Profiles that a count which was broken off had finished: kept, if they are of the same texts, counted alike."""

from __future__ import annotations

from collections import Counter

from fastslop.base.errors import UsageError
from fastslop.base.spec import CountSpec
from fastslop.counting.options import CountOptions
from fastslop.counting.profile_language import WORDS, language_of_profile
from fastslop.profiles.files import CountedProfile, Footer, counted_by, read_footer, read_profile
from fastslop.profiles.profile import pruning_rule
from fastslop.reading.chunks import TextChunk
from fastslop.reading.languages import AUTO, in_language
from fastslop.reading.tally import Tally
from fastslop.system.object_paths import AnyPath, file_at

INSTEAD = "go on with the inputs and options of before, or count all anew with --force"


class Finished:
    """Profiles of labels that are not counted again; ``bytes_aside`` of their text are in no profile.

    Their texts are read all the same: only what was read tells whether a profile is of them.
    """

    def __init__(self, options: CountOptions) -> None:
        self.options = options
        self.footers: dict[str, Footer] = {}
        self.n_docs: Counter[str] = Counter()
        self.n_bytes: Counter[str] = Counter()

    def keep(self, label: str, path: AnyPath) -> None:
        """Keep the profile of a label.

        Raises
        ------
        UsageError
            If it was counted by another specification, or is of another label or panel.
        """
        file, options = file_at(path), self.options
        footer = read_footer(file)
        rule = pruning_rule(options.min_prompts) if options.min_prompts else None
        for what, its, ours in (
            ("label", footer.label, label),
            ("panel", footer.panel, options.panel),
            ("specification", *self._specs(footer)),
            ("rule of what is left out", footer.pruned, rule),
        ):
            if its != ours:
                raise UsageError(f"{path} is there already and has another {what}; {INSTEAD}")
        self.footers[label] = footer

    def languages(self) -> dict[str, tuple[str | None, int]]:
        """The language of each label that is kept, and its words."""
        return {
            label: language_of_profile(read_profile(footer.path, [WORDS])) for label, footer in self.footers.items()
        }

    def _specs(self, footer: Footer) -> tuple[CountSpec, CountSpec]:
        """Its specification and ours, in the language of its texts if ours is to be found, cut by its dictionaries."""
        spec, its = self.options.spec, footer.spec
        if self.options.language == AUTO:
            spec = in_language(spec, its.language)
        return its, spec.cut_by(its.dictionary)

    def passes(self, chunk: TextChunk) -> bool:
        """Whether a chunk is of a label that is kept; it is then taken for read."""
        if chunk.label not in self.footers:
            return False
        self.n_docs[chunk.label] += len(chunk.prompt_keys)
        self.n_bytes[chunk.label] += int(chunk.doc_offsets[-1])
        return True

    def profiles(self, tally: Tally) -> list[CountedProfile]:
        """The profiles that are kept.

        Raises
        ------
        UsageError
            If one is not of the texts that were read.
        """
        for label, footer in self.footers.items():
            if (footer.sources, footer.shards) != tally.sources_of(label, self.options.read.shard):
                raise UsageError(f"{footer.path} is there already and is of other texts of {label!r}; {INSTEAD}")
        return [counted_by(footer) for footer in self.footers.values()]

    def bytes_aside(self) -> int:
        """Bytes of text of the labels that are kept which their profiles do not count."""
        counted = sum(int(footer.values["n_bytes"]) for footer in self.footers.values())
        return self.n_bytes.total() - counted
