"""What a profile or a baseline says of itself, for people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fastslop.base.spec import Table
from fastslop.pipeline.outputs import FORMAT
from fastslop.profiles.files import read_footer, read_profile
from fastslop.profiles.profile import Profile, n_prompts_of
from fastslop.profiles.rows import keys_of, texts_of
from fastslop.scoring.reference import WORDFREQ_WORDS, wordfreq_frequencies
from fastslop.tokens.tokeniser import hash_strings, tokens_of


def profile_info(path: Path, *, top: int, find: str | None = None) -> dict[str, Any]:
    """Totals of a profile and the most frequent rows of each table, or only those of the n-gram ``find``."""
    footer = read_footer(path)
    profile = read_profile(path)
    values = {k: v for k, v in footer.values.items() if k not in ("sections", "spec", "format")}
    values["sources"] = len(values["sources"])
    values["n_distinct_tokens"] = len(profile.vocabulary.keys)
    spec = {name: value for name, value in footer.values["spec"].items() if name != "stopwords"}
    values["spec"] = spec | {"stopwords": len(profile.spec.stopwords)}
    sought = None if find is None else " ".join(tokens_of(find, profile.spec) or [find])
    tables = [_table_info(profile, table, top=top, find=sought) for table in profile.spec.tables]
    return {"format": FORMAT, "path": str(path), **values, "tables": tables}


def _table_info(profile: Profile, table: Table, *, top: int, find: str | None) -> dict[str, Any]:
    grams = profile.tables[table]
    if find is None:
        rows = np.argsort(-grams.n, kind="stable")[:top]
    else:
        rows = np.flatnonzero(keys_of(profile, table) == hash_strings([find])[0])
    shown = zip(
        texts_of(profile, table, rows).to_list(),
        grams.n[rows].tolist(),
        grams.n_docs[rows].tolist(),
        n_prompts_of(profile, grams)[rows].tolist(),
        strict=True,
    )
    return {
        "kind": table[0],
        "order": table[1],
        "n_rows": len(grams.n),
        "n": int(grams.n.sum()),
        "rows": [dict(zip(("feature", "n", "n_docs", "n_prompts"), row, strict=True)) for row in shown],
    }


def baseline_info(name: str) -> dict[str, Any]:
    """What a baseline holds and where it comes from."""
    if name.startswith("wordfreq:"):
        frequencies = wordfreq_frequencies(name.removeprefix("wordfreq:"))
        return {
            "format": FORMAT,
            "baseline": name,
            "holds": "single words",
            "n_distinct_words": len(frequencies),
            "rarest_per_million": min(frequencies.values()) * 1e6,
            "taken_as_counts_in": int(WORDFREQ_WORDS),
            "source": "wordfreq 3 by Robyn Speer, data CC BY-SA 4.0, writing up to 2021",
        }
    footer = read_footer(Path(name))
    tables = ", ".join(f"{kind} {order}" for kind, order in footer.spec.tables)
    totals = {key: footer.values[key] for key in ("n_docs", "n_prompts", "n_words", "n_tokens", "n_bytes")}
    return {"format": FORMAT, "baseline": footer.label, "holds": f"n-grams: {tables}", **totals}
