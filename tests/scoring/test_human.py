"""The human baseline of n-grams: its counts are those of its profile, and what it lacks is bounded and said."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import fastslop as fs
from fastslop.base.errors import UsageError
from fastslop.base.spec import PRESETS, CountSpec
from fastslop.counting.one_label import count_documents
from fastslop.lists.build import slop_lists
from fastslop.pipeline.describe import describe_baseline
from fastslop.profiles.feature_index import FeatureIndex
from fastslop.profiles.rows import hashes_of, texts_of
from fastslop.scoring.human import FILE, LEAST, baseline_of_phrases, human_phrases, tables_known
from fastslop.scoring.reference import HUMAN_PHRASES
from tests.strategies import chunk

DEFAULT = PRESETS["default"]
SHA256 = "5e8f4b84631f5644743109857e4c70ef021ec98bbc3dce455250b527cfa9336b"
UNKNOWN = "quarkish gossamer"
"""A bigram that nobody has written yet."""


def test_human_phrases__are_of_the_version_that_their_name_says() -> None:
    """Other counts need another version: what was measured against them is to be told apart."""
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() == SHA256
    assert human_phrases().label == HUMAN_PHRASES
    assert FILE.stat().st_size <= 5_000_000


def test_human_phrases__hold_no_text_and_nothing_that_is_rare() -> None:
    human = human_phrases()
    assert not human.prompt_texts.keys.size and human.capitals is None
    for table, grams in human.tables.items():
        assert len(grams.n) == 0 or grams.n.min() >= LEAST[table]


def test_human_phrases__of_three_words_are_no_more_than_of_two_of_them() -> None:
    twos = dict(human_phrases().frame("content", 2).select("feature", "n").iter_rows())
    for text, n in human_phrases().frame("content", 3).head(20_000).select("feature", "n").iter_rows():
        first, second, third = text.split()
        assert n <= min(twos[f"{first} {second}"], twos[f"{second} {third}"])


def test_baseline_of_phrases__has_the_profiles_counts_and_a_bound_for_all_others() -> None:
    """Beside a table looked up text by text."""
    text = (
        f"She took a deep breath, shook her head and looked out of the window. {UNKNOWN} mirrorwise. The voice barely."
    )
    own = count_documents(chunk([("p", text)], "a"), DEFAULT)
    index, texts = {}, {}
    for table in LEAST:
        index[table], rows = FeatureIndex(), np.arange(len(own.tables[table].n))
        assert index[table].enter(hashes_of(own, table, rows)).tolist() == rows.tolist()
        texts[table] = texts_of(own, table, rows).to_list()
    baseline = baseline_of_phrases(list(LEAST), index)
    for table in LEAST:
        known = dict(human_phrases().frame(*table).select("feature", "n").iter_rows())
        expected = [known.get(text, LEAST[table] - 1) for text in texts[table]]
        assert baseline.spreads[table].n.tolist() == expected
    found = dict(zip(texts["content", 2], baseline.spreads["content", 2].n, strict=True))
    assert found["shook head"] > 100 > found[UNKNOWN] == baseline.unlisted["content", 2] == 2.0


@pytest.mark.parametrize(
    ("spec", "language", "expected"),
    [
        (DEFAULT, "en", list(LEAST)),
        (replace(DEFAULT, content_orders=(3,)), "en", [("content", 3)]),
        (replace(DEFAULT, orders=(1,), mark_orders=()), "en", list(LEAST)),
        (DEFAULT, "de", []),
        (PRESETS["slop-forensics"], "en", []),
        (replace(DEFAULT, stopwords=("the",)), "en", []),
    ],
)
def test_tables_known__are_those_that_were_counted_alike_in_english(spec: CountSpec, language, expected) -> None:
    assert tables_known(spec, language) == expected


def records(*phrases: str, n: int = 40) -> list[dict[str, str]]:
    return [
        {"model": model, "prompt": f"p{i}", "text": f"Here it is, the {phrase}; and so it was for {model}."}
        for model in "ab"
        for i in range(n)
        for phrase in phrases
    ]


def test_scores__of_unlisted_ngrams_are_at_least_the_ratio_to_the_bound_and_say_so() -> None:
    scores = fs.score(fs.count(records(UNKNOWN)), max_p=1)
    (row,) = scores.features.filter(
        pl.col("feature") == UNKNOWN, pl.col("label") == "a", pl.col("kind") == "content"
    ).rows(named=True)
    n_words, by = human_phrases().n_words, scores.measured_by["content", 2]
    assert row["baseline"] == by.name == HUMAN_PHRASES
    assert row["baseline_per_million"] == by.unlisted_per_million == pytest.approx(2e6 / n_words)
    own = np.log2((40 + 0.5) / (row["n"] / row["rate_per_million"] * 1e6 + 1))
    assert row["log_ratio"] == pytest.approx(own - np.log2((2 + 0.5) / (n_words + 1)))
    (note,) = (note for note in scores.notes if HUMAN_PHRASES in note)
    assert (
        f"{n_words:,} words" in note and f"{2e6 / n_words:.3f}" in note and note.endswith("is at least what is shown")
    )
    assert scores.to_dict()["measured_by"]["content 2"] == by._asdict()


def test_lists__name_the_baseline_and_its_bound_beside_each_entry(tmp_path: Path) -> None:
    slop_lists(fs.count(records(UNKNOWN))).write(tmp_path)
    for folder in ("pooled", "models/a"):
        rows = pl.read_csv(tmp_path / folder / "list.csv")
        told = dict(rows.select("kind", "baseline").unique().iter_rows())
        assert told == {"words": "wordfreq:en", "bigrams": HUMAN_PHRASES}
        (row,) = rows.filter(pl.col("phrase") == UNKNOWN).rows(named=True)
        assert row["baseline_per_million"] == row["unlisted_per_million"] > 0


def test_scores__of_other_languages_are_never_against_english() -> None:
    scores = fs.score(fs.count(records("freundlich stille"), language="de"), max_p=1)
    assert {name for name in scores.features["baseline"].unique()} <= {"wordfreq:de", "panel"}
    assert not any(HUMAN_PHRASES in note for note in scores.notes)


def test_a_baseline_of_the_users_own__stands_in_for_all_tables() -> None:
    human = fs.count([{"model": "human", "prompt": "p", "text": "There it was, a gossamer thing."}])["human"]
    scores = fs.score(fs.count(records(UNKNOWN)), baseline=human, max_p=1)
    assert set(scores.features["baseline"]) == {"human"}


def test_describe_baseline__knows_the_one_that_is_built_in() -> None:
    told = describe_baseline(HUMAN_PHRASES)
    assert told["n_words"] == human_phrases().n_words and "3 times at least" in told["pruned"]


def test_score__against_the_built_in_ngrams_alone_is_refused() -> None:
    """They have no single words, and are used by default."""
    with pytest.raises(UsageError, match=r"human-en/1 holds n-grams only.*: leave --baseline out"):
        fs.score(fs.count(records(UNKNOWN)), baseline=HUMAN_PHRASES)
