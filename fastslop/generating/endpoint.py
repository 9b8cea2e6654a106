"""An endpoint that speaks as OpenAI's does, by the client of OpenAI: requests, what they answer, and why they fail."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastslop.base.errors import UsageError
from fastslop.base.wording import meant
from fastslop.generating.answers import MALFORMED, Answer, EndpointError, Unanswered, answer_of
from fastslop.generating.requests import Request

NO_KEY = "none"
"""Sent where no key is known: servers of one's own want none, and the client wants something."""
CONNECT_S, PROBE_S = 5.0, 10.0
"""Seconds in which a server is to take a connection, and to say that it is there."""
MOST_SAID = 300
"""Most characters of what a server said that a message repeats."""
OPENAI = "https://api.openai.com/v1"
UNAUTHORIZED, NO_CREDIT, NOT_FOUND, TOO_MANY = 401, 402, 404, 429
FAULT = 500
"""The first of the HTTP status codes that are faults of the server."""
_LIMITS = ("max_tokens", "max_completion_tokens")
"""Names of the field for the most tokens: what all servers know, and what OpenAI's later models ask for."""


@dataclass(frozen=True)
class Place:
    """Where an endpoint is, how patiently it is asked, and the variable of the environment that holds its key."""

    base_url: str | None
    key_variable: str
    retries: int
    timeout: float


