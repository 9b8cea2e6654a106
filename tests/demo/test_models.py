"""The synthetic models: reproducible, on shared prompts, with the truth planted that the demo looks for."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from itertools import islice

import pytest

from fastslop.base.errors import UsageError
from fastslop.demo import models

Records = list[dict[str, str]]


@pytest.fixture(scope="module")
def records() -> Records:
    return list(models.generate(seed=0, n_prompts=60, words_per_text=300))


def rate(texts: list[str], phrase: str) -> float:
    """Occurrences per million words."""
    pattern = re.compile(rf"\b{phrase.lower()}\b")
    n = sum(len(pattern.findall(text.lower())) for text in texts)
    return 1e6 * n / sum(len(text.split()) for text in texts)


def by_family(records: Records) -> dict[str, list[str]]:
    families = {model.label: model.family for model in models.models()}
    texts = defaultdict(list)
    for record in records:
        texts[families[record["model"]]].append(record["output"])
    return texts


def test_answer__is_the_same_for_the_same_prompt_and_has_the_habits_of_its_model() -> None:
    author = models.models()[0]
    asked = [f"Write about the number {i}." for i in range(20)]
    answers = [models.answer_by(author, one, words_per_text=200) for one in asked]
    assert answers == [models.answer_by(author, one, words_per_text=200) for one in asked]
    assert len(set(answers)) == len(asked) and models.answer_by(author, asked[0], seed=1) != answers[0]
    assert all(200 <= len(answer.split()) < 500 for answer in answers)
    assert sum(rate(answers, word) > 500 for word in author.words) > 1


def test_generate__is_equal_for_equal_seeds() -> None:
    first, second = (list(models.generate(seed=7, n_prompts=3, words_per_text=50)) for _ in range(2))
    assert first == second


def test_generate__differs_between_seeds() -> None:
    first, second = (list(models.generate(seed=seed, n_prompts=3, words_per_text=50)) for seed in (1, 2))
    assert not {record["output"] for record in first} & {record["output"] for record in second}


def test_generate__is_the_same_on_every_python() -> None:
    records = list(models.generate(seed=0, n_prompts=4, words_per_text=60))
    digest = hashlib.sha256(json.dumps(records, sort_keys=True).encode()).hexdigest()
    assert digest[:16] == "b3f914d909dbac41"


def test_generate__text_depends_on_its_model_and_prompt_alone(records: Records) -> None:
    fewer = list(models.generate(seed=0, n_prompts=5, words_per_text=300))
    assert all(record in records for record in fewer)


def test_generate__yields_strings_of_the_common_schema(records: Records) -> None:
    for record in records:
        assert list(record) == ["model", "source", "id", "prompt", "output"]
        assert all(isinstance(value, str) and value for value in record.values())
        assert record["source"] == "synthetic"
        assert record["model"].startswith("synthetic-")


def test_generate__asks_every_model_the_same_prompts(records: Records) -> None:
    asked = defaultdict(dict)
    for record in records:
        asked[record["model"]][record["id"]] = record["prompt"]
    assert list(asked) == [model.label for model in models.models()]
    first, *others = asked.values()
    assert len(first) == 60
    assert all(other == first for other in others)


def test_generate__reaches_the_words_asked_for(records: Records) -> None:
    lengths = [len(record["output"].split()) for record in records]
    assert min(lengths) >= 300
    assert max(lengths) < 400


def test_generate__leaves_no_trace_of_the_grammar(records: Records) -> None:
    for record in records:
        text = record["output"]
        assert not re.search(r"[{}|^\[\]]|\b[Aa] [aeiou]| ,|\n{3}", text)
        assert text == text.strip()


def test_generate__varies_the_marks(records: Records) -> None:
    text = "\n".join(record["output"] for record in records)
    for mark in ("—", " – ", "…", "...", ";", "“", '"', "’", "\n## ", "\n- ", "\n1. ", "\n---\n", "*"):
        assert mark in text


def test_prompts__are_all_different() -> None:
    prompts = models.prompts(models.MAX_PROMPTS)
    assert len({prompt.text for prompt in prompts}) == len({prompt.id for prompt in prompts}) == len(prompts)


@pytest.mark.parametrize("n_prompts", [0, -1, models.MAX_PROMPTS + 1])
def test_prompts__refuses_a_number_it_cannot_give(n_prompts: int) -> None:
    with pytest.raises(UsageError, match=f"choose a number from 1 to {models.MAX_PROMPTS}"):
        models.generate(n_prompts=n_prompts)


def test_prompt__sets_a_topic_that_all_models_write_about(records: Records) -> None:
    for prompt in islice(models.prompts(60), 0, None, 10):
        outputs = [record["output"] for record in records if record["id"] == prompt.id]
        assert len(outputs) == 10
        assert all(sum(thing in text for thing in prompt.things) >= 4 for text in outputs)


@pytest.mark.parametrize("family", ["aspen", "birch", "cedar", "dogwood"])
def test_family__overuses_what_was_planted(records: Records, family: str) -> None:
    texts = by_family(records)
    own = texts.pop(family)
    others = [text for family_texts in texts.values() for text in family_texts]
    planted = next(model for model in models.models() if model.family == family)
    assert len(planted.phrases) == 5
    for phrase in (*planted.phrases, *planted.words):
        assert rate(own, phrase) > 2 * rate(others, phrase), phrase


def test_relatives__choose_their_words_more_alike(records: Records) -> None:
    words = defaultdict(Counter)
    for record in records:
        words[record["model"]].update(re.findall(r"[a-z]+", record["output"].lower()))

    def overlap(a: str, b: str) -> float:
        return (words[a] & words[b]).total() / (words[a] | words[b]).total()

    families = {model.label: model.family for model in models.models()}
    for a in families:
        nearest = max((b for b in families if b != a), key=lambda b: overlap(a, b))
        assert families[nearest] == families[a], f"{a} is nearest to {nearest}"


def test_family_tree__names_every_model_once() -> None:
    leaves = re.findall(r"[(,]([\w-]+):", models.family_tree())
    assert leaves == [model.label for model in models.models()]
    assert models.family_tree().count("(") == models.family_tree().count(")")


def test_clades__are_the_families_and_the_pairs_within() -> None:
    members = defaultdict(set)
    for model in models.models():
        members[model.family].add(model.label)
    pairs = [{f"synthetic-{family}-1", f"synthetic-{family}-2"} for family in ("aspen", "birch")]
    assert set(models.clades()) == {frozenset(group) for group in (*members.values(), *pairs)}
