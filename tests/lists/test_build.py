"""Lists hold what is overused, by each model and by all; no text that loops puts anything on them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl
import pytest
import wordfreq
from numpy.typing import NDArray

from fastslop.base.defaults import TIERS
from fastslop.base.errors import UsageError
from fastslop.base.wordfreq import WORDFREQ_WORDS
from fastslop.counting.count import count
from fastslop.lists.build import SlopLists, slop_lists
from fastslop.lists.files import antislop, regular_expression
from fastslop.lists.slop_lists import (
    COVERAGE,
    language_measured,
    pooled_against_human,
    pooled_ngrams,
    pooled_words,
    word_ratios,
)
from fastslop.profiles.profile_set import ProfileSet, open_profiles
from fastslop.scoring.pooled import PooledFeatures
from fastslop.scoring.reference import MeasuredBy
from fastslop.search.list_files import read_list
from tests.corpora_of import FAMILIES, FAMILY_WORDS, LOOP, OWN_WORDS, done, records

Number = TypeVar("Number", np.float64, np.int64)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lists") / "texts.jsonl"
    rows = [row for model in FAMILIES for row in records(model)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def profiles(corpus: Path) -> Path:
    out = corpus.parent / "profiles"
    count(corpus, out=out)
    return out


@pytest.fixture(scope="module")
def lists(profiles: Path) -> SlopLists:
    return slop_lists(open_profiles(profiles))


def test_lists__hold_what_each_model_overuses(lists: SlopLists) -> None:
    for label, word in OWN_WORDS.items():
        words = lists[label].tables["words"]["phrase"]
        assert word in words and FAMILY_WORDS[label[:3]] in words
        assert not set(words) & (set(OWN_WORDS.values()) - {word})


def test_lists__hold_nothing_more_of_what_loops(lists: SlopLists) -> None:
    """All models have the phrase in the same three prompts; one of them has it 300 times more in one of these."""
    loops, other = (
        {phrase for frame in lists[label].tables.values() for phrase in frame["phrase"]} for label in ("elm-2", "elm-1")
    )
    assert {phrase for phrase in loops if set(phrase.split()) <= set(LOOP.split())} <= other


def test_lists__hold_no_stopwords(lists: SlopLists) -> None:
    assert not {phrase for one in lists.lists for phrase in one.tables["words"]["phrase"]} & {"the", "of", "and"}


def test_pooled_words__are_in_two_models_at_least(lists: SlopLists) -> None:
    assert lists.pooled is not None
    words = lists.pooled.tables["words"]
    assert set(FAMILY_WORDS.values()) <= set(words["phrase"])
    assert not set(OWN_WORDS.values()) & set(words["phrase"])
    assert words["n_labels"].min() >= 2


def pooled_of(values: list[tuple[str, str, float]], n: Sequence[int] | None = None) -> PooledFeatures:
    """Features of labels (label, feature, rate) added up; ``n``, of each: its occurrences, if not its rate."""
    names = list(dict.fromkeys(feature for _, feature, _ in values))
    words = list(dict.fromkeys(word for name in names for word in name.split()))
    at, rates = [names.index(feature) for _, feature, _ in values], np.array([rate for *_, rate in values])
    counts = rates.astype(np.int64) if n is None else np.array(n)

    def summed(column: NDArray[Number]) -> NDArray[Number]:
        sums = np.zeros(len(names), column.dtype)
        np.add.at(sums, at, column)
        return sums

    ids = np.array([[words.index(word) for word in name.split()] for name in names], np.uint32)
    ones = np.ones(len(values), np.int64)
    return PooledFeatures(
        pl.Series("word", words),
        ids,
        rate=summed(rates),
        squares=summed(rates**2),
        lrc=summed(rates / 10),
        baseline=summed(np.full(len(values), 2.0)),
        n=summed(counts),
        n_prompts=summed(3 * ones),
        n_asked=summed(4 * ones),
        n_echo=summed(ones),
        n_labels=summed(ones),
        agreed=summed(0.0 * ones),
        answers=summed(0.0 * ones),
        expected=summed(0.0 * ones),
        n_told=summed(3 * ones),
    )


def told_and_asked(model: str) -> list[dict[str, str]]:
    """Texts with a name, a word of some prompts, and one that is the models' own."""
    about = ["the quarrystone" if i < 10 else f"{i} stones" for i in range(40)]
    answer = "so it was that Zelmira, who had a gossamer voice, spoke of {}; and then Zelmira left it at " + model * 2
    return [
        {"model": model, "id": str(i), "prompt": f"Write a story about {of}.", "output": answer.format(of)}
        for i, of in enumerate(about)
    ]


