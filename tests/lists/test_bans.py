"""What is to be banned is read by the servers as it is meant: each one's rule is written here, as its source has it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.spec import PRESETS
from fastslop.base.stopwords import NLTK_ENGLISH
from fastslop.lists.bans import bad_words, ngrams_to_ban, tabby_preset
from fastslop.lists.contexts import INSIDE, Contexts
from fastslop.lists.files import write_list
from fastslop.lists.slop_lists import NO_ENTRIES, SlopList, ranked
from fastslop.lists.strings import strings_of
from fastslop.search.list_entries import understand
from fastslop.search.list_files import read_list

HUM = {(" ", " "): 70.0, (" ", ","): 30.0, (" ", INSIDE): 90.0, (" ", "\n"): 20.0}
SPEC = PRESETS["default"]


def entries(*rows: tuple[str, float, float]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=("phrase", "rate_per_million", "baseline_per_million"), orient="row")
    full = frame.with_columns(n=pl.lit(9), score=pl.col("rate_per_million"))
    return ranked(pl.concat([NO_ENTRIES, full], how="diagonal_relaxed"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tables = {
        "words": entries(("hum", 100.0, 1.0), ("felt", 900.0, 90.0)),
        "bigrams": entries(("voice whisper", 9.0, 0.0), ("o'clock sharp", 9.0, 0.0)),
        "trigrams": entries(("took deep breath", 9.0, 0.0)),
        "phrases": entries(("didn't quite reach", 50.0, 0.0), ('a "sigh", then', 40.0, 0.0)),
    }
    one = SlopList(None, tables)
    strings = strings_of(one.surface.select("phrase", "n"), Contexts({"hum": HUM}, {}, 100), {})
    path = tmp_path_factory.mktemp("bans")
    write_list(SlopList(None, tables, strings=strings), path, force=False)
    return path


def loaded(folder: Path, name: str) -> list[str]:
    found: list[str] = json.loads((folder / name).read_text(encoding="utf-8"))
    return found


def test_files_of_strings__hold_the_same_strings_for_each_server(folder: Path) -> None:
    strings = loaded(folder, "banned_tokens.json")
    assert strings[:2] == ["didn't quite reach", 'a "sigh", then']
    assert {"hum ", "hum,"} <= set(strings)
    assert not any("felt" in string for string in strings), "human writing has it as well"
    text = (folder / "banned_strings.txt").read_text(encoding="utf-8")
    in_a_line = [string for string in strings if "\n" not in string]
    assert sillytavern(text) == in_a_line
    assert ik_llama((folder / "banned_string_file.txt").read_text(encoding="utf-8")) == in_a_line
    preset = yaml.safe_load((folder / "tabbyapi.yml").read_text(encoding="utf-8"))
    assert tabbyapi(preset, {}) == strings
    assert tabbyapi(preset, {"banned_strings": ["of the request"]}) == [*strings, "of the request"]


def sillytavern(field: str) -> list[str]:
    """Lines in double quotes are strings, without the quotes; all others are tokens."""
    lines = [line for line in field.split("\n") if line]
    assert all(line[0] == line[-1] == '"' and len(line) > 1 for line in lines)
    return [line[1:-1] for line in lines]


def ik_llama(file: str) -> list[str]:
    """A string a line, as it is."""
    return [line for line in file.split("\n") if line]


def tabbyapi(preset: dict[str, dict[str, object]], request: dict[str, list[str]]) -> list[str]:
    """What a preset overrides is the default of a request; it is forced, or comes before what the request has."""
    own = preset["banned_strings"]
    override = own["override"]
    assert isinstance(override, list)
    if own["force"] or "banned_strings" not in request:
        return override
    return override + request["banned_strings"] if own["additive"] else request["banned_strings"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=4))
def test_tabby_preset__holds_any_string(strings: list[str]) -> None:
    assert yaml.safe_load(tabby_preset(strings))["banned_strings"]["override"] == strings


def test_bad_words__are_such_as_vllm_takes_and_in_both_cases(folder: Path) -> None:
    """vLLM refuses empty ones, and takes spaces before a word away: it looks for the word with and without one."""
    words = loaded(folder, "bad_words.json")
    assert words[:4] == ["didn't quite reach", "Didn't quite reach", "didn’t quite reach", "Didn’t quite reach"]
    assert {"hum", "Hum"} <= set(words)
    assert all(word and word == word.lstrip() for word in words)
    assert len(set(words)) == len(words)
    assert bad_words(["值得 注意"]) == ["值得注意"]


def antislop_vllm(ngrams: Iterable[str]) -> list[tuple[str, ...]]:
    """The words of letters alone that are no stopwords of NLTK, in lower case."""
    words = ([w.lower() for w in ngram.split() if w.isalpha()] for ngram in ngrams)
    kept = (tuple(w for w in own if w not in NLTK_ENGLISH) for own in words)
    return [own for own in kept if own]


def test_banned_ngrams__are_read_whole_by_antislop_vllm(folder: Path) -> None:
    ngrams = loaded(folder, "banned_ngrams.json")
    assert ngrams == ["voice whisper", "took deep breath"], "of o'clock sharp it would ban every sharp"
    assert antislop_vllm(ngrams) == [("voice", "whisper"), ("took", "deep", "breath")]
    assert antislop_vllm(["o'clock sharp"]) == [("sharp",)]
    assert ngrams_to_ban(["very Much", "the Voice", "deep Breath"]) == ["deep Breath"]


def test_every_file__is_read_by_filter_as_it_is_meant(folder: Path) -> None:
    words = {tuple(string.split()) for string in ("didn't quite reach", "a sigh then", "hum")}
    content = {("voice", "whisper"), ("took", "deep", "breath")}
    for name in ("banned_tokens.json", "banned_strings.txt", "banned_string_file.txt", "tabbyapi.yml"):
        found = understand(read_list(folder / name), name, SPEC)
        assert (set(found.phrases), found.ngrams, found.expressions, found.unusable) == (words, (), (), {}), name
    found = understand(read_list(folder / "bad_words.json"), "", SPEC)
    assert set(found.phrases) == words
    found = understand(read_list(folder / "banned_ngrams.json"), "banned_ngrams.json", SPEC)
    assert (found.phrases, set(found.ngrams)) == ((), content)


def test_max__bounds_every_file_of_bans(folder: Path, tmp_path: Path) -> None:
    tables = {"words": entries(*((f"word{chr(97 + i)}", 50.0 - i, 0.0) for i in range(9))), "bigrams": entries()}
    strings = strings_of(tables["words"].select("phrase", "n"), Contexts({}, {}, 0), {})
    write_list(SlopList(None, tables, strings=strings), tmp_path, most=3, force=False)
    assert loaded(tmp_path, "banned_tokens.json") == ["worda", "wordb", "wordc"]
    assert loaded(tmp_path, "bad_words.json") == ["worda", "Worda", "wordb"]
    assert loaded(tmp_path, "banned_ngrams.json") == []
    assert len((tmp_path / "banned_string_file.txt").read_text(encoding="utf-8").splitlines()) == 3
    assert (tmp_path / "tabbyapi.yml").read_text(encoding="utf-8").count("    - ") == 3
