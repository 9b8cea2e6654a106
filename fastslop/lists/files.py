"""Slop lists as files, in the shapes in which such lists are passed around."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl

from fastslop.lists.slop_lists import SlopList
from fastslop.profiles.files import SUFFIX, profile_name
from fastslop.system.atomic import write_text
from fastslop.system.threads import do_all, n_cores

POOLED, MODELS, GENRES = "pooled", "models", "genres"
"""Names of the folders of the pooled list, of those of labels, and of those of genres."""
MIN_FACTOR = 1e-4
"""Least factor for a phrase's probability."""
SLOP_FORENSICS = {
    "words": "slop_list.json",
    "bigrams": "slop_list_bigrams.json",
    "trigrams": "slop_list_trigrams.json",
}
SPECIAL = re.compile(r"[.^$*+?{}\[\]\\|()]")


def write_list(tables: Mapping[str, pl.DataFrame], folder: Path, *, force: bool) -> None:
    """Write the tables of a list (see ``slop_lists.SlopList``) into a folder, a file for each program that reads it.

    N-grams without stopwords do not stand in texts as they are. Files that are matched against texts therefore hold
    words and phrases only.
    """
    surface = pl.concat([tables[name] for name in ("phrases", "words") if name in tables])
    by_score = surface.sort("score", "phrase", descending=[True, False])
    excess = pl.col("rate_per_million") - pl.col("baseline_per_million")
    by_excess = surface.sort(excess, "phrase", descending=[True, False])  # programs with room for few take the first
    files = {SLOP_FORENSICS[name]: slop_forensics(tables[name]["phrase"]) for name in SLOP_FORENSICS if name in tables}
    if "phrases" in tables:
        files["slop_list_phrases.jsonl"] = counted_lines(tables["phrases"])
    files["list.csv"] = pl.concat(
        [frame.select(pl.lit(name).alias("kind"), pl.all()) for name, frame in tables.items()]
    ).write_csv()
    files["list.txt"] = "".join(f"{phrase}\n" for phrase in by_score["phrase"])
    files["antislop.json"] = antislop(by_score)
    files["banned_tokens.json"] = _array(by_excess["phrase"])
    files["regex.txt"] = regular_expression(by_score["phrase"]) + "\n"
    for name, text in files.items():
        write_text(folder / name, text, force=force)


def _array(values: Iterable[object]) -> str:
    """A JSON array with a value a line."""
    lines = ",\n".join(json.dumps(value, ensure_ascii=False) for value in values)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def slop_forensics(phrases: Iterable[str]) -> str:
    """Text of slop-forensics' ``slop_list*.json``: an array of arrays of one string."""
    return _array([phrase] for phrase in phrases)


def counted_lines(frame: pl.DataFrame) -> str:
    """Text of slop-forensics' ``slop_list_phrases.jsonl``: an array of a phrase and its count a line."""
    rows = frame.select("phrase", "n").iter_rows()
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def antislop(frame: pl.DataFrame) -> str:
    """antislop-sampler's pairs of a phrase and the factor for its probability: expected over actual rate, 1 at most."""
    factor = (pl.col("baseline_per_million") / pl.col("rate_per_million")).clip(MIN_FACTOR, 1.0).round(4)
    return _array(frame.select("phrase", factor).iter_rows())


def regular_expression(phrases: Iterable[str]) -> str:
    """One alternation for all phrases, the longest first, in any case and with any apostrophe and white space."""
    escaped = (SPECIAL.sub(r"\\\g<0>", phrase) for phrase in sorted(phrases, key=lambda p: (-len(p), p)))
    joined = "|".join(re.sub(r"\s+", r"\\s+", re.sub("['’]", "['’]", phrase)) for phrase in escaped)
    return rf"(?i)\b(?:{joined})\b" if joined else "(?!)"


def write_lists(lists: Sequence[SlopList], out: Path, *, force: bool = False) -> None:
    """Write the pooled list into ``out/pooled``, those of labels and of genres into folders of their names in
    ``out/models`` and ``out/genres``."""

    def write(one: SlopList) -> None:
        folder = out / _folder_of(one)
        folder.mkdir(parents=True, exist_ok=True)
        write_list(one.tables, folder, force=force)

    do_all(write, lists, n_cores())


def _folder_of(one: SlopList) -> Path:
    if one.genre is not None:
        return Path(GENRES, profile_name(one.genre).removesuffix(SUFFIX))
    return Path(POOLED) if one.label is None else Path(MODELS, profile_name(one.label).removesuffix(SUFFIX))