@pytest.fixture(scope="module")
def of_prompts() -> ProfileSet:
    return count([record for model in "ab" for record in told_and_asked(model)], prompt="id")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"zelmira", "gossamer"}),
        ({"kinds": TIERS}, {"zelmira", "quarrystone", "gossamer"}),
        ({"kinds": TIERS, "no_names": True}, {"quarrystone", "gossamer"}),
        ({"no_names": True}, {"gossamer"}),
        ({"kinds": ["topic"]}, {"quarrystone"}),
        ({"exclude": ["Gossamer", "quarry"]}, {"zelmira"}),
    ],
)
def test_lists__hold_the_kinds_of_entries_that_are_asked_for(of_prompts, options, expected) -> None:
    found = slop_lists(of_prompts, **options)
    for one in found.lists:
        words = one.tables["words"]["phrase"]
        assert set(words) & {"zelmira", "quarrystone", "gossamer"} == expected
        assert not any("zelmira" in ngram for ngram in one.tables["bigrams"]["phrase"]) or "zelmira" in expected
    every = slop_lists(of_prompts, top=10_000, kinds=TIERS)
    n_names = [sum(frame["tier"].to_list().count("name") for frame in one.tables.values()) for one in every.lists]
    told = "entries that hold a name, left out: {} of the pooled list, {} of the lists of models"
    is_told = told.format(n_names[0], sum(n_names[1:])) in found.notes
    assert is_told == ("no_names" in options or options.get("kinds") == ["topic"])


def test_lists__say_of_each_entry_whether_it_is_a_name_and_how_much_of_it_prompts_hold(of_prompts, tmp_path) -> None:
    texts = [record for model in "ab" for record in told_and_asked(model)]
    slop_lists(of_prompts, texts=texts, prompt="id", kinds=TIERS).write(tmp_path)
    for folder in ("pooled", "models/a"):
        rows = pl.read_csv(tmp_path / folder / "list.csv").filter(kind="words")
        told = {phrase: rest for phrase, *rest in rows.select("phrase", "echo", "is_name", "tier").iter_rows()}
        assert told["zelmira"] == [0.0, True, "name"]
        assert told["quarrystone"] == [1.0, False, "topic"]
        assert told["gossamer"] == [0.0, False, "cliche"]


def test_lists__of_chinese_have_no_words_of_code() -> None:
    said = "这 是 一个 简单 的 示例，我们 用 import 和 def 来 写 代码。import 和 def 都 在 这里。"
    records = [{"model": model, "prompt": f"p{i}", "text": f"{said}{model}{i}。"} for model in "ab" for i in range(30)]
    by_name = {one.label: one for one in slop_lists(count(records, language="zh"), top=1000).lists}
    for one in by_name.values():
        assert not {"import", "def"} & set(one.tables["words"]["phrase"])
        assert one.left_out["foreign"] >= 2
    assert "示例" in set(by_name[None].tables["words"]["phrase"])
    assert not [ngram for ngram in by_name[None].tables["bigrams"]["phrase"] if ngram.isascii()]


def test_language_measured__is_none_for_what_is_measured_against_other_models_or_a_profile() -> None:
    by_words = {"words": MeasuredBy("wordfreq:zh", 1e9), "bigrams": MeasuredBy()}
    measured = [language_measured(label, name, by_words) for label in (None, "a") for name in ("words", "bigrams")]
    assert measured == ["zh", "zh", "zh", None]
    assert language_measured(None, "words", {"words": MeasuredBy("human (mine.parquet)", 1e6)}) is None
    assert language_measured("a", "bigrams", {"bigrams": MeasuredBy()}) is None


