"""The manifest of a run: what it was made from, and what was read."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from fastslop import __version__
from fastslop.base.defaults import JSON_FORMAT
from fastslop.comparing.compare import Comparison
from fastslop.counting.options import CountOptions
from fastslop.counting.result import CountResult
from fastslop.evidence.dates import ReleaseDates
from fastslop.lists.genre_file import GenreRow
from fastslop.reading.languages import in_language
from fastslop.scoring.score import Scores


def run_manifest(
    options: CountOptions,
    counted: CountResult,
    baseline: str,
    released: ReleaseDates | None,
    genres: Sequence[GenreRow] | None,
    scores: Scores,
    comparison: Comparison | None,
) -> dict[str, Any]:
    """A record of what a run was made from; nothing in it changes between two equal runs."""
    tally, fields = counted.tally, options.read.fields
    return {
        "format": JSON_FORMAT,
        "versions": {"fastslop": __version__, "python": platform.python_version()}
        | {name: version(name) for name in ("numba", "numpy", "polars", "scipy", "wordfreq")},
        "parameters": {
            "spec": in_language(options.spec, counted.language).to_dict(),
            "language": counted.language,
            "languages": dict(counted.languages),
            "baseline": baseline,
            "dates": released.texts if released else None,
            "genres": None if genres is None else {row.prompt: row.genre for row in genres},
            "method": comparison.method if comparison else None,
            "text": fields.text,
            "model": fields.label,
            "prompt": fields.prompt,
            "label": options.read.label,
            "panel": options.panel,
            "min_prompts": options.min_prompts,
            "shard": list(options.read.shard),
            "max_bad": options.read.max_bad,
            "reasoning": options.read.reasoning,
        },
        "inputs": [{"name": s.name, "n_bytes": s.n_bytes, "digest": s.digest} for s in tally.sources],
        **tally.to_dict(),
        "skipped": dict(sorted(tally.skipped.items())),
        "sums": counted.sums_dict(),
        "skipped_first": {reason: places for reason, places in sorted(tally.places.items())},
        "guards": options.spec.guards,
        "guarded": {profile.label: profile.guarded for profile in counted.profiles},
        "n_docs": counted.n_docs,
        "n_bytes": sum(profile.n_bytes for profile in counted.profiles),
        "measured_by": scores.measured_by_dict(),
        "notes": [*scores.notes, *(comparison.notes if comparison else ())],
    }
