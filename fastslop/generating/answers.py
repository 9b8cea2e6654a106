"""What comes of a request: an answer, or a reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from fastslop.base.errors import FastslopError
from fastslop.generating.requests import Request
from fastslop.reading.chats import ENDING_OF, reasoning_beside, split_content
from fastslop.reading.paths import is_object
from fastslop.reading.reasoning import split_reasoning
from fastslop.reading.unusable import Unusable, without_surrogates
from fastslop.tokens.guards import REFUSED, TRUNCATED

REFUSED_IT = "refused by the service"
ONLY_REASONING = "nothing but reasoning"
EMPTY = "an empty answer"
MALFORMED = "an answer that is no chat completion"


class EndpointError(FastslopError):
    """An endpoint answers nothing, so that it is of no use to go on; the text names it, the model and a remedy."""


class Unanswered(Exception):
    """One request has no answer; ``reason`` is of few words, ``detail`` what the server said.

    ``n_tokens``: what it took all the same, None where something came and the server does not tell.
    """

    def __init__(self, reason: str, detail: str = "", n_tokens: int | None = 0) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail, self.n_tokens = reason, detail, n_tokens


class Answer(NamedTuple):
    """A text, how it ended, the tokens that it took (None where the server does not tell), and what it was thought
    of before; ``served_as``: the name that the server gives to the model."""

    text: str
    finish_reason: str | None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    reasoning: str = ""
    served_as: str | None = None

    @property
    def is_truncated(self) -> bool:
        """Whether it was cut off at the most tokens."""
        return ENDING_OF.get((self.finish_reason or "").casefold()) == TRUNCATED

    @property
    def n_tokens(self) -> int | None:
        """The tokens of prompt and answer, None where the server does not tell."""
        if self.prompt_tokens is None or self.completion_tokens is None:
            return None
        return self.prompt_tokens + self.completion_tokens

    def record(self, request: Request) -> dict[str, Any]:
        """The line of it: in the names that fastslop reads without being told."""
        prompt, settings = request.prompt, request.settings()
        named = {"prompt_id": prompt.id, "genre": prompt.genre}
        return {
            "model": request.model,
            **{name: value for name, value in named.items() if value is not None},
            "sample": request.sample,
            "prompt": settings.pop("prompt"),
            "output": self.text,
            "finish_reason": self.finish_reason,
            **settings,
            "usage": {"prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens},
            **({"reasoning_content": self.reasoning} if self.reasoning else {}),
            **({"served_as": self.served_as} if self.served_as not in (None, request.model) else {}),
        }


def checked(answer: Answer, refusal: str | None) -> Answer:
    """The answer, if it is one.

    Raises
    ------
    Unanswered
        If the service refused, or there is no text.
    """
    finish = f"finish_reason {answer.finish_reason}"
    if refusal or ENDING_OF.get((answer.finish_reason or "").casefold()) == REFUSED:
        raise Unanswered(REFUSED_IT, refusal or finish, answer.n_tokens)
    said, thought = split_reasoning(answer.text)
    if said.strip():
        return answer
    if thought or answer.reasoning.strip():
        raise Unanswered(ONLY_REASONING, f"{finish}; raise --max-tokens, or see --extra", answer.n_tokens)
    raise Unanswered(EMPTY, finish, answer.n_tokens)


def answer_of(completion: Mapping[str, Any]) -> Answer:
    """
    The answer in the JSON of a chat completion, of which nothing is believed.

    Raises
    ------
    Unanswered
        If it is none, or has no text.
    """
    choices = completion.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and is_object(choices[0]) else {}
    message = choice.get("message")
    if not is_object(message):
        raise Unanswered(MALFORMED, _told(completion))
    try:
        text, thought = split_content(message.get("content"))
    except Unusable as problem:
        raise Unanswered(MALFORMED, problem.reason) from None
    usage = completion.get("usage")
    counts = usage if is_object(usage) else {}
    finish, served_as, refusal = choice.get("finish_reason"), completion.get("model"), message.get("refusal")
    answer = Answer(
        without_surrogates(text),
        finish if isinstance(finish, str) else None,
        _whole(counts.get("prompt_tokens")),
        _whole(counts.get("completion_tokens")),
        without_surrogates(reasoning_beside(message) or thought),
        served_as if isinstance(served_as, str) else None,
    )
    return checked(answer, refusal if isinstance(refusal, str) else None)


def _told(completion: Mapping[str, Any]) -> str:
    """The error that stands where an answer should, as with services that pass requests on."""
    error = completion.get("error")
    said = error.get("message") if is_object(error) else error
    return str(said) if said else f"its fields: {', '.join(completion) or 'none'}"


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
