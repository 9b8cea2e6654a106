"""Synthetic "models" with a known family tree, for the demo and the tests. They imitate no real model.

Ten authors write English-like stories and essays from one grammar. All that they choose, words, sentences,
marks and layout, they draw from tables of log rates. The tables drift along the branches of a tree (Brownian
motion), so relatives share habits; each family also has planted words and stock phrases. The prompt sets a
topic, whose words all models share.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from math import log, sqrt
from typing import NamedTuple

import numpy as np

from fastslop.base.errors import UsageError
from fastslop.demo.words import (
    HABITS,
    PLANTED_FACTOR,
    PLANTED_WORDS,
    QUESTIONS,
    SENTENCES,
    STOCK,
    TOPICS,
    TOWNS,
    TROUBLES,
    WORDS,
)

# A branch is its length and what it leads to: a model, or more branches.
_Branch = tuple[float, "str | tuple[_Branch, ...]"]
_FAMILIES: tuple[_Branch, ...] = (
    (0.7, ((0.15, ((0.15, "aspen-1"), (0.15, "aspen-2"))), (0.3, "aspen-3"))),
    (0.7, ((0.15, ((0.15, "birch-1"), (0.15, "birch-2"))), (0.3, "birch-3"))),
    (0.7, ((0.3, "cedar-1"), (0.3, "cedar-2"))),
    (0.7, ((0.3, "dogwood-1"), (0.3, "dogwood-2"))),
)
# Standard deviations of a log rate's change over a branch of length 1; what is planted stays near its plan.
_DRIFT, _PLANTED_DRIFT = 0.75, 0.15

_LogRates = dict[str, dict[str, float]]


def _listed(text: str, separator: str = ", ") -> list[str]:
    return " ".join(text.split()).split(separator)


def _zipf(entries: list[str]) -> dict[str, float]:
    """Log rates that fall with the rank of an entry."""
    return {entry: -0.7 * log(rank) for rank, entry in enumerate(entries, start=2)}


def _stock(family: str) -> dict[str, str]:
    """Stock sentences of a family, by their phrases."""
    sentences = _listed(STOCK[family], " | ")
    return {s[s.index("[") + 1 : s.index("]")]: s.replace("[", "").replace("]", "") for s in sentences}


def _root_rates() -> _LogRates:
    words = {name: _zipf(_listed(text)) for name, text in WORDS.items()}
    sentences = {name: _zipf(_listed(text, " | ")) for name, text in SENTENCES.items()}
    habits = {name: {entry: log(rate) for entry, rate in rates.items()} for name, rates in HABITS.items()}
    stock = {sentence: 0.0 for family in STOCK for sentence in _stock(family).values()}
    return {**words, **sentences, **habits, "stock": stock}


class _Table(NamedTuple):
    """Entries to draw from, with their cumulative probabilities."""

    entries: list[str]
    cumulative: list[float]


def _table(log_rates: Mapping[str, float]) -> _Table:
    sums = np.cumsum(np.exp(list(log_rates.values())))
    return _Table(list(log_rates), [*(sums / sums[-1])[:-1].tolist(), 1.0])


@dataclass(frozen=True)
class SyntheticModel:
    """One author, a leaf of the tree; ``phrases`` and ``words`` are what its family overuses by plan."""

    label: str
    family: str
    phrases: tuple[str, ...]
    words: tuple[str, ...]
    tables: Mapping[str, _Table] = field(repr=False, compare=False)


class Prompt(NamedTuple):
    """A task that all models answer; its town and its topic's ``things`` come back in the answers."""

    id: str
    text: str
    kind: str
    town: str
    things: list[str]


def _rng(*key: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))


def _drift(rates: _LogRates, length: float, rng: np.random.Generator) -> _LogRates:
    """Rates at the end of a branch, by Brownian motion: the variance of a change is proportional to its length."""
    planted = {word for words in PLANTED_WORDS.values() for word in words} | rates["stock"].keys()

    def moved(entry: str, rate: float, step: float) -> float:
        is_planted = entry in planted or "{stock}" in entry
        return rate + (_PLANTED_DRIFT if is_planted else _DRIFT) * sqrt(length) * step

    return {
        name: dict(zip(table, map(moved, table, table.values(), rng.standard_normal(len(table))), strict=True))
        for name, table in rates.items()
    }


