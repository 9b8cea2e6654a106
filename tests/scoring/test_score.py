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
from scipy import stats

from fastslop.base.defaults import MAX_Q, MIN_PROMPTS_SCORED
from fastslop.base.errors import IncompatibleProfilesError, UsageError
from fastslop.base.spec import PRESETS, CountSpec, Table
from fastslop.counting.one_label import count_documents
from fastslop.lists.slop_lists import build_lists
from fastslop.profiles.files import profile_name, write_profile
from fastslop.profiles.profile_set import open_profiles
from fastslop.scoring import slop_score
from fastslop.scoring.score import Scores, ranked_top, score
from fastslop.scoring.slop_score import common_slop, overused_words
from tests.profile_checks import naive_count
from tests.strategies import chunk

DEFAULT = PRESETS["default"]
PLAIN = "there was a house by the river and people said that it had been there for many years".split()
AGAINST_PANEL = [table for table in DEFAULT.tables[1:] if table[0] != "content"]
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


def scores_of(
    folder: Path, baseline: str | Path = "wordfreq:en", max_p: float = MAX_Q, **labels: list[tuple[str, str]]
) -> Scores:
    paths = [write(folder, label, pairs) for label, pairs in labels.items()]
    return score(open_profiles(*paths), baseline=baseline, max_p=max_p)


def totals(scores: Scores) -> dict[str, float]:
    return dict(scores.labels.select("label", "slop_score").iter_rows())


def features_of(scores: Scores, label: str, kind: str, order: int) -> dict[str, dict]:
    rows = scores.features.filter(pl.col("label") == label, pl.col("kind") == kind, pl.col("order") == order)
    return {row["feature"]: row for row in rows.iter_rows(named=True)}


# Against human writing


def test_slop_score__of_a_text_against_itself_is_0(tmp_path) -> None:
    own = write(tmp_path, "itself", texts(0, slop=SLOP))
    scores = scores_of(tmp_path / "more", own, max_p=1, a=texts(0, slop=SLOP))
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
    scores = scores_of(tmp_path / "models", human, max_p=1, a=texts(1), b=texts(2))
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
    assert "delve" not in features_of(scores_of(tmp_path, max_p=1, a=looping), "a", "word", 1)


@pytest.mark.parametrize("n_prompts", [MIN_PROMPTS_SCORED - 1, MIN_PROMPTS_SCORED])
def test_features__are_scored_from_three_prompts_on(tmp_path, n_prompts) -> None:
    pairs = [(prompt, text + " delve" * (i < n_prompts)) for i, (prompt, text) in enumerate(texts(1))]
    assert ("delve" in features_of(scores_of(tmp_path, max_p=1, a=pairs), "a", "word", 1)) == (n_prompts >= 3)


def test_features__of_many_documents_of_one_prompt_are_those_of_one_prompt(tmp_path) -> None:
    pairs = [*texts(1), *((f"p{i % 2}", "delve into it") for i in range(50))]
    assert "delve" not in features_of(scores_of(tmp_path, max_p=1, a=pairs), "a", "word", 1)


# Against the panel


def others_of(label: str, panels: dict[str, str]) -> list[str]:
    """The labels that a label is measured against: those of its panel, or all others if it is alone in it."""
    inside = [other for other, panel in panels.items() if panel == panels[label]]
    return [other for other in (inside if len(inside) > 1 else panels) if other != label]


