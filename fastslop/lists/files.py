"""Lists of phrases as files: reading the shapes in which such lists are passed around, and writing them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from fastslop.base.errors import BadInputError
from fastslop.pipeline.outputs import write_text

ENDINGS = ".txt (a phrase a line), .json, .jsonl, .csv (a column 'phrase')"


def read_phrases(path: Path) -> list[str]:
    """The phrases of a list, in its order.

    JSON may hold strings, or arrays that begin with one (slop-forensics, antislop-sampler); JSON Lines hold one such
    value a line, CSV a column ``phrase``, and text a phrase a line.

    Raises
    ------
    BadInputError
        If the file cannot be read as one of these, or holds no phrases.
    """
    read = {".txt": _read_lines, ".json": _read_json, ".jsonl": _read_json_lines, ".csv": _read_csv}
    if path.suffix.lower() not in read:
        raise BadInputError(f"{path}: unknown kind of list; known are {ENDINGS}")
    try:
        phrases = read[path.suffix.lower()](path)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path}: cannot be read: {error}") from None
    if not phrases:
        raise BadInputError(f"{path}: there is no phrase in it")
    return phrases


def _read_lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]


def _read_json(path: Path) -> list[str]:
    try:
        values = json.loads(path.read_text(encoding="utf-8-sig"))
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadInputError(f"{path}: no valid JSON ({error})") from None
    if not isinstance(values, list):
        raise BadInputError(f"{path}: a list of phrases is a JSON array, of strings or of arrays that begin with one")
    return _strings(path, "entry", enumerate(values, 1))


def _read_json_lines(path: Path) -> list[str]:
    values = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        try:
            values.extend([(number, json.loads(line))] if line.strip() else [])
        except (json.JSONDecodeError, RecursionError) as error:
            raise BadInputError(f"{path}:{number}: no valid JSON ({error})") from None
    return _strings(path, "line", values)


def _strings(path: Path, what: str, values: Iterable[tuple[int, object]]) -> list[str]:
    phrases = []
    for number, value in values:
        first = value[0] if isinstance(value, list) and value else value
        if not isinstance(first, str):
            raise BadInputError(f"{path}: {what} {number} is neither a string nor an array that begins with one")
        phrases.append(first)
    return phrases


def _read_csv(path: Path) -> list[str]:
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise BadInputError(f"{path}: no readable CSV ({str(error).splitlines()[0]})") from None
    if "phrase" not in frame.columns:
        raise BadInputError(f"{path}: no column 'phrase' among {', '.join(frame.columns)}")
    return frame["phrase"].drop_nulls().to_list()


# Writing

MIN_FACTOR = 1e-4
SLOP_FORENSICS = {
    "words": "slop_list.json",
    "bigrams": "slop_list_bigrams.json",
    "trigrams": "slop_list_trigrams.json",
}
SPECIAL = re.compile(r"[.^$*+?{}\[\]\\|()]")


def write_list(tables: Mapping[str, pl.DataFrame], folder: Path, *, force: bool) -> None:
    """Write one list (see ``listing.SlopList``) into a folder of its own, a file for each program that reads it.

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
    """slop-forensics' ``slop_list*.json``: an array of arrays of one string."""
    return _array([phrase] for phrase in phrases)


def counted_lines(frame: pl.DataFrame) -> str:
    """slop-forensics' ``slop_list_phrases.jsonl``: an array of a phrase and its count a line."""
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