class Endpoint:
    """A client of one endpoint, to be used and closed in one event loop.

    Raises
    ------
    UsageError
        If the client is not installed, the address is none, or the key cannot be sent.
    EndpointError
        If OpenAI is asked without a key.
    """

    def __init__(self, place: Place) -> None:
        try:
            import openai
        except ImportError as error:
            raise UsageError('generate needs the client of OpenAI: pip install "fastslop[generate]"') from error
        self._openai, self.place = openai, place
        url = place.base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI
        self.address = _address(url)
        self._key = os.environ.get(place.key_variable, "").strip()
        if not self._key and url.startswith(OPENAI):
            raise EndpointError(f"{self.address} wants a key: set {place.key_variable}, or name another --base-url")
        if not (self._key.isascii() and self._key.isprintable()):
            raise UsageError(f"what {place.key_variable} holds is no key: it has characters that no header may have")
        timeout = openai.Timeout(place.timeout, connect=min(CONNECT_S, place.timeout))
        self._client = openai.AsyncOpenAI(
            base_url=url, api_key=self._key or NO_KEY, max_retries=place.retries, timeout=timeout
        )
        self._limit = _LIMITS[0]

    async def close(self) -> None:
        """End the connections."""
        await self._client.close()

    async def probe(self) -> None:
        """See whether a server is there; what it says does not matter.

        Raises
        ------
        EndpointError
            If there is none.
        """
        try:
            await self._models()
        except self._openai.APIConnectionError as error:
            if _is_unreachable(error):
                raise self._no_server(error) from None
        except (self._openai.OpenAIError, ValueError):
            return

    async def ask(self, request: Request) -> Answer:
        """
        The answer to a request. What fails for a while is asked again by the client, after the wait that it is told.

        Raises
        ------
        Unanswered
            If there is no answer to it, which may be otherwise for another request.
        EndpointError
            If there is none to any.
        """
        openai = self._openai
        try:
            raw = await self._create(request)
        except openai.APIConnectionError as error:
            if _is_unreachable(error):
                raise self._no_server(error) from None
            if isinstance(error, openai.APITimeoutError):
                waited = f"silent for {self.place.timeout:g} s; raise --timeout, or ask for less by --max-tokens"
                raise Unanswered("no answer in time", waited) from None
            raise Unanswered("the connection broke off", type(error.__cause__).__name__) from None
        except openai.APIStatusError as error:
            raise await self._explained(error, request) from None
        try:
            completion = json.loads(raw)
        except ValueError:
            completion = None
        if not isinstance(completion, Mapping):
            raise Unanswered(MALFORMED, self._said(raw))
        try:
            return answer_of(completion)
        except Unanswered as none:
            raise Unanswered(none.reason, self._said(none.detail), none.n_tokens) from None

    async def _create(self, request: Request) -> str:
        """The body of what is answered."""
        sampling = request.sampling
        body: dict[str, Any] = {"temperature": sampling.temperature}
        body |= {"seed": request.seed} if request.seed is not None else {}
        limit = self._limit
        extra = {limit: sampling.max_tokens, **sampling.extra}
        ask = self._client.chat.completions.with_raw_response.create
        try:
            answered = await ask(model=request.model, messages=request.messages, extra_body=extra, **body)  # type: ignore[arg-type]
        except self._openai.BadRequestError as error:
            if limit == _LIMITS[1] or _LIMITS[1] not in str(error):
                raise
            self._limit = _LIMITS[1]
            return await self._create(request)
        return str(answered.http_response.text)

    async def _explained(self, error: Any, request: Request) -> Exception:
        """What a status code other than 200 means: for this request, or for all."""
        status, said = error.status_code, self._said(_message_in(error.body))
        if status == UNAUTHORIZED:
            return EndpointError(f"{self.address} does not accept the key for {request.model}: {self._about_key()}")
        if status == NO_CREDIT:
            return EndpointError(f"{self.address} wants to be paid before {request.model} goes on: {said}")
        if status == NOT_FOUND:
            return EndpointError(await self._not_found(request, said))
        if status == TOO_MANY:
            return EndpointError(
                f"{self.address} takes no more requests for {request.model}, also after {self.place.retries} more "
                f"tries: {said}; ask less at once (--concurrency 1), wait longer (--retries), or go on later"
            )
        if status >= FAULT:
            return Unanswered(f"server error {status}", said)
        return Unanswered(f"rejected ({status})", said)

    def _about_key(self) -> str:
        variable = self.place.key_variable
        if self._key:
            return f"that in {variable} is wrong, or another service's; name the variable of the right one by --key-env"
        return f"there is none in {variable}; set it, or name another variable by --key-env"

    async def _not_found(self, request: Request, said: str) -> str:
        """What may be wrong: the model's name, if the server tells its models, else the address."""
        names: Sequence[str] = ()
        with suppress(self._openai.OpenAIError, ValueError, AttributeError, TypeError):
            names = await self._models()
        if names and request.model not in names:
            return f"{self.address} has no model {request.model!r}; {meant(request.model, names)}"
        ends = "" if self.address.rstrip("/").endswith("/v1") else "; the address of most servers ends in /v1"
        return f"{self.address} has no model {request.model!r}, or is no address of an endpoint: {said}{ends}"

    async def _models(self) -> list[str]:
        client = self._client.with_options(max_retries=0, timeout=min(PROBE_S, self.place.timeout))
        return [model.id async for model in client.models.list()]

    def _no_server(self, error: Exception) -> EndpointError:
        reason = self._said(str(error.__cause__ or error))
        return EndpointError(f"no server answers at {self.address} ({reason}); start it, or correct --base-url")

    def _said(self, text: str) -> str:
        """What a server said, on one line and without the key, which it may repeat."""
        line = " ".join(text.split())
        line = line.replace(self._key, "[key]") if self._key else line
        return line if len(line) <= MOST_SAID else f"{line[:MOST_SAID]}…"


def _is_unreachable(error: Exception) -> bool:
    """Whether no connection was made; the client tells this from others by its cause alone."""
    return type(error.__cause__).__name__ in ("ConnectError", "ConnectTimeout")


def _message_in(body: object) -> str:
    """What the body of a refusal says: the message of its error, where it has one."""
    while isinstance(body, Mapping) and ("error" in body or "message" in body):
        body = body["error"] if "error" in body else body["message"]
    return str(body or "no reason given")


def _address(url: str) -> str:
    """An address as messages name it: without a user's name and password, and what is asked of it.

    Raises
    ------
    UsageError
        If it is none.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.scheme not in ("http", "https"):
        raise UsageError("--base-url is no address; write one such as http://localhost:8000/v1")
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path.rstrip('/')}"
