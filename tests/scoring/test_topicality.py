"""Topicality tells what prompts call for from what is used whatever the prompt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastslop as fs
from fastslop.base.spec import CountSpec
from fastslop.counting.one_label import count_documents
from fastslop.profiles.feature_index import FeatureIndex
from fastslop.profiles.packed import pack
from fastslop.profiles.profile import MAX_PROMPTS
from fastslop.profiles.profile_set import Member, ProfileSet
from fastslop.profiles.rows import hashes_of, texts_of
from fastslop.scoring.score import pool_part
from fastslop.scoring.topicality import FAIR, LEAST_AGREED, LEAST_RATIO, Agreement, Topics, read_topics
from fastslop.system.progress import silent
from tests.strategies import chunk

WORD = ("word", 1)
SPEC = CountSpec(orders=(1,), content_orders=(), mark_orders=())
WORDS = ["lantern", "harbour", "quietly"]

Answers = dict[str, str]
"""The answer to each prompt."""

answers = st.dictionaries(
    st.sampled_from(["p1", "p2", "p3", "p4", "p5"]),
    st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join),
    min_size=1,
)
panels = st.lists(st.tuples(st.sampled_from("xy"), answers), min_size=1, max_size=6)


def topics_of(labels: list[tuple[str, Answers]]) -> tuple[Topics, list[str]]:
    """Topics among the words of labels, of which the panel and the answers are given; and these words by number."""
    index, members, words = {WORD: FeatureIndex()}, [], []
    for i, (panel, of_label) in enumerate(labels):
        profile = count_documents(chunk([*of_label.items()], f"m{i}"), SPEC)
        rows = np.arange(len(profile.tables[WORD].n))
        numbers = index[WORD].enter(hashes_of(profile, WORD, rows))
        words += [w for w, number in zip(texts_of(profile, WORD, rows), numbers, strict=True) if number >= len(words)]
        members.append(Member(f"m{i}", f"m{i}", panel, pack(replace(profile, panel=panel)), SPEC, profile.prompts))
    return read_topics(members, index, {WORD: np.arange(len(words))}, silent), words


def plain_agreement(labels: list[tuple[str, Answers]], own: int, word: str) -> tuple[int, int, float]:
    """The columns of `Agreement` for a label, answer by answer."""
    panel, asked = labels[own]
    others = [of for i, (other, of) in enumerate(labels) if other == panel and i != own]
    agreed, n_answers, expected = 0, 0, 0.0
    for prompt in (p for p, text in asked.items() if word in text.split()):
        here = [word in of[prompt].split() for of in others if prompt in of]
        elsewhere = [word in text.split() for of in others for p, text in of.items() if p != prompt]
        agreed, n_answers = agreed + sum(here), n_answers + len(here)
        expected += len(here) * sum(elsewhere) / len(elsewhere) if elsewhere else 0.0
    return agreed, n_answers, expected


@pytest.mark.kernels
@given(panels)
def test_agreement__is_that_of_all_answers_looked_at_one_by_one(labels) -> None:
    topics, words = topics_of(labels)
    numbers, sums = np.arange(len(words)), np.zeros((3, len(words)))
    for own in range(len(labels)):
        expected = np.array([plain_agreement(labels, own, word) for word in words]).reshape(-1, 3).T
        np.testing.assert_allclose(np.array(topics.of(f"m{own}", WORD, numbers)), expected, rtol=1e-6)
        sums += expected
    np.testing.assert_allclose(np.array(topics.pooled(WORD, numbers)), sums, rtol=1e-6)


def told(topics: Topics, words: list[str]) -> dict[str, tuple[float | None, bool | None]]:
    agreement = topics.pooled(WORD, np.arange(len(words)))
    return dict(zip(words, zip(agreement.topicality, agreement.is_topic, strict=True), strict=True))


def test_topics__are_what_one_prompt_calls_for_and_not_what_is_used_whatever_the_prompt() -> None:
    rng = np.random.default_rng(3)
    labels = []
    for label in range(8):
        said = {f"p{i}": ["so"] for i in range(60)}
        for i in range(60):
            said[f"p{i}"] += ["gossamer"] * (rng.random() < 0.3)  # a cliché
            said[f"p{i}"] += ["whispered"] * (i < 30 and rng.random() < 0.8)  # of a genre
            said[f"p{i}"] += ["lighthouse"] * (i < 3 and rng.random() < 0.7)  # a topic
            said[f"p{i}"] += ["mine"] * (label == 0)  # a habit of one label
        labels.append(("x", {prompt: " ".join(words) for prompt, words in said.items()}))
    found = told(*topics_of(labels))
    assert {word: is_topic for word, (_, is_topic) in found.items()} == {
        "so": False,
        "gossamer": False,
        "whispered": False,
        "lighthouse": True,
        "mine": False,
    }
    assert found["so"][0] == found["mine"][0] == 0
    assert found["gossamer"][0] < 0.05
    assert found["whispered"][0] > FAIR  # the prompt decides it, but so do half of all prompts
    assert found["lighthouse"][0] == pytest.approx(0.7, abs=0.1)


agreements = st.lists(
    st.tuples(st.integers(0, 1000), st.integers(0, 1000), st.floats(0, 1)).map(
        lambda one: (min(one[:2]), max(one[:2]), one[2] * max(one[:2]))
    )
)


@given(agreements)
def test_topicality__is_from_0_to_1_and_told_where_enough_answers_agree_or_should(rows) -> None:
    agreement = Agreement(*np.array(rows, float).reshape(-1, 3).T)
    found = zip(rows, agreement.topicality, agreement.is_topic, strict=True)
    for (agreed, answers, expected), topicality, is_topic in found:
        if max(agreed, FAIR * answers) < LEAST_AGREED:
            assert topicality is is_topic is None
            continue
        kappa = (agreed / answers - expected / answers) / (1 - expected / answers) if expected < answers else 0
        assert topicality == pytest.approx(max(kappa, 0), abs=1e-9)
        assert is_topic == (topicality > FAIR and agreed >= LEAST_RATIO * expected)


def test_topicality__of_what_is_kept_by_blocks_of_prompts_is_not_told() -> None:
    n_prompts = MAX_PROMPTS + 1
    many = {f"p{i}": "common" if i < 100 else "rare" if i > n_prompts - 20 else "so" for i in range(n_prompts)}
    few = {f"p{i}": "common" if i < 50 else "so" for i in range(100)} | {f"p{n_prompts - 1}": "rare"}
    found = told(*topics_of([("x", many), ("x", many), ("x", few)]))
    assert found["common"] == found["so"] == (None, None)
    assert found["rare"][1]


def test_scores__have_topicality_of_each_label_and_pooled() -> None:
    texts = [
        {"model": model, "prompt": str(i), "text": f"a gossamer tapestry {'lighthouse keeper' * (i < 3)}, {model}"}
        for model in ("a", "b", "c", "d")
        for i in range(60)
    ]
    scores = fs.score(fs.count(texts), max_p=1)
    rows = scores.features.filter(pl.col("label") == "b")
    found = {(row["kind"], row["feature"]): (row["topicality"], row["is_topic"]) for row in rows.to_dicts()}
    assert found["word", "gossamer"] == found["content", "gossamer tapestry"] == (0, False)
    assert found["word", "lighthouse"][1] and found["content", "lighthouse keeper"][1]
    pooled = scores.pooled["content", 2]
    of_pooled = dict(zip(pooled.texts, pooled.agreement.is_topic, strict=True))
    assert of_pooled["gossamer tapestry"] is of_pooled["tapestry b"] is False
    assert sorted(phrase for phrase, is_topic in of_pooled.items() if is_topic) == [
        "lighthouse keeper",
        "tapestry lighthouse",
    ]


def test_scores__of_one_label_or_of_labels_without_common_prompts_know_no_topics() -> None:
    texts = [
        {"model": model, "prompt": f"{model}{i}", "text": "a gossamer tapestry"} for model in "ab" for i in range(20)
    ]
    for some in (texts, texts[:20]):
        scores = fs.score(fs.count(some))
        assert len(scores.features) and scores.features["is_topic"].null_count() == len(scores.features)
        assert scores.features.schema["is_topic"] == pl.Boolean


def test_scores_of_a_part__know_topics_from_the_whole() -> None:
    rows = [
        {"model": f"m{i}", "prompt": f"{kind} {j}", "text": f"quietly {kind} {'lantern' * (j < 4)} {own}"}
        for i, own in enumerate(["ash", "beech", "cedar", "fir", "oak", "elm"])
        for kind in ("harbour", "meadow")
        for j in range(12)
    ]
    profiles = fs.count(rows, spec=CountSpec(orders=(1,), content_orders=(), mark_orders=()))
    whole = fs.score(profiles)
    prompts = np.unique(np.concatenate([member.prompts.keys for member in profiles.members]))[:12]
    part = ProfileSet([member.on_prompts(prompts, [WORD]) for member in profiles.members])
    found, expected = pool_part(part, whole).pooled[WORD], whole.pooled[WORD]
    told = dict(zip(expected.texts, expected.agreement.topicality, strict=True))
    assert dict(zip(found.texts, found.agreement.topicality, strict=True)) == {text: told[text] for text in found.texts}
    assert any(value is not None for value in told.values())
