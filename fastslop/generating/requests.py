"""What is asked of an endpoint: each model, each prompt, so many samples, each with a seed of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

from fastslop.reading.prompt_files import Prompt

Key = tuple[str, str, int]
"""What an answer is known by: model, name of the prompt, number of the sample."""


@dataclass(frozen=True)
class Sampling:
    """How a model is to write; ``seed`` is that from which those of requests are drawn, None for none.

    ``extra``: further fields of the request, as a server understands them.
    """

    temperature: float
    max_tokens: int
    seed: int | None
    extra: Mapping[str, Any] = field(default_factory=dict)


class Request(NamedTuple):
    """One answer that is wanted; ``sample`` counts from 0."""

    model: str
    prompt: Prompt
    sample: int
    sampling: Sampling

    @property
    def key(self) -> Key:
        """What its answer is known by."""
        return self.model, self.prompt.name, self.sample

    @property
    def seed(self) -> int | None:
        """A seed of its own, of 31 bits: some servers take no more.

        Models have different ones. Two fine-tunes of one model that drew the same numbers would write more alike than
        they do.
        """
        if self.sampling.seed is None:
            return None
        drawn = blake2b(json.dumps([self.sampling.seed, *self.key]).encode(), digest_size=4)
        return int.from_bytes(drawn.digest(), "big") >> 1

    @property
    def messages(self) -> list[dict[str, str]]:
        """The turns that are sent."""
        asked = self.prompt.asked
        return [{"role": "user", "content": asked}] if isinstance(asked, str) else list(asked)

    @property
    def most_tokens(self) -> int:
        """Most tokens that an answer can use, prompt and all: a token has a byte at least, and turns have marks."""
        turns = self.messages
        n_bytes = sum(len(turn["content"].encode()) for turn in turns)
        return n_bytes + MARKS_OF_TURN * len(turns) + self.sampling.max_tokens

    def settings(self) -> dict[str, Any]:
        """What a record says of how it was asked, and what must be the same for its answer to be kept."""
        sampling = self.sampling
        settings: dict[str, Any] = {"prompt": self.prompt.asked, "temperature": sampling.temperature}
        settings |= {"max_tokens": sampling.max_tokens, "seed": self.seed}
        return settings | ({"extra_body": dict(sampling.extra)} if sampling.extra else {})


MARKS_OF_TURN = 128
"""Tokens that are allowed for what a chat template puts around a turn, and for a system prompt of its own."""


def requests_of(models: Sequence[str], prompts: Sequence[Prompt], samples: int, sampling: Sampling) -> list[Request]:
    """All requests: one model after the other, which servers that load one at a time need; samples of a prompt last.

    So a job that is broken off has the first sample of all prompts before the second of any.
    """
    return [
        Request(model, prompt, sample, sampling) for model in models for sample in range(samples) for prompt in prompts
    ]
