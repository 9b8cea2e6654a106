"""Descriptions of profiles and baselines, for people."""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np
import polars as pl

from fastslop.base.defaults import JSON_FORMAT
from fastslop.base.sources import ranges
from fastslop.base.spec import Table
from fastslop.base.wordfreq import WORDFREQ_WORDS, listed_language, wordfreq_frequencies
from fastslop.base.written import written
from fastslop.profiles.columns import find_rows
from fastslop.profiles.files import read_footer, read_profile
from fastslop.profiles.profile import Profile
from fastslop.profiles.rows import n_prompts_of, texts_of
from fastslop.scoring import human
from fastslop.scoring.reference import HUMAN_PHRASES
from fastslop.system.object_paths import file_at

PRIVATE = ("format", "hash", "blocks", "n_parts", "spec")
"""Values of a footer that are of the file, not of the profile."""


def describe_profile(path: str | PathLike[str], *, top: int = 10, find: str | None = None) -> dict[str, Any]:
    """Totals of a profile and the most frequent rows of each table, or only those of the n-gram ``find``.

    Raises
    ------
    BadInputError
        If the file is no profile, or damaged.
    """
    file = file_at(path)
    footer, profile = read_footer(file), read_profile(file)
    values = {name: value for name, value in footer.values.items() if name not in PRIVATE}
    values["sources"] = len(values["sources"])
    values["shards"] = [
        {"of": own.n, "parts": ranges(own.parts), "missing": ranges(own.missing)} for own in footer.shards.values()
    ]
    values["n_distinct_tokens"] = len(profile.vocabulary.keys)
    spec = {name: value for name, value in footer.values["spec"].items() if name != "stopwords"}
    values["spec"] = spec | {"stopwords": len(profile.spec.stopwords)}
    found = None if find is None else find_rows(profile, find)
    tables = [_describe_table(profile, table, top, found) for table in profile.spec.tables]
    return {"format": JSON_FORMAT, "path": str(path), **values, "tables": tables}


def _describe_table(profile: Profile, table: Table, top: int, found: pl.DataFrame | None) -> dict[str, Any]:
    grams = profile.tables[table]
    if found is None:
        rows = np.argsort(-grams.n, kind="stable")[:top]
        shown = pl.DataFrame(
            {
                "feature": texts_of(profile, table, rows),
                "n": grams.n[rows],
                "n_docs": grams.n_docs[rows],
                "n_prompts": n_prompts_of(profile, grams)[rows],
            }
        )
    else:
        shown = found.filter(kind=table[0], order=table[1]).select("feature", "n", "n_docs", "n_prompts")
    return {
        "kind": table[0],
        "order": table[1],
        "n_rows": len(grams.n),
        "n": int(grams.n.sum()),
        "rows": written(shown, "feature").to_dicts(),
    }


def describe_baseline(name: str) -> dict[str, Any]:
    """Description of a baseline: what it holds, and where it comes from."""
    language = listed_language(name)
    if language is not None:
        frequencies = wordfreq_frequencies(language)
        return {
            "format": JSON_FORMAT,
            "baseline": name,
            "holds": "single words",
            "n_distinct_words": len(frequencies),
            "rarest_per_million": min(frequencies.values()) * 1e6,
            "taken_as_counts_in": int(WORDFREQ_WORDS),
            "source": "wordfreq 3 by Robyn Speer, data CC BY-SA 4.0, writing up to 2021",
        }
    is_built_in = name == HUMAN_PHRASES
    footer = read_footer(human.FILE if is_built_in else file_at(name))
    tables = ", ".join(f"{kind} {order}" for kind, order in (human.LEAST if is_built_in else footer.spec.tables))
    totals = {key: footer.values[key] for key in ("n_docs", "n_prompts", "n_words", "n_tokens", "n_bytes")}
    pruned = {} if footer.pruned is None else {"pruned": footer.pruned}
    share = {} if footer.spec.scaled == 1 else {"scaled": footer.spec.scaled}
    return {"format": JSON_FORMAT, "baseline": footer.label, "holds": f"n-grams: {tables}", **totals, **share, **pruned}