@pytest.mark.parametrize("panels", ["xxx", "xyz", "xxyy", "xxyz"])
def test_scores__of_ngrams_and_marks_are_against_the_mean_of_the_others_rates(tmp_path, panels) -> None:
    """Labels of a panel are measured against each other, and one that is alone in its panel against all."""
    pairs = {"a": texts(1), "b": texts(2), "c": texts(3, n_words=90), "d": texts(4, n_words=120)}
    of_panel = dict(zip(pairs, panels, strict=False))
    paths = [write(tmp_path, label, pairs[label], panel=panel) for label, panel in of_panel.items()]
    scores = score(open_profiles(*paths), max_p=1)
    plain = {label: naive_count(pairs[label], DEFAULT) for label in of_panel}
    n_words = {label: sum(n for n, *_ in counts["word", 1].values()) for label, counts in plain.items()}
    for label in of_panel:
        others = others_of(label, of_panel)
        for table in AGAINST_PANEL:
            found = features_of(scores, label, *table)
            scored = {text for text, (*_, by_prompt) in plain[label][table].items() if len(by_prompt) >= 3}
            assert set(found) == scored != set()
            for text, row in found.items():
                rates = [plain[other][table].get(text, (0,))[0] / n_words[other] for other in others]
                assert row["baseline_per_million"] == pytest.approx(1e6 * np.mean(rates), rel=1e-6, abs=1e-6)
                assert row["baseline"] == "panel"
    assert any("n-grams with stopwords and marks are scored against the other labels" in note for note in scores.notes)


def test_scores__of_labels_with_other_prompts_are_against_what_others_wrote_to_theirs(tmp_path) -> None:
    """Of each stratum the mean of the others' rates there, weighed by the label's own words."""
    strata = [range(30), range(30, 60)]
    pairs = {"a": texts(1), "b": texts(2, n_prompts=30), "c": texts(3, n_words=90), "d": texts(4, n_words=120)[30:]}
    scores = scores_of(tmp_path, max_p=1, **pairs)
    plain = {label: naive_count(own, DEFAULT) for label, own in pairs.items()}

    def n_in(label: str, stratum: range, table: Table, text: str | None = None) -> int:
        counts = plain[label][table]
        rows = counts.values() if text is None else [counts[text]] if text in counts else []
        return sum(by_prompt.get(f"p{i}", 0) for *_, by_prompt in rows for i in stratum)

    n_words = {(label, s): n_in(label, strata[s], ("word", 1)) for label in pairs for s in (0, 1)}
    for label in pairs:
        for table in AGAINST_PANEL:
            for text, row in features_of(scores, label, *table).items():
                expected = 0.0
                for s in (0, 1):
                    there = [other for other in pairs if other != label and n_words[other, s]]
                    rates = [n_in(other, strata[s], table, text) / n_words[other, s] for other in there]
                    expected += n_words[label, s] * np.mean(rates) / (n_words[label, 0] + n_words[label, 1])
                assert row["baseline_per_million"] == pytest.approx(1e6 * expected, rel=1e-6, abs=1e-6)
    assert any("not all models answered the same prompts (b, d did not answer some)" in note for note in scores.notes)


def test_scores__of_another_panel_do_not_enter(tmp_path) -> None:
    own = [write(tmp_path, label, texts(i)) for i, label in enumerate("ab")]
    other = [write(tmp_path, label, [("q", "quite another thing")] * 9, panel="y") for label in "cd"]
    with_others = score(open_profiles(*own, *other), max_p=1).features.filter(pl.col("label").is_in(["a", "b"]))
    assert with_others.equals(score(open_profiles(*own), max_p=1).features)


def test_scores__of_a_single_label_say_what_is_not_scored(tmp_path) -> None:
    scores = scores_of(tmp_path, max_p=1, a=texts(1))
    assert set(scores.features.select("kind", "order").iter_rows()) == {("word", 1), ("content", 2), ("content", 3)}
    assert any("n-grams with stopwords and marks are not scored" in note for note in scores.notes)


def test_scores__do_not_depend_on_the_order_of_the_labels(tmp_path) -> None:
    paths = [write(tmp_path, label, texts(i, slop=SLOP[:i])) for i, label in enumerate("abc")]
    forwards, backwards = score(open_profiles(*paths), max_p=1), score(open_profiles(*paths[::-1]), max_p=1)
    assert forwards.features.equals(backwards.features)
    assert forwards.labels.equals(backwards.labels)
    assert_same_pools(forwards, backwards)


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
    for max_p in (MAX_Q, 1):
        scores = score(open_profiles(path), max_p=max_p)
        assert scores.features.is_empty()
        assert [len(pooled.n) for pooled in scores.pooled.values()] == [0]