def test_slop_lists__say_what_cannot_be_read_and_written(of_prompts: ProfileSet, tmp_path) -> None:
    with pytest.raises(UsageError, match="stdin and iterators can be read once only; give files or a list"):
        slop_lists(of_prompts, texts=iter([{"text": "The sea."}]))
    with pytest.raises(UsageError, match="a list to ban has one string at least"):
        slop_lists(of_prompts).write(tmp_path / "out", most=0)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("options", [{"kinds": ["cliches"]}, {"kinds": ["name"], "no_names": True}])
def test_slop_lists__of_no_kind_that_is_known_are_refused(of_prompts: ProfileSet, options) -> None:
    with pytest.raises(UsageError, match=r"did you mean cliche\?|no kinds of entries are left"):
        slop_lists(of_prompts, **options)


def test_lists__say_why_nothing_is_left_out_where_nothing_is_known() -> None:
    records = [{"model": m, "text": "A tapestry of gossamer."} for m in "ab" for _ in range(40)]
    notes = slop_lists(count(records, spec="slop-forensics"), no_names=True).notes
    assert "names are not told by a, b: the specification sees no sentences" in notes
    assert "topics are not told: the texts of prompts are not known, and too few models answer the same ones" in notes


def test_pooled__weighs_each_model_the_same_whatever_its_size() -> None:
    values = [("a", "x", 40.0), ("b", "x", 60.0)]
    few, many = pooled_of(values), pooled_of(values, [40, 60_000])
    assert pooled_words(few, 2)["rate_per_million"].to_list() == pooled_words(many, 2)["rate_per_million"].to_list()
    assert pooled_words(few, 4)["rate_per_million"].to_list() == [25.0]


def test_pooled__are_means_over_all_models_and_of_the_baseline_over_those_that_have_it() -> None:
    values = pooled_of([("a", "x", 40.0), ("b", "x", 60.0), ("a", "y", 9.0)])
    assert pooled_words(values, 4).drop("tier", *COVERAGE).rows() == [
        ("x", 2.5, 25.0, 2.0, 100, 6, 2, 0.25, None, None, None)
    ]
    ngrams = pooled_against_human(pooled_of([(label, "voice whisper", 100.0) for label in "abc"]), 4, 1.0)
    # The standard error over the labels, one of which has none, is 25.
    assert ngrams.drop("tier", *COVERAGE).rows() == [
        ("voice whisper", round(math.log2(26 / 3), 4), 75.0, 2.0, 300, 9, 3, 0.25, None, None, None)
    ]


def test_pooled_words__are_no_stopwords() -> None:
    values = pooled_of([(label, word, 9.0) for label in "ab" for word in ("x", "the", "y")])
    assert pooled_words(values, 2, ["the", "of"])["phrase"].to_list() == ["x", "y"]


def test_pooled_ngrams__are_as_overused_as_their_words_together() -> None:
    values = pooled_of([(label, "voice whisper", 50.0) for label in "abcd"])
    backed_off = pooled_ngrams(values, 4, np.array([5.0, 4.0]))
    assert backed_off["baseline_per_million"].to_list() == [2.5]
    assert backed_off["score"].to_list() == [pytest.approx(3.865, abs=1e-3)]
    assert pooled_ngrams(values, 4, np.array([0.1, 1.0])).is_empty()


def test_pooled__against_human_writing_has_what_is_left_where_no_prompt_calls_for_it() -> None:
    """80 answers have it, to 16 prompts by 5 labels each; others' answers to these have it twice as often."""
    values = pooled_of([(label, "voice whisper", 50.0) for label in "abcd"])
    told = {"agreed": 320.0, "answers": 400.0, "expected": 160.0, "n_told": 80}
    called_for = replace(values, **{name: np.array([value]) for name, value in told.items()})
    (alone,), (left,) = (pooled_against_human(of, 4, 1.0)["score"] for of in (values, called_for))
    # The error is that of 16 sums of 5, less that of 80 answers that do not depend on prompts: 50 sqrt(16 * 20) / 80.
    assert alone == pytest.approx(math.log2(51 / 3), abs=1e-4)
    assert left == pytest.approx(math.log2(((50 - 2 * 50 * math.sqrt(320) / 80) / 2 + 1) / 3), abs=1e-4)


