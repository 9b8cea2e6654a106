"""Profiles to scores: planted slop is found, a text has none against itself, and single prompts say nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.defaults import MIN_PROMPTS_SCORED
from fastslop.base.errors import IncompatibleProfilesError
from fastslop.base.spec import PRESETS, CountSpec
from fastslop.counting.one_label import count_documents
from fastslop.profiles.files import profile_name, write_profile
from fastslop.profiles.profile_set import open_profiles
from fastslop.scoring import slop_score
from fastslop.scoring.score import Scores, score
from fastslop.scoring.slop_score import common_slop, overused_words
from tests.profile_checks import naive_count
from tests.strategies import chunk

DEFAULT = PRESETS["default"]
PLAIN = "there was a house by the river and people said that it had been there for many years".split()
SLOP = ("testament", "tapestry", "shimmering")


def texts(seed: int, *, slop: Sequence[str] = (), n_prompts: int = 60, n_words: int = 150) -> list[tuple[str, str]]:
    """Plain English sentences; each word of ``slop`` stands in half of the texts."""
    rng = np.random.default_rng(seed)
    documents = []
    for i in range(n_prompts):
        words = [*rng.choice(PLAIN, n_words), *(word for word in slop if rng.random() < 0.5)]
        rng.shuffle(words)
        documents.append((f"p{i}", ". ".join(" ".join(words[j : j + 12]) for j in range(0, len(words), 12))))
    return documents


def write(folder: Path, label: str, pairs: list[tuple[str, str]], spec: CountSpec = DEFAULT, panel: str = "x") -> Path:
    path = folder / profile_name(label)
    write_profile(replace(count_documents(chunk(pairs, label), spec), panel=panel), path, force=True)
    return path


def scores_of(folder: Path, baseline: str | Path = "wordfreq:en", **labels: list[tuple[str, str]]) -> Scores:
    paths = [write(folder, label, pairs) for label, pairs in labels.items()]
    return score(open_profiles(*paths), baseline=baseline)


def totals(scores: Scores) -> dict[str, float]:
    return dict(scores.labels.select("label", "slop_score").iter_rows())


def features_of(scores: Scores, label: str, kind: str, order: int) -> dict[str, dict]:
    rows = scores.features.filter(pl.col("label") == label, pl.col("kind") == kind, pl.col("order") == order)
    return {row["feature"]: row for row in rows.iter_rows(named=True)}


# Against human writing


def test_slop_score__of_a_text_against_itself_is_0(tmp_path) -> None:
    own = write(tmp_path, "itself", texts(0, slop=SLOP))
    scores = scores_of(tmp_path / "more", own, a=texts(0, slop=SLOP))
    assert totals(scores) == {"a": 0.0}
    assert scores.features["q_value"].min() > 0.5
    assert scores.features["log_ratio"].abs().max() < 1e-9
    assert scores.features["g2"].max() < 1e-9


def test_slop_score__is_higher_the_more_a_model_overuses_and_counts_in_a_thousand_words(tmp_path) -> None:
    human = write(tmp_path, "human", texts(99, n_prompts=200))
    pairs = {
        "none": texts(1),
        "some": texts(2, slop=SLOP[:1]),
        "much": texts(3, slop=SLOP),
        "also": texts(4, slop=SLOP),
    }
    scores = scores_of(tmp_path / "models", human, **pairs)
    found = totals(scores)
    assert found["none"] == 0 < found["some"] < found["much"]
    much = " ".join(text for _, text in pairs["much"]).replace(".", "").split()
    assert found["much"] == pytest.approx(1000 * sum(word in SLOP for word in much) / len(much))
    for label in ("much", "also"):
        leading = [row["feature"] for row in features_of(scores, label, "word", 1).values()][:3]
        assert sorted(leading) == sorted(SLOP)


def test_slop__of_wordfreq_is_found_without_any_human_texts(tmp_path) -> None:
    words = features_of(scores_of(tmp_path, a=texts(1, slop=SLOP)), "a", "word", 1)
    for word in SLOP:
        assert words[word]["q_value"] < 0.01
        assert words[word]["log_ratio_low"] > 3
        assert words[word]["baseline"] == "wordfreq:en"
        assert words[word]["baseline_per_million"] < 100


def test_scores__against_a_profile_cover_all_kinds_and_orders(tmp_path) -> None:
    human = write(tmp_path, "human", texts(5))
    scores = scores_of(tmp_path / "models", human, a=texts(1), b=texts(2))
    assert set(scores.features.select("kind", "order").iter_rows()) == set(DEFAULT.tables)
    assert scores.baseline == "human (human.parquet)"
    assert set(scores.features["baseline"]) == {scores.baseline}
    assert scores.notes == ()


def test_scores__refuse_a_baseline_of_another_specification_by_name_of_the_field(tmp_path) -> None:
    human = write(tmp_path, "human", texts(5), PRESETS["slop-forensics"])
    with pytest.raises(IncompatibleProfilesError, match=r"human.parquet was counted differently: tokeniser"):
        scores_of(tmp_path / "models", human, a=texts(1))


# Single prompts


def test_a_word_in_one_prompt__is_not_scored_though_it_is_repeated_150_times(tmp_path) -> None:
    looping = [*texts(1)[1:], ("loop", "delve " * 150)]
    assert "delve" not in features_of(scores_of(tmp_path, a=looping), "a", "word", 1)


@pytest.mark.parametrize("n_prompts", [MIN_PROMPTS_SCORED - 1, MIN_PROMPTS_SCORED])
def test_features__are_scored_from_three_prompts_on(tmp_path, n_prompts) -> None:
    pairs = [(prompt, text + " delve" * (i < n_prompts)) for i, (prompt, text) in enumerate(texts(1))]
    assert ("delve" in features_of(scores_of(tmp_path, a=pairs), "a", "word", 1)) == (n_prompts >= 3)


def test_features__of_many_documents_of_one_prompt_are_those_of_one_prompt(tmp_path) -> None:
    pairs = [*texts(1), *((f"p{i % 2}", "delve into it") for i in range(50))]
    assert "delve" not in features_of(scores_of(tmp_path, a=pairs), "a", "word", 1)


# Against the panel


def test_scores__of_ngrams_and_marks_are_against_the_mean_of_the_others_rates(tmp_path) -> None:
    pairs = {"a": texts(1), "b": texts(2, n_prompts=30), "c": texts(3, n_words=90)}
    scores = scores_of(tmp_path, **pairs)
    plain = {label: naive_count(documents, DEFAULT) for label, documents in pairs.items()}
    n_words = {label: sum(n for n, *_ in counts["word", 1].values()) for label, counts in plain.items()}
    for table in DEFAULT.tables[1:]:
        for text, row in features_of(scores, "a", *table).items():
            others = [plain[label][table].get(text, (0,))[0] / n_words[label] for label in "bc"]
            assert row["baseline_per_million"] == pytest.approx(1e6 * sum(others) / 2, rel=1e-6, abs=1e-6)
            assert row["baseline"] == "panel"
    assert any("n-grams and marks are scored against the other labels" in note for note in scores.notes)


def test_scores__of_another_panel_do_not_enter(tmp_path) -> None:
    own = [write(tmp_path, label, texts(i)) for i, label in enumerate("ab")]
    other = [write(tmp_path, label, [("q", "quite another thing")] * 9, panel="y") for label in "cd"]
    with_others = score(open_profiles(*own, *other)).features.filter(pl.col("label").is_in(["a", "b"]))
    assert with_others.equals(score(open_profiles(*own)).features)


def test_scores__of_a_single_label_say_that_ngrams_are_not_scored(tmp_path) -> None:
    scores = scores_of(tmp_path, a=texts(1))
    assert set(scores.features.select("kind", "order").iter_rows()) == {("word", 1)}
    assert any("are not scored" in note for note in scores.notes)


def test_scores__do_not_depend_on_the_order_of_the_labels(tmp_path) -> None:
    paths = [write(tmp_path, label, texts(i, slop=SLOP[:i])) for i, label in enumerate("abc")]
    forwards, backwards = score(open_profiles(*paths)), score(open_profiles(*paths[::-1]))
    assert forwards.features.equals(backwards.features)
    assert forwards.labels.equals(backwards.labels)


def test_totals__are_those_of_the_profiles(tmp_path) -> None:
    scores = scores_of(tmp_path, a=[("p", "one — two!"), ("p", "three"), ("q", "")], b=texts(1))
    row = scores.labels.filter(pl.col("label") == "a").row(0, named=True)
    assert row == {
        "label": "a",
        "panel": "x",
        "n_docs": 3,
        "n_prompts": 2,
        "n_tokens": 5,
        "n_words": 3,
        "slop_score": 0.0,
        "slop_low": None,
        "slop_high": None,
    }


def test_scores__take_a_label_without_words_as_it_is(tmp_path) -> None:
    scores = scores_of(tmp_path, a=texts(1), b=texts(2), c=[(f"p{i}", "— … !") for i in range(5)])
    assert totals(scores)["c"] == 0


def test_scores__of_a_single_label_without_single_words_are_empty(tmp_path) -> None:
    path = write(tmp_path, "a", texts(1), CountSpec(orders=(2,), content_orders=(), mark_orders=()))
    assert score(open_profiles(path)).features.is_empty()


# Slop that models share


def label_that_overuses(*words: str, also: Sequence[str] = ()) -> pl.DataFrame:
    """Scored rows: ``words`` are overused, ``also`` are used."""
    names = [*words, *also]
    return pl.DataFrame(
        {
            "kind": ["word"] * len(names),
            "order": [1] * len(names),
            "key": [keyed(name) for name in names],
            "n": [12] * len(names),
            "n_winsorised": [10] * len(names),
            "q_value": [0.001] * len(words) + [0.9] * len(also),
            "log_ratio_low": [5.0] * len(names),
        },
        schema_overrides={
            "key": pl.UInt64,
            "n": pl.Int64,
            "n_winsorised": pl.Int64,
            "q_value": pl.Float64,
            "log_ratio_low": pl.Float64,
        },
    )


def keyed(name: str) -> int:
    return int.from_bytes(name.encode()[:8], "big")


@pytest.mark.parametrize(
    ("labels", "common"),
    [
        (["delve"], {"delve"}),
        (["delve elara", "delve"], {"delve"}),
        (["delve elara", "delve", "elara x"], {"delve", "elara"}),
        (["a", "a", "b", "c", "d"], set()),
        (["a", "a", "a", "c", "d"], {"a"}),
    ],
)
def test_common_slop__is_what_half_of_the_labels_overuse_and_two_at_least(labels, common) -> None:
    found = common_slop([label_that_overuses(*label.split()) for label in labels])
    assert found.to_list() == sorted(map(keyed, common))


@given(st.lists(st.sets(st.sampled_from("abcdef")), min_size=1, max_size=7))
def test_common_slop__equals_counting_the_labels_of_each_word(labels) -> None:
    needed = 1 if len(labels) == 1 else max(2, (len(labels) + 1) // 2)
    expected = {word for word in "abcdef" if sum(word in label for label in labels) >= needed}
    found = common_slop([label_that_overuses(*sorted(label), also="xyz") for label in labels])
    assert found.to_list() == sorted(map(keyed, expected))


def test_overused_words__are_single_words_that_are_surely_used_eight_times_as_often() -> None:
    rows = label_that_overuses("a", "b", "c", "d", "e").with_columns(
        kind=pl.Series(["word", "mark", "word", "word", "word"]),
        order=pl.Series([1, 1, 2, 1, 1]),
        log_ratio_low=pl.Series([3.0, 9, 9, 2.999, 9]),
        q_value=pl.Series([0.05, 0.01, 0.01, 0.01, 0.0501]),
    )
    assert slop_score.MIN_RATIO == 8
    assert overused_words(rows)["key"].to_list() == [keyed("a")]
