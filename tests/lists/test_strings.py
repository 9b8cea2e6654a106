"""Programs that look for strings find entries as words, and hardly ever inside other words."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.counting.count import count
from fastslop.lists.bans import strings_to_ban
from fastslop.lists.build import SlopLists, slop_lists
from fastslop.lists.contexts import INSIDE, Context, Contexts, whole_of
from fastslop.lists.slop_lists import NO_ENTRIES, SlopList, ranked
from fastslop.lists.strings import (
    EMBEDDED,
    LEAST_GAIN,
    MAX_INSIDE,
    SHORT,
    choose_forms,
    hits_of,
    matching_of,
    strings_of,
)

EVERY = 10
"""Of so many texts one is matched with."""

SIDES = st.sampled_from([INSIDE, " ", "\n", ",", ".", "“", ""])
CONTEXTS = st.dictionaries(st.tuples(SIDES, SIDES), st.integers(1, 400).map(float), max_size=12)


@given(CONTEXTS)
def test_choose_forms__never_go_beyond_the_bound_and_find_each_place_once(context: Context) -> None:
    forms = choose_forms(context, LEAST_GAIN * whole_of(context))
    hits = [hits_of(form, context) for form in forms]
    whole, inside = sum(hit.whole for hit in hits), sum(hit.inside for hit in hits)
    assert inside <= MAX_INSIDE * (whole + inside)
    assert whole <= whole_of(context)
    for sides in context:
        assert sum(hits_of(form, {sides: 1.0}) != (0, 0) for form in forms) <= 1


@given(CONTEXTS)
def test_choose_forms__have_an_entry_as_it_is_wherever_that_is_in_bounds(context: Context) -> None:
    whole = whole_of(context)
    inside = sum(context.values()) - whole
    if whole and inside <= MAX_INSIDE * (whole + inside):
        assert choose_forms(context, LEAST_GAIN * whole) == [("", "")]


def test_choose_forms__add_what_stands_about_a_word() -> None:
    hum = {(" ", " "): 60.0, (" ", ","): 20.0, (" ", "."): 19.0, ("\n", " "): 1.0, (" ", INSIDE): 90.0}
    assert choose_forms(hum | {(INSIDE, " "): 9.0}, 2.0) == [(" ", " "), (" ", ","), (" ", ".")]
    assert choose_forms(hum, 2.0) == [("", " "), ("", ","), ("", ".")]
    assert choose_forms({("", ""): 5.0, (INSIDE, INSIDE): 5.0}, 0.1) == []


def listed(*rows: tuple[str, int, float, float]) -> SlopList:
    """A list of words (phrase, n, rate, baseline)."""
    names = ("phrase", "n", "rate_per_million", "baseline_per_million")
    words = pl.DataFrame(rows, schema=names, orient="row").with_columns(score=pl.lit(1.0))
    return SlopList(None, {"words": ranked(pl.concat([NO_ENTRIES, words], how="diagonal_relaxed"))})


def test_strings_of__are_none_of_short_words_and_of_what_is_only_inside_others() -> None:
    contexts = Contexts({"ache": {("", ""): 1.0, (INSIDE, " "): 9.0}}, {}, 100)
    rows = strings_of(listed(("ai", 9, 9.0, 1.0), ("ache", 1, 9.0, 1.0)).surface, contexts, {})
    assert dict(rows.select("phrase", "left_out").iter_rows()) == {"ai": SHORT, "ache": EMBEDDED}
    assert rows["string"].null_count() == 2
    assert matching_of(rows) == (0.0, 0.0, 0, 2)


def test_strings_of__mind_words_that_the_texts_do_not_have() -> None:
    contexts = Contexts({"void": {(" ", " "): 8.0, (" ", "."): 2.0}}, {}, 100)
    one = listed(("void", 10, 9.0, 1.0)).surface
    assert strings_of(one, contexts, {})["string"].to_list() == ["void"]
    assert strings_of(one, contexts, {"void": {(INSIDE, " "): 5.0}})["string"].to_list() == [" void"]


def test_strings_of__have_the_apostrophes_of_the_texts() -> None:
    contexts = Contexts({"silas's": {(" ", " "): 5.0}, "silas’s": {(" ", " "): 90.0}}, {}, 100)
    rows = strings_of(listed(("Silas's", 95, 9.0, 1.0)).surface, contexts, {})
    assert rows.select("string", "n", "n_phrase").rows() == [("silas’s", 90, 95), ("silas's", 5, 95)]


def test_strings_to_ban__leave_what_human_writing_has_and_begin_with_what_finds_most() -> None:
    contexts = Contexts(
        {"hum": {(" ", " "): 70.0, (" ", ","): 30.0, (" ", INSIDE): 9.0}, "flickered": {(" ", " "): 10.0}}, {}, 100
    )
    one = listed(("felt", 10, 900.0, 90.0), ("hum", 100, 100.0, 1.0), ("flickered", 10, 50.0, 0.1))
    strings = strings_of(one.surface, contexts, {})
    banned = strings_to_ban(SlopList(None, one.tables, strings=strings))
    assert banned["string"].to_list() == ["hum ", "flickered", "hum,"]


# Reading programs


class Found(NamedTuple):
    """Hits of a program, of these those inside other words; occurrences of entries as words, of these those hit."""

    hits: int
    inside: int
    occurrences: int
    kept: int


def is_word(char: str) -> bool:
    return char.isalnum()


def places(string: str, text: str) -> Iterator[int]:
    """Where a string is in a text, also where it overlaps with itself."""
    at = text.find(string)
    while at >= 0:
        yield at
        at = text.find(string, at + 1)


def matched_anywhere(strings: Sequence[str], entries: Sequence[str], texts: Sequence[str]) -> Found:
    """As antislop-sampler, antislop-vllm, koboldcpp, exllamav3 and ik_llama.cpp match: the string and the text written
    so far in lower case, the string wherever it stands, with the spaces it has."""
    text = "\0" + "\0".join(texts).lower() + "\0"
    hits, inside, hit = 0, 0, set()
    for string in strings:
        lower = string.lower()
        core = lower.strip(" \n,.;:!?—–-*_#\"“”()'‘’…")
        first = lower.index(core)
        for at in places(lower, text):
            start, end = at + first, at + first + len(core)
            hits += 1
            inside += is_word(text[start - 1]) or is_word(text[end])
            hit.add((start, end))
    found = Found(hits, inside, 0, 0)
    spellings = {spelling for entry in entries for spelling in (entry.lower(), entry.lower().replace("'", "’"))}
    for spelling in spellings:
        for start in places(spelling, text):
            end = start + len(spelling)
            if not (is_word(text[start - 1]) or is_word(text[end])):
                found = found._replace(occurrences=found.occurrences + 1, kept=found.kept + ((start, end) in hit))
    return found


@pytest.fixture(scope="module")
def files(corpora: Path) -> list[Path]:
    return sorted((corpora / "slop-score").glob("*.jsonl.gz"))


@pytest.fixture(scope="module")
def texts(files: list[Path]) -> dict[str, list[str]]:
    read = {}
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            read[path.name.removesuffix(".jsonl.gz")] = [json.loads(line)["output"] for line in lines]
    return read


@pytest.fixture(scope="module")
def real(files: list[Path]) -> SlopLists:
    return slop_lists(count(files), texts=files)


@pytest.mark.parametrize("file", ["antislop.json", "banned_tokens.json", "banned_strings.txt"])
def test_real_files_of_strings__hit_words_and_keep_their_hits(real, texts, tmp_path, file: str) -> None:
    real.write(tmp_path)
    own = {f"models/{model}": texts[model][::EVERY] for model in texts}
    for folder, read in {"pooled": [text for one in own.values() for text in one], **own}.items():
        written = (tmp_path / folder / file).read_text(encoding="utf-8")
        if file.endswith(".txt"):  # SillyTavern: a line between double quotes is a string
            strings = [line[1:-1] for line in written.splitlines() if line[0] == line[-1] == '"']
        else:
            strings = [row if isinstance(row, str) else row[0] for row in json.loads(written)]
        table = pl.read_csv(tmp_path / folder / "strings.csv").filter(
            pl.col("is_banned") | pl.lit(file == "antislop.json")
        )
        found = matched_anywhere(strings, table["phrase"].unique().to_list(), read)
        assert found.inside <= 0.01 * found.hits
        assert found.kept >= 0.9 * found.occurrences > 0


def test_real_lists__are_not_found_inside_words_by_programs_that_match_words(real, texts, tmp_path) -> None:
    """slop-forensics cuts a text in lower case into tokens and looks each up; `grep -P` takes the expression."""
    real.write(tmp_path)
    text = "\n".join(texts["o3"][::EVERY]).lower()
    words = {entry for (entry,) in json.loads((tmp_path / "models/o3/slop_list.json").read_text(encoding="utf-8"))}
    tokens = Counter(re.findall(r"\w+", text))
    assert sum(tokens[word] for word in words) > 0
    expression = re.compile((tmp_path / "models/o3/regex.txt").read_text(encoding="utf-8").strip())
    for match in expression.finditer(f" {text} "):
        assert not is_word(match.string[match.start() - 1]) and not is_word(match.string[match.end()])


def test_real_lists__hold_no_pieces_of_contractions_and_numbers(real: SlopLists) -> None:
    for one in real.lists:
        entries = {phrase.lower() for table in one.tables.values() for phrase in table["phrase"]}
        assert not entries & {"wasn", "isn", "hadn", "th", "th century", "asked, voice"}
