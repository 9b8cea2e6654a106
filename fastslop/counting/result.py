"""Result of a count: totals, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastslop.base.wording import plural, speed
from fastslop.counting.sums import CountSums
from fastslop.profiles.files import CountedProfile, profiles_dict
from fastslop.reading.languages import notes_on_languages
from fastslop.reading.tally import Tally
from fastslop.system.memory import peak_rss_mb

GUARDS = ("looping", "refused", "truncated", "duplicate")
LEAST_TOLD_S = 1.0
"""Seconds of compiling from which on they are told."""
LABELS_NAMED = 5
"""Most labels named in one note."""


@dataclass(frozen=True)
class CountResult:
    """Result of a count: totals of each profile, what was read and skipped, the sums of both, how long it took, what of
    that was to compile kernels, whether generations that loop or refuse were set aside, and how many profiles were
    finished before and kept; the language of each label, where it was looked for, None if it cannot be told; and the
    language by which all were counted."""

    profiles: tuple[CountedProfile, ...]
    tally: Tally
    sums: CountSums
    elapsed_s: float
    compile_s: float
    sets_aside: bool
    n_kept: int = 0
    languages: Mapping[str, str | None] = field(default_factory=dict)
    language: str = "en"

    @property
    def n_docs(self) -> int:
        """Generations in the profiles."""
        return sum(profile.n_docs for profile in self.profiles)

    @property
    def guarded(self) -> dict[str, int]:
        """How many generations of all labels loop, refuse, break off or have the text of another one."""
        return {name: sum(profile.guarded[name] for profile in self.profiles) for name in GUARDS}

    @property
    def mb_per_s(self) -> float:
        """Text counted in a second, in MB; the time to compile kernels is left out."""
        return self.tally.n_bytes / 1e6 / self.counting_s

    @property
    def counting_s(self) -> float:
        """Seconds that it took without those of compiling kernels."""
        return max(self.elapsed_s - self.compile_s, 1e-3)  # of a small file, the two are nearly equal

    @property
    def summary(self) -> str:
        """A line that says what was counted, and how fast."""
        compiling = f", besides {self.compile_s:.0f} s to compile the kernels" if self.compile_s >= LEAST_TOLD_S else ""
        return (
            f"counted {plural(self.n_docs, 'generation')} of {plural(len(self.profiles), 'model')}, "
            f"{self.tally.n_bytes / 1e6:,.1f} MB in {self.counting_s:.1f} s ({speed(self.mb_per_s)}){compiling}"
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines that say what was not read, and where it stands, and how many generations each guard found."""
        kept = (f"kept {plural(self.n_kept, 'profile')} of these texts, finished before",) if self.n_kept else ()
        return (
            *kept,
            *self.tally.notes,
            *self._notes_of_guards(),
            *notes_on_languages("count", self.language, self.languages),
        )

    def _notes_of_guards(self) -> Iterator[str]:
        for name, n in self.guarded.items():
            if n:
                done = "set aside" if self.sets_aside and name in ("looping", "refused") else "counted all the same"
                most = sorted(((p.guarded[name], p.label) for p in self.profiles), key=lambda found: -found[0])
                named = most[:LABELS_NAMED]
                shown = ", ".join(f"{label} {m:,}" for m, label in named if m)
                yield f"{done} {n:,}: {name} ({shown}{', ...' if n > sum(m for m, _ in named) else ''})"

    def sums_dict(self) -> dict[str, int]:
        """Records, generations and bytes that were read, and where they went, as plain values."""
        return self.tally.records.to_dict() | self.sums.to_dict()

    def to_dict(self) -> dict[str, Any]:
        """The shape of ``count --json``."""
        return profiles_dict(self.profiles) | {
            **self.tally.to_dict(),
            "skipped": dict(sorted(self.tally.skipped.items())),
            "sums": self.sums_dict(),
            "guarded": self.guarded,
            "language": self.language,
            "languages": dict(self.languages),
            "elapsed_s": round(self.elapsed_s, 3),
            "compile_s": round(self.compile_s, 3),
            "mb_per_s": round(self.mb_per_s, 1),
            "peak_rss_mb": round(peak_rss_mb(), 1),
        }
