"""Slop lists as files, in the shapes in which such lists are passed around."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from fastslop.base.csv_cells import csv_of
from fastslop.base.written import as_written, is_spaceless, written
from fastslop.lists.bans import files_of_bans, json_array, strings_to_ban, with_strings_of
from fastslop.lists.slop_lists import SlopList
from fastslop.profiles.files import SUFFIX, profile_name
from fastslop.scoring.reference import MeasuredBy
from fastslop.search.contrast_expressions import contrast_expressions
from fastslop.system.atomic import write_text
from fastslop.system.threads import do_all, n_cores

POOLED, MODELS, GENRES = "pooled", "models", "genres"
"""Names of the folders of the pooled list, of those of labels, and of those of genres."""
CONTRASTS = "banned_regex.json"
"""Name of the file of contrasts as regular expressions, which are the same for all lists; of English only."""
MIN_FACTOR = 1e-4
"""Least factor for a string's probability."""
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
        Most entries of each file of what is to be banned; all if None.
    force
        Replace files that are there.
    """
    tables = one.tables
    by_score = one.surface_by_score
    room = most or one.strings.height
    bans = strings_to_ban(one).head(room)
    files = {SLOP_FORENSICS[name]: slop_forensics(tables[name]["phrase"]) for name in SLOP_FORENSICS if name in tables}
    if "phrases" in tables:
        files["slop_list_phrases.jsonl"] = counted_lines(tables["phrases"])
    every = pl.concat([_with_kind_and_baseline(one, name) for name in tables])
    files["list.csv"] = csv_of(written(every, "phrase"))
    files["list.txt"] = "".join(f"{as_written(phrase)}\n" for phrase in by_score["phrase"])
    files["regex.txt"] = regular_expression(by_score["phrase"]) + "\n"
    is_banned = pl.col("string").is_in(bans["string"].implode())
    files["strings.csv"] = csv_of(written(one.strings, "phrase").with_columns(is_banned=is_banned))
    files["antislop.json"] = antislop(with_strings_of(one, by_score).head(room))
    files |= files_of_bans(one, bans, most)
    for name, text in files.items():
        write_text(folder / name, text, force=force)


def _with_kind_and_baseline(one: SlopList, name: str) -> pl.DataFrame:
    """Entries with their kind, the baseline, and the rate per million at which it takes what it does not list to occur:
    of an entry whose own baseline rate is this, the ratio is "at least"."""
    by = one.measured_by.get(name, MeasuredBy())
    baseline, unlisted = pl.lit(by.name, pl.String), pl.lit(by.unlisted_per_million, pl.Float64).round(4)
    kind = pl.lit(name).alias("kind")
    return one.tables[name].select(kind, pl.all(), baseline=baseline, unlisted_per_million=unlisted)


def slop_forensics(phrases: Iterable[str]) -> str:
    """Text of slop-forensics' ``slop_list*.json``: an array of arrays of one string."""
    return json_array([as_written(phrase)] for phrase in phrases)


def counted_lines(frame: pl.DataFrame) -> str:
    """Text of slop-forensics' ``slop_list_phrases.jsonl``: an array of a phrase and its count a line."""
    rows = frame.select("phrase", "n").iter_rows()
    return "".join(json.dumps((as_written(phrase), n), ensure_ascii=False) + "\n" for phrase, n in rows)


def antislop(frame: pl.DataFrame) -> str:
    """antislop-sampler's pairs of a string and the factor for its probability: expected over actual rate, 1 at most."""
    factor = (pl.col("baseline_per_million") / pl.col("rate_per_million")).clip(MIN_FACTOR, 1.0).round(4)
    return json_array(frame.select("string", factor).iter_rows())


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


def write_lists(
    lists: Sequence[SlopList], out: Path, *, language: str = "en", most: int | None = None, force: bool = False
) -> None:
    """Write the pooled list and those of labels and of genres, each into its folder, and expressions of contrasts.

    ``language``: that of the contrasts. ``most``: most entries of each file of bans.
    """

    def write(one: SlopList) -> None:
        folder = out / folder_of(one)
        folder.mkdir(parents=True, exist_ok=True)
        write_list(one, folder, most=most, force=force)

    do_all(write, lists, n_cores())
    write_text(out / CONTRASTS, json_array(contrast_expressions(language)), force=force)
