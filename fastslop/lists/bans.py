"""What of a list is to be banned, as files that servers load."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import polars as pl

from fastslop.base.stopwords import NLTK_ENGLISH
from fastslop.base.written import as_written
from fastslop.lists.slop_lists import SURFACE, SlopList

MAX_LOSS = 0.05
"""Largest share of the uses of what is to be banned that human writing has as well."""
NGRAMS = ("bigrams", "trigrams")
"""Kinds of entries without stopwords."""
JSON_ONLY = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that JSON has in strings as they are, and YAML only escaped."""


def files_of_bans(one: SlopList, bans: pl.DataFrame, most: int | None) -> dict[str, str]:
    """Files for programs that keep a model from writing something, by name.

    Parameters
    ----------
    one
        The list.
    bans
        The strings that are to be banned, see `strings_to_ban`.
    most
        Most entries of a file of words or n-grams; all if None.
    """
    strings = bans["string"]
    in_a_line = [string for string in strings if "\n" not in string]
    ngrams = (ngram for name in NGRAMS if name in one.tables for ngram in one.tables[name]["phrase"])
    return {
        "banned_tokens.json": json_array(strings),
        "banned_strings.txt": "".join(f'"{string}"\n' for string in in_a_line),
        "banned_string_file.txt": "".join(f"{string}\n" for string in in_a_line),
        "tabbyapi.yml": tabby_preset(strings),
        "bad_words.json": json_array(bad_words(bans["phrase"])[:most]),
        "banned_ngrams.json": json_array(ngrams_to_ban(ngrams)[:most]),
    }


def json_array(values: Iterable[object]) -> str:
    """A JSON array with a value a line."""
    lines = ",\n".join(json.dumps(value, ensure_ascii=False) for value in values)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def with_strings_of(one: SlopList, entries: pl.DataFrame) -> pl.DataFrame:
    """Entries of a list, each with the strings it is written as (``string``), in the order of both.

    ``share``: of the hits of an entry's strings, those of the string.
    """
    hits = pl.col("n") / pl.col("n").sum().over("phrase")
    strings = one.strings.filter(pl.col("string").is_not_null()).select("phrase", "string", share=hits.fill_nan(1.0))
    return entries.join(strings, on="phrase", how="inner", maintain_order="left_right")


def strings_to_ban(one: SlopList) -> pl.DataFrame:
    """What of a list is to be banned: a ``string`` and the ``phrase`` it is of, those that are worth most first.

    A ban takes all uses of an entry: at most ``MAX_LOSS`` of them may be what human writing has as well. Phrases come
    before words, for the same reason. Of each, those strings come first that find most in excess (occurrences per
    million above the baseline): programs with room for few take the first.
    """
    is_costly = pl.col("baseline_per_million") > MAX_LOSS * pl.col("rate_per_million")
    excess = (pl.col("rate_per_million") - pl.col("baseline_per_million")) * pl.col("share")
    parts = [
        with_strings_of(one, one.tables[name].filter(~is_costly)).sort(excess, "string", descending=[True, False])
        for name in SURFACE
        if name in one.tables
    ]
    return pl.concat(parts).select("string", "phrase")


def tabby_preset(strings: Iterable[str]) -> str:
    """Text of a preset of tabbyAPI, in YAML: strings to ban beside those that a request bans itself."""
    lines = [f"    - {_in_yaml(string)}" for string in strings]
    override = ["  override:", *lines] if lines else ["  override: []"]
    return "\n".join(["banned_strings:", *override, "  force: false", "  additive: true", ""])


def _in_yaml(text: str) -> str:
    return JSON_ONLY.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))


def bad_words(phrases: Iterable[str]) -> list[str]:
    """Phrases for vLLM, which compares tokens: each once, as it is, with a capital, and with either apostrophe.

    None begins with a space: vLLM takes it away, and looks for the phrase with and without one itself.
    """
    spelt = (form for phrase in map(as_written, phrases) for form in (phrase, phrase.replace("'", "’")))
    return list(dict.fromkeys(form for text in spelt for form in (text, text[:1].upper() + text[1:])))


def ngrams_to_ban(ngrams: Iterable[str]) -> list[str]:
    """N-grams that antislop-vllm reads as they are.

    It takes apart what an n-gram holds as NLTK does, and leaves out what is not of letters alone, and NLTK's stopwords.
    What is left of another n-gram would be banned: of ``o'clock sharp`` every ``sharp``.
    """
    return [
        as_written(ngram)
        for ngram in ngrams
        if all(word.isalpha() and word.lower() not in NLTK_ENGLISH for word in ngram.split())
    ]
