"""Prompts to generations: every model of an endpoint answers every prompt, into a file that is read as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from fastslop.base.defaults import (
    CONCURRENCY,
    JSON_FORMAT,
    KEY_VARIABLE,
    MOST_ANSWER_TOKENS,
    RETRIES,
    STANDARD_PANEL,
    TEMPERATURE,
    TIMEOUT_S,
)
from fastslop.base.errors import UsageError
from fastslop.base.wording import plural
from fastslop.generating.answers import EndpointError, Unanswered
from fastslop.generating.answers_file import AnswersFile, unanswered
from fastslop.generating.asking import Outcome, ask_all
from fastslop.generating.endpoint import Endpoint, Place
from fastslop.generating.panels import find_prompts
from fastslop.generating.requests import Request, Sampling, requests_of
from fastslop.system.atomic import check_target
from fastslop.system.claims import claims_in
from fastslop.system.progress import Progress, silent


@dataclass
class ModelAnswers:
    """What became of the requests to one model.

    Of ``n_wanted`` requests, ``n_there`` had answers before, ``n_new`` have them now, those of ``failed`` have none, by
    reason, and the rest was not asked. ``n_truncated`` of all answers were cut off. Tokens are as the server told them:
    ``n_untold`` of the new answers have none, and ``failed_tokens`` went into what is no answer.
    """

    model: str
    n_wanted: int = 0
    n_there: int = 0
    n_new: int = 0
    n_truncated: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    failed_tokens: int = 0
    n_untold: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    example: str = ""

    @property
    def n_failed(self) -> int:
        """Requests that were asked and have no answer."""
        return self.failed.total()

    @property
    def n_tokens(self) -> int:
        """All tokens that were used now."""
        return self.prompt_tokens + self.completion_tokens + self.failed_tokens

    @property
    def n_left(self) -> int:
        """Requests that were not asked."""
        return self.n_wanted - self.n_there - self.n_new - self.n_failed

    def take(self, outcome: Outcome) -> None:
        """Count an outcome."""
        answer = outcome.answer
        if isinstance(answer, Unanswered):
            self.failed[answer.reason] += 1
            self.failed_tokens += answer.n_tokens or 0
            self.example = self.example or str(answer)
            return
        self.n_new += 1
        self.n_truncated += answer.is_truncated
        self.n_untold += answer.n_tokens is None
        self.prompt_tokens += answer.prompt_tokens or 0
        self.completion_tokens += answer.completion_tokens or 0

    def to_dict(self) -> dict[str, Any]:
        """The counts by their names."""
        counted = ("n_wanted", "n_there", "n_new", "n_truncated", "n_failed", "n_left")
        tokens = ("prompt_tokens", "completion_tokens", "failed_tokens", "n_untold")
        own = {name: getattr(self, name) for name in (*counted, *tokens)}
        return {"model": self.model, **own, "failed": dict(self.failed)}


@dataclass(frozen=True)
class Generated:
    """A file of generations, what became of the requests to each model, and what a reader must know of both."""

    path: Path
    models: tuple[ModelAnswers, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """What ``generate --json`` prints."""
        models = [own.to_dict() for own in self.models]
        return {"format": JSON_FORMAT, "path": str(self.path), "models": models, "notes": list(self.notes)}


def generate(
    models: str | Sequence[str],
    out: str | PathLike[str],
    *,
    base_url: str | None = None,
    prompts: str | PathLike[str] = STANDARD_PANEL,
    samples: int = 1,
    temperature: float = TEMPERATURE,
    max_tokens: int = MOST_ANSWER_TOKENS,
    seed: int | None = 0,
    extra: Mapping[str, Any] | None = None,
    budget: int | None = None,
    concurrency: int = CONCURRENCY,
    retries: int = RETRIES,
    timeout: float = TIMEOUT_S,
    key_env: str = KEY_VARIABLE,
    progress: Progress = silent,
) -> Generated:
    """
    Have models of an endpoint that speaks as OpenAI's does answer prompts, and write a line of JSON for each answer.

    What is in the file already is not asked again: the same call goes on with what was broken off, or failed. The
    key is read from the environment and written nowhere.

    Parameters
    ----------
    models
        Names of models, as the endpoint has them; they become the labels.
    out
        File to write or to go on with (.jsonl). When all is done its lines stand in the order of models, samples and
        prompts.
    base_url
        Address of the endpoint, such as ``http://localhost:8000/v1``; else what OPENAI_BASE_URL says, else OpenAI's.
    prompts
        A file of prompts, or the name of a standard panel.
    samples
        Answers to each prompt, each with a seed of its own.
    temperature, max_tokens
        Of each answer; ``max_tokens`` holds for what a model thinks before it answers, too.
    seed
        That from which the seeds of all requests are drawn; None sends none.
    extra
        Further fields of each request, as the server understands them.
    budget
        Most tokens, of prompts and answers, that this call may use; what they might not last for is left unasked.
    concurrency
        Requests under way at once.
    retries
        How often a request is sent again that was limited (429), met a fault (5xx) or broke off.
    timeout
        Seconds for which a server may be silent.
    key_env
        Variable of the environment that holds the key.
    progress
        Told how far it is.

    Raises
    ------
    UsageError
        If the client is not installed, an option cannot be used, or an answer in the file was asked for otherwise.
    BadInputError
        If the prompts cannot be read, or the file is none of this function's.
    EndpointError
        If the endpoint does not answer; what came before is in the file.

    Examples
    --------
    >>> import fastslop as fs
    >>> made = fs.generate("qwen3:8b", "mine.jsonl", base_url="http://localhost:11434/v1")  # doctest: +SKIP
    >>> fs.run("mine.jsonl", "out", beside="known")  # doctest: +SKIP
    """
    names = list(dict.fromkeys([models] if isinstance(models, str) else models))
    if not names or min(samples, max_tokens, concurrency) < 1:
        raise UsageError("one model, sample, token and request at once are the least")
    path = check_target(out, (".jsonl",), force=True)
    sampling = Sampling(temperature, max_tokens, seed, dict(extra or {}))
    requests = requests_of(names, find_prompts(prompts), samples, sampling)
    path.parent.mkdir(parents=True, exist_ok=True)
    with claims_in(path.parent) as claims:
        claims.add(path.name)
        file = AnswersFile(path)
        asked = unanswered(file, requests)
        tally = _tally(names, requests, asked, file)
        with _says_what_is_kept(file), file.open():
            if asked:
                endpoint = Endpoint(Place(base_url, key_env, retries, timeout))
                take = _Taking(file, tally, len(asked), progress)
                ask_all(endpoint, asked, take, concurrency=concurrency, budget=budget)
                _check_any(endpoint, file, tally)
        file.put_in_order(requests)
    own = tuple(tally.values())
    return Generated(path, own, (*file.notes, *_notes_on(own, budget)))


def _tally(
    names: Sequence[str], requests: Sequence[Request], asked: Sequence[Request], file: AnswersFile
) -> dict[str, ModelAnswers]:
    tally = {name: ModelAnswers(name) for name in names}
    left = {request.key for request in asked}
    for request in requests:
        own, is_there = tally[request.model], request.key not in left
        own.n_wanted += 1
        own.n_there += is_there
        own.n_truncated += is_there and file.is_truncated(request.key)
    return tally


class _Taking:
    """Takes outcomes as they come: answers go into the file, all are counted and told to ``progress``."""

    def __init__(self, file: AnswersFile, tally: Mapping[str, ModelAnswers], n_asked: int, progress: Progress) -> None:
        self.file, self.tally, self.n_asked, self.progress = file, tally, n_asked, progress
        self.n_done = 0
        progress("generating", 0, n_asked, "generations")

    def __call__(self, outcome: Outcome) -> None:
        request, answer = outcome
        if not isinstance(answer, Unanswered):
            self.file.add(request, answer)
        self.tally[request.model].take(outcome)
        self.n_done += 1
        self.progress("generating", self.n_done, self.n_asked, "generations")


@contextmanager
def _says_what_is_kept(file: AnswersFile) -> Iterator[None]:
    """Have an error of the endpoint say what there is already."""
    try:
        yield
    except EndpointError as error:
        if not len(file):
            raise
        kept = f"{plural(len(file), 'generation')} in {file.path} kept: ask in the same way again to go on"
        raise EndpointError(f"{error}; {kept}") from None


def _check_any(endpoint: Endpoint, file: AnswersFile, tally: Mapping[str, ModelAnswers]) -> None:
    """Check that there is an answer, whether new or from before.

    Raises
    ------
    EndpointError
        If there is none.
    """
    example = next((f"{own.model}: {own.example}" for own in tally.values() if own.n_failed), None)
    if not len(file) and example is not None:
        raise EndpointError(f"{endpoint.address} answered no prompt, the first to {example}")


def _notes_on(models: Sequence[ModelAnswers], budget: int | None) -> Iterator[str]:
    for own in models:
        if own.n_failed:
            reasons = ", ".join(f"{reason} {n:,}" for reason, n in own.failed.most_common())
            yield (
                f"{own.model}: {plural(own.n_failed, 'prompt')} without an answer ({reasons}), the first: "
                f"{own.example}; the same call asks these again"
            )
        if own.n_truncated:
            yield (
                f"{own.model}: {plural(own.n_truncated, 'answer')} cut off at --max-tokens; they are kept, and counted "
                "as truncated when they are read"
            )
        if own.n_untold:
            yield f"{own.model}: the server does not tell the tokens of {plural(own.n_untold, 'answer')}"
    n_left = sum(own.n_left for own in models)
    if n_left:
        yield (
            f"the budget of {budget:,} tokens might not have lasted for {plural(n_left, 'further prompt')}: not asked; "
            "the same call goes on with as much again"
        )