def _model(name: str, rates: _LogRates) -> SyntheticModel:
    """The model at the end of a branch, with the rates raised of what its family overuses by plan."""
    family = name.partition("-")[0]
    words, stock = PLANTED_WORDS[family], _stock(family)
    raised = dict.fromkeys((*words, *stock.values()), log(PLANTED_FACTOR))
    tables = {
        table: _table({entry: rate + raised.get(entry, 0.0) for entry, rate in entries.items()})
        for table, entries in rates.items()
    }
    return SyntheticModel(f"synthetic-{name}", family, tuple(stock), words, tables)


def _descend(rates: _LogRates, branch: _Branch, rng: np.random.Generator) -> Iterator[SyntheticModel]:
    length, end = branch
    rates = _drift(rates, length, rng)
    if isinstance(end, str):
        yield _model(end, rates)
    else:
        for child in end:
            yield from _descend(rates, child, rng)


def models(seed: int = 0) -> tuple[SyntheticModel, ...]:
    """Draw the ten models of a seed; families stand together."""
    rng, root = _rng(seed, 0), _root_rates()
    return tuple(model for family in _FAMILIES for model in _descend(root, family, rng))


def _newick(branch: _Branch) -> str:
    length, end = branch
    name = f"synthetic-{end}" if isinstance(end, str) else f"({','.join(map(_newick, end))})"
    return f"{name}:{length:g}"


def family_tree() -> str:
    """Return the true tree in Newick form; branch lengths are proportional to the variance of the drift.

    The families leave the root together: nothing is planted about which of them are closer.
    """
    return f"({','.join(map(_newick, _FAMILIES))});"


def clades() -> tuple[frozenset[str], ...]:
    """Return the groups of labels that a recovered tree should have: the families and the pairs within."""
    groups: list[frozenset[str]] = []

    def leaves(branch: _Branch) -> frozenset[str]:
        if isinstance(branch[1], str):
            return frozenset([f"synthetic-{branch[1]}"])
        groups.append(frozenset[str]().union(*map(leaves, branch[1])))
        return groups[-1]

    for family in _FAMILIES:
        leaves(family)
    return tuple(groups)


MAX_PROMPTS = len(TOPICS) * len(_listed(TOWNS)) * len(_listed(TROUBLES))
"""Number of different prompts."""


def _prompt(position: int, number: int) -> Prompt:
    """The prompt at a position, made from the ``number``-th combination of topic, town and task."""
    number, topic = divmod(number, len(TOPICS))
    task, place = divmod(number, len(_listed(TOWNS)))
    (title, things), town = list(TOPICS.items())[topic], _listed(TOWNS)[place]
    role, subject = title.split(" / ")
    if position % 4 == 3:
        text = f"Write an essay about the {subject} of {town}: {_listed(QUESTIONS)[task]}."
        return Prompt(str(position), text, "essay", town, _listed(things))
    text = f"Write a short story about {role} in {town} who {_listed(TROUBLES)[task]}."
    return Prompt(str(position), text, "story", town, _listed(things))


def prompts(n_prompts: int = 120, seed: int = 0) -> tuple[Prompt, ...]:
    """Draw prompts, all different; every fourth asks for an essay. Fewer prompts are the first of more.

    Raises
    ------
    UsageError
        If ``n_prompts`` is not from 1 to ``MAX_PROMPTS``.
    """
    if not 1 <= n_prompts <= MAX_PROMPTS:
        raise UsageError(f"n_prompts is {n_prompts}; choose a number from 1 to {MAX_PROMPTS}")
    order = np.argsort(_rng(seed, 1).random(MAX_PROMPTS), kind="stable")[:n_prompts].tolist()
    return tuple(_prompt(position, number) for position, number in enumerate(order))