def test_q_values__of_a_label_are_over_all_its_different_features_in_however_few_prompts(tmp_path) -> None:
    pairs = {"a": texts(1), "b": texts(2, slop=SLOP)}
    scores = scores_of(tmp_path, max_p=1, **pairs)
    for label, documents in pairs.items():
        rows = scores.features.filter(pl.col("label") == label)
        n_others = sum(map(len, naive_count(documents, DEFAULT).values())) - len(rows)
        expected = stats.false_discovery_control([*rows["p_value"], *[1.0] * n_others])[: len(rows)]
        assert n_others > 0 and rows["q_value"].min() < 0.05
        assert rows["q_value"].to_list() == pytest.approx(list(expected))


# What is kept, and what is added up of all


BASELINES = pytest.mark.parametrize("against", ["wordfreq", "human"])


def some_scores(folder: Path, against: str, spec: CountSpec = DEFAULT, *max_p: float) -> list[Scores]:
    """Scores of four labels of unequal size, of which three overuse words, with each of ``max_p``.

    In the human writing these words are in three of 200 texts.
    """
    sizes = {"a": 60, "b": 40, "c": 90, "d": 50}
    paths = [
        write(folder, label, texts(i, slop=SLOP[:i], n_prompts=n, n_words=100 + 20 * i), spec)
        for i, (label, n) in enumerate(sizes.items())
    ]
    of_people = [
        (prompt, f"{text} {' '.join(SLOP) * (i < 3)}") for i, (prompt, text) in enumerate(texts(99, n_prompts=200))
    ]
    human = write(folder / "human", "human", of_people, spec)
    baseline = "wordfreq:en" if against == "wordfreq" else human
    return [score(open_profiles(*paths), baseline=baseline, max_p=p) for p in max_p]


def assert_same_pools(some: Scores, other: Scores) -> None:
    assert list(some.pooled) == list(other.pooled) != []
    for table, pooled in some.pooled.items():
        for name, column in vars(pooled).items():
            assert np.array_equal(column, vars(other.pooled[table])[name])


@BASELINES
def test_max_p__leaves_out_what_is_not_overused_by_itself_and_changes_nothing_else(tmp_path, against) -> None:
    few, some, every = some_scores(tmp_path, against, DEFAULT, 0.05, 0.4, 1)
    for max_p, scores in ((0.05, few), (0.4, some)):
        assert scores.features.equals(every.features.filter(pl.col("p_value") <= max_p))
        assert 0 < len(scores.features) < len(every.features)
        assert scores.labels.equals(every.labels)
        assert (scores.baseline, scores.human, scores.notes) == (every.baseline, every.human, every.notes)
        assert_same_pools(scores, every)
    assert every.features["p_value"].max() == 1
    members = open_profiles(*sorted(tmp_path.glob("*.parquet"))).members
    lists, of_every = build_lists(few, members), build_lists(every, members)
    assert [one.label for one in lists] == [one.label for one in of_every] == [None, *"abcd"]
    for ours, theirs in zip(lists, of_every, strict=True):
        assert all(frame.equals(theirs.tables[name]) for name, frame in ours.tables.items())
    assert set(lists[0].tables["words"]["phrase"]) & set(SLOP)


def test_max_p__by_default_loses_no_feature_that_is_overused_after_correction(tmp_path) -> None:
    (every,) = some_scores(tmp_path, "wordfreq", DEFAULT, 1)
    by_default = score(open_profiles(*sorted(tmp_path.glob("*.parquet"))))
    overused = every.features.filter(pl.col("q_value") <= MAX_Q)
    assert by_default.features.filter(pl.col("q_value") <= MAX_Q).equals(overused)
    assert len(overused) > 0
    assert by_default.features["p_value"].max() <= MAX_Q