def test_pooled_ngrams__of_which_the_models_differ_too_much_are_left_out() -> None:
    values = pooled_of([("a", "voice whisper", 1.0), ("b", "voice whisper", 500.0)])
    assert pooled_ngrams(values, 4, np.array([5.0, 1.0])).is_empty()


def test_word_ratios__are_rates_over_frequencies_and_1_of_words_that_are_not_scored() -> None:
    pooled = pooled_of([("a", "whisper", 40.0), ("b", "whisper", 60.0), ("b", "qqxzelara", 8.0), ("b", "voice", 30.0)])
    scored = pooled.at(np.array([1, 0]))
    ratios = word_ratios(pooled.words, scored, 2, "en")
    known = wordfreq.get_frequency_dict("en", "best")["whisper"]
    assert pooled.words.to_list() == ["whisper", "qqxzelara", "voice"]
    assert ratios.tolist() == pytest.approx([50e-6 / known, 4e-6 / (0.5 / WORDFREQ_WORDS), 1.0])


def read_phrases(path: Path) -> list[str]:
    return [entry.text for group in read_list(path) for entry in group.entries]


def test_lists__command_writes_files_that_can_be_read_again(profiles: Path, tmp_path: Path) -> None:
    done("lists", profiles, "-o", tmp_path / "lists")
    folder = tmp_path / "lists" / "models" / "oak-1"
    words = read_phrases(folder / "slop_list.json")
    assert OWN_WORDS["oak-1"] in words
    assert json.loads((folder / "slop_list.json").read_text())[0] == words[:1]
    assert sorted(words) == sorted(read_phrases(folder / "list.txt"))
    strings = pl.read_csv(folder / "strings.csv")
    assert set(strings["phrase"]) == set(words)
    assert [text for text, _ in json.loads((folder / "antislop.json").read_text())] == strings["string"].to_list()
    banned = json.loads((folder / "banned_tokens.json").read_text())
    assert sorted(banned) == sorted(strings.filter(pl.col("is_banned"))["string"])
    assert (folder / "banned_strings.txt").read_text() == "".join(f'"{text}"\n' for text in banned)
    done("lists", profiles, "-o", tmp_path / "lists", "--max", 2, "--force")
    assert json.loads((folder / "banned_tokens.json").read_text()) == banned[:2]
    assert all(0 < factor <= 1 for _, factor in json.loads((folder / "antislop.json").read_text()))
    assert re.findall((folder / "regex.txt").read_text().strip(), f"9 {words[0].upper()}, s{words[0]}x") == [
        words[0].upper()
    ]
    assert sorted(p.name for p in (tmp_path / "lists").iterdir()) == ["banned_regex.json", "models", "pooled"]


def test_regular_expression__takes_phrases_literally_and_the_longest_first() -> None:
    pattern = regular_expression(["a whisper", "didn't", "barely above a whisper", "c.d"])
    assert re.findall(pattern, "Barely above  a Whisper didn’t cxd c.d") == ["Barely above  a Whisper", "didn’t", "c.d"]
    assert re.findall(regular_expression(["hum", "isn"]), "A 'hum' in human, hum's, isn't and isn’t; hum") == [
        "hum",
        "hum",
    ]
    assert re.findall(regular_expression([]), "any text") == []


def test_antislop__turns_probabilities_down_by_how_much_too_often() -> None:
    frame = pl.DataFrame({"string": ["x", "y"], "rate_per_million": [8.0, 1.0], "baseline_per_million": [2.0, 3.0]})
    assert json.loads(antislop(frame)) == [["x", 0.25], ["y", 1.0]]


def test_slop_lists__of_little_text_are_empty_and_not_refused() -> None:
    """No n-gram is in two labels and three prompts of either."""
    texts = [
        {"model": model, "prompt": str(i), "text": f"{word} fell on {word} and {word}{i} sang."}
        for model, word in (("oak", "dusk"), ("elm", "rain"))
        for i in range(3)
    ]
    lists = slop_lists(count(texts))
    assert lists.pooled is not None
    assert lists.pooled.tables["trigrams"].is_empty()
