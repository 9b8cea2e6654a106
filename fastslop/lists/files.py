"""Slop lists as files, in the shapes in which such lists are passed around."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from fastslop.base.csv_cells import csv_of
from fastslop.base.written import as_written, is_spaceless, written
from fastslop.lists.slop_lists import SURFACE, SlopList
from fastslop.profiles.files import SUFFIX, profile_name
from fastslop.scoring.reference import MeasuredBy
from fastslop.system.atomic import write_text
from fastslop.system.threads import do_all, n_cores

POOLED, MODELS, GENRES = "pooled", "models", "genres"
"""Names of the folders of the pooled list, of those of labels, and of those of genres."""
MIN_FACTOR = 1e-4
"""Least factor for a string's probability."""
MAX_LOSS = 0.05
"""Largest share of the uses of what is to be banned that human writing has as well."""
SLOP_FORENSICS = {
    "words": "slop_list.json",
    "bigrams": "slop_list_bigrams.json",
    "trigrams": "slop_list_trigrams.json",
}
SPECIAL = re.compile(r"[.^$*+?{}\[\]\\|()]")


def write_list(one: SlopList, folder: Path, *, most: int | None = None, force: bool) -> None:
    """Write a list into a folder, a file for each way in which programs read and match it.

    Files of strings are for programs that find a string wherever it stands: they hold words and phrases, written so
    that they are not found inside other words. The others are matched as whole words. N-grams without stopwords do not
    stand in texts as they are: they have files of their own.

    Parameters
    ----------
    one
        The list.
    folder
        An existing folder.
    most
        Most strings of the files of strings; all if None.
    force
        Replace files that are there.
    """
    tables = one.tables
    by_score = one.surface.sort("score", "phrase", descending=[True, False])
    banned = strings_to_ban(one).head(most or one.strings.height)
    files = {SLOP_FORENSICS[name]: slop_forensics(tables[name]["phrase"]) for name in SLOP_FORENSICS if name in tables}
    if "phrases" in tables:
        files["slop_list_phrases.jsonl"] = counted_lines(tables["phrases"])
    every = pl.concat([_with_kind_and_baseline(one, name) for name in tables])
    files["list.csv"] = csv_of(written(every, "phrase"))
    files["list.txt"] = "".join(f"{as_written(phrase)}\n" for phrase in by_score["phrase"])
    files["regex.txt"] = regular_expression(by_score["phrase"]) + "\n"
    files["strings.csv"] = csv_of(written(one.strings, "phrase").with_columns(is_banned=pl.col("string").is_in(banned)))
    files["antislop.json"] = antislop(_strings_with(by_score, one.strings).head(most or one.strings.height))
    files["banned_tokens.json"] = _array(banned)
    files["banned_strings.txt"] = "".join(f'"{string}"\n' for string in banned if "\n" not in string)
    for name, text in files.items():
        write_text(folder / name, text, force=force)


def _with_kind_and_baseline(one: SlopList, name: str) -> pl.DataFrame:
    """Entries with their kind, the baseline, and the rate per million at which it takes what it does not list to occur:
    of an entry whose own baseline rate is this, the ratio is "at least"."""
    by = one.measured_by.get(name, MeasuredBy())
    baseline, unlisted = pl.lit(by.name, pl.String), pl.lit(by.unlisted_per_million, pl.Float64).round(4)
    kind = pl.lit(name).alias("kind")
    return one.tables[name].select(kind, pl.all(), baseline=baseline, unlisted_per_million=unlisted)


def _strings_with(entries: pl.DataFrame, strings: pl.DataFrame) -> pl.DataFrame:
    """Entries, each with the strings it is written as, in the order of both."""
    hits = pl.col("n") / pl.col("n").sum().over("phrase")
    written = strings.filter(pl.col("string").is_not_null()).select("phrase", "string", share=hits.fill_nan(1.0))
    return entries.join(written, on="phrase", how="inner", maintain_order="left_right")


def strings_to_ban(one: SlopList) -> pl.Series:
    """The strings of a list that are to be banned, those that are worth most first.

    A ban takes all uses of an entry: at most ``MAX_LOSS`` of them may be what human writing has as well. Phrases come
    before words, for the same reason. Of each, those strings come first that find most in excess (occurrences per
    million above the baseline): programs with room for few take the first.
    """
    is_costly = pl.col("baseline_per_million") > MAX_LOSS * pl.col("rate_per_million")
    excess = (pl.col("rate_per_million") - pl.col("baseline_per_million")) * pl.col("share")
    parts = [
        _strings_with(one.tables[name].filter(~is_costly), one.strings).sort(excess, "string", descending=[True, False])
        for name in SURFACE
        if name in one.tables
    ]
    return pl.concat(parts)["string"]


def _array(values: Iterable[object]) -> str:
    """A JSON array with a value a line."""
    lines = ",\n".join(json.dumps(value, ensure_ascii=False) for value in values)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def slop_forensics(phrases: Iterable[str]) -> str:
    """Text of slop-forensics' ``slop_list*.json``: an array of arrays of one string."""
    return _array([as_written(phrase)] for phrase in phrases)


def counted_lines(frame: pl.DataFrame) -> str:
    """Text of slop-forensics' ``slop_list_phrases.jsonl``: an array of a phrase and its count a line."""
    rows = frame.select("phrase", "n").iter_rows()
    return "".join(json.dumps((as_written(phrase), n), ensure_ascii=False) + "\n" for phrase, n in rows)


def antislop(frame: pl.DataFrame) -> str:
    """antislop-sampler's pairs of a string and the factor for its probability: expected over actual rate, 1 at most."""
    factor = (pl.col("baseline_per_million") / pl.col("rate_per_million")).clip(MIN_FACTOR, 1.0).round(4)
    return _array(frame.select("string", factor).iter_rows())


def regular_expression(phrases: Iterable[str]) -> str:
    """One alternation for all phrases, the longest first, in any case and with any apostrophe and white space.

    In text without spaces no expression sees where a word ends: such phrases are found wherever they stand.
    """
    written = sorted(map(as_written, phrases), key=lambda p: (-len(p), p))
    spaced = _alternatives(phrase for phrase in written if not is_spaceless(phrase))
    spaceless = _alternatives(phrase for phrase in written if is_spaceless(phrase))
    parts = [rf"\b(?<!\w['’])(?:{spaced})\b(?!['’]\w)"] * bool(spaced) + [spaceless] * bool(spaceless)
    return rf"(?i){'|'.join(parts)}" if parts else "(?!)"


def _alternatives(phrases: Iterable[str]) -> str:
    escaped = (SPECIAL.sub(r"\\\g<0>", phrase) for phrase in phrases)
    return "|".join(re.sub(r"\s+", r"\\s+", re.sub("['’]", "['’]", phrase)) for phrase in escaped)


def folder_of(one: SlopList) -> Path:
    """The folder of a list in that of all lists."""
    if one.genre is not None:
        return Path(GENRES, profile_name(one.genre).removesuffix(SUFFIX))
    return Path(POOLED) if one.label is None else Path(MODELS, profile_name(one.label).removesuffix(SUFFIX))


def write_lists(lists: Sequence[SlopList], out: Path, *, most: int | None = None, force: bool = False) -> None:
    """Write the pooled list and those of labels and of genres, each into its folder.

    ``most``: most strings of the files of strings.
    """

    def write(one: SlopList) -> None:
        folder = out / folder_of(one)
        folder.mkdir(parents=True, exist_ok=True)
        write_list(one, folder, most=most, force=force)

    do_all(write, lists, n_cores())