@pytest.mark.parametrize("max_p", [-1.0, 0.0, 0.0499, 1.0001, float("nan")])
def test_max_p__out_of_range_is_refused(tmp_path, max_p) -> None:
    with pytest.raises(UsageError, match=r"max_p .* is out of range: from 0.05 to 1"):
        scores_of(tmp_path, max_p=max_p, a=texts(1))


@BASELINES
@pytest.mark.parametrize(
    ("spec", "tables"),
    [
        (DEFAULT, [("word", 1), ("content", 2), ("content", 3)]),
        (replace(DEFAULT, content_orders=()), [("word", 1), ("word", 2), ("word", 3)]),
    ],
)
def test_pooled__are_the_plain_sums_over_labels_of_all_that_is_scored(tmp_path, against, spec, tables) -> None:
    (scores,) = some_scores(tmp_path, against, spec, 1)
    n_words = dict(scores.labels.select("label", "n_words").iter_rows())
    assert set(scores.pooled) == set(tables)
    for table in tables:
        sums: dict[str, list[float]] = {}
        for label in n_words:
            for text, row in features_of(scores, label, *table).items():
                rate = 1e6 * row["n_winsorised"] / n_words[label]
                values = (rate, rate**2, row["lrc"], row["baseline_per_million"], row["n"], row["n_prompts"], 1)
                sums[text] = [x + y for x, y in zip(sums.get(text, [0] * 7), values, strict=True)]
        pooled = scores.pooled[table]
        names = ("rate", "squares", "lrc", "baseline", "n", "n_prompts", "n_labels")
        at_once = (
            names[:4] if table == ("word", 1) else ("rate", "squares", "baseline")
        )  # what prompts call for is told later
        assert sorted(pooled.texts) == sorted(sums) != []
        for at, text in enumerate(pooled.texts):
            assert [getattr(pooled, name)[at] for name in names[4:]] == sums[text][4:]
            of_text = dict(zip(names, sums[text], strict=True))
            expected = [of_text[name] for name in at_once]
            assert [getattr(pooled, name)[at] for name in at_once] == pytest.approx(expected, rel=1e-12)
        assert pooled.n_labels.max() == len(n_words) > pooled.n_labels.min()
    assert any(pooled.lrc.max() > 0 for pooled in scores.pooled.values())


# Slop that models share


def label_that_overuses(*words: str, also: Sequence[str] = ()) -> pl.DataFrame:
    """Scored rows: ``words`` are overused, ``also`` are used."""
    names = [*words, *also]
    return pl.DataFrame(
        {
            "kind": ["word"] * len(names),
            "order": [1] * len(names),
            "key": [keyed(name) for name in names],
            "feature": names,
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


def test_common_slop__has_no_word_in_other_letters_than_those_of_the_language_it_is_measured_by() -> None:
    labels = [label_that_overuses("示例", "import")] * 2
    assert common_slop(labels, "zh").to_list() == [keyed("示例")]
    assert common_slop(labels).to_list() == sorted(map(keyed, ["示例", "import"]))


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


def test_of_labels__are_the_parts_of_all_features(tmp_path) -> None:
    (scores,) = some_scores(tmp_path, "wordfreq", DEFAULT, 1)
    parts = dict(scores.of_labels())
    assert all(part["label"].unique().to_list() == [label] for label, part in parts.items())
    assert pl.concat(parts.values()).equals(scores.features)


def test_first__are_the_first_of_each_kind_that_are_no_topics(tmp_path) -> None:
    (scores,) = some_scores(tmp_path, "wordfreq", DEFAULT, 1)
    expected = ranked_top(scores.without_topics().features, 3)
    assert scores.first(3).features.equals(expected)
    assert 0 < len(expected) < len(scores.without_topics().features)
    assert scores.first(0).features.equals(scores.features.clear())