_PRONOUNS = {
    "heroine": {"she": "she", "her": "her", "her_object": "her"},
    "hero": {"she": "he", "her": "his", "her_object": "him"},
}
_SLOT = re.compile(r"\{(\w+)\}")


@cache
def _parts(template: str) -> tuple[str, ...]:
    """A template in parts: literal text at even places, slots at odd ones."""
    return tuple(_SLOT.split(template))


def _uniforms(rng: np.random.Generator) -> Iterator[float]:
    while True:
        yield from rng.random(512).tolist()


class _Writer:
    """Writes one text: a model's tables, the prompt's topic, and a cast of two."""

    def __init__(self, model: SyntheticModel, prompt: Prompt, rng: np.random.Generator) -> None:
        self.uniforms = _uniforms(rng)
        self.tables = {
            **model.tables,
            "thing": _table(_zipf(prompt.things)),
            "clause": model.tables[prompt.kind],
            "sentence": model.tables[f"{prompt.kind}_sentence"],
            "interlude": model.tables[f"{prompt.kind}_interlude"],
        }
        lead = self.draw("lead")
        companion = "hero" if lead == "heroine" else "heroine"
        self.fixed = {"A": self.draw(lead), "B": self.draw(companion), "town": prompt.town, **_PRONOUNS[lead]}

    def draw(self, table: str) -> str:
        entries, cumulative = self.tables[table]
        return entries[bisect_right(cumulative, next(self.uniforms))]

    def filled(self, template: str) -> str:
        """Fill the slots, and those of what fills them."""
        parts = list(_parts(template))
        if len(parts) > 1:
            parts[1::2] = [self.fixed.get(slot) or self.filled(self.draw(slot)) for slot in parts[1::2]]
        return "".join(parts)

    def text(self, n_words: int) -> str:
        interlude = self.draw("interlude")
        blocks, written = [self.filled(self.draw("opening"))], 0
        while written < n_words:
            interval = [interlude] if len(blocks) % 4 == 3 else []
            more = [self.filled(template) for template in (*interval, self.draw("paragraph"))]
            written += sum(len(block.split()) for block in more)
            blocks += more
        text = _corrected("\n\n".join(filter(None, blocks)))
        return _curled(text) if self.draw("quotes") == "curly" else text


def _corrected(text: str) -> str:
    """Set the marked capitals, and "an" before vowels."""
    text = re.sub(r"\^(\w)", lambda match: match[1].upper(), text)
    return re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)


def _curled(text: str) -> str:
    return re.sub(r'"([^"]*)"', "“\\1”", text).replace("'", "’")


def answer_by(model: SyntheticModel, asked: str, seed: int = 0, words_per_text: int = 400) -> str:
    """A text of a model for any prompt, always the same; the prompt chooses the topic, but not by what it means."""
    number = int.from_bytes(blake2b(asked.encode(), digest_size=8).digest(), "big")
    return _Writer(model, _prompt(number % 4, number % MAX_PROMPTS), _rng(seed, 3, number)).text(words_per_text)


def generate(seed: int = 0, n_prompts: int = 120, words_per_text: int = 400) -> Iterator[dict[str, str]]:
    """Yield the generations of all models, model by model, as records of a JSONL corpus.

    A record has ``model``, ``source`` ("synthetic"), ``id`` (of the prompt), ``prompt`` and ``output``. A
    text ends with the paragraph that reaches ``words_per_text``. Equal arguments give equal records on every
    Python; a text depends on the seed, its model and its prompt alone.

    Raises
    ------
    UsageError
        If ``n_prompts`` is not from 1 to ``MAX_PROMPTS``.
    """
    tasks = prompts(n_prompts, seed)
    return (
        {
            "model": model.label,
            "source": "synthetic",
            "id": prompt.id,
            "prompt": prompt.text,
            "output": _Writer(model, prompt, _rng(seed, 2, number, int(prompt.id))).text(words_per_text),
        }
        for number, model in enumerate(models(seed))
        for prompt in tasks
    )
