"""A stand-in for a server of language models, for documents and tests: it speaks as OpenAI's API does.

``python scripts/stand_in.py`` serves ``my-model`` at http://localhost:8000/v1 until it is interrupted. Its texts are
those of a synthetic model of the demo (``fastslop/demo/models.py``): they answer no prompt, but have habits.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

from fastslop.demo import models

MODEL, WRITES_LIKE = "my-model", "synthetic-birch-1"
PORT = 8000


@dataclass(frozen=True)
class Reply:
    """What is sent back: ``cut`` breaks the connection off after so many bytes, ``until`` waits before it begins."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    until: Event | None = None


Answering = Callable[[Mapping[str, Any]], Reply]
"""What a request for a chat completion is answered with."""


def completion(text: str | None, finish_reason: str = "stop", *, usage: bool = True, **message: Any) -> dict[str, Any]:
    """A chat completion; a word counts as a token of the usage."""
    counts = {"prompt_tokens": 10, "completion_tokens": len((text or "").split()), "total_tokens": 0}
    choice = {"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", "content": text, **message}}
    return {"object": "chat.completion", "choices": [choice], **({"usage": counts} if usage else {})}


def replied(value: Any, status: int = 200, **headers: str) -> Reply:
    """A reply with JSON in it."""
    return Reply(json.dumps(value).encode(), status, {"Content-Type": "application/json", **headers})


@cache
def _author() -> models.SyntheticModel:
    return next(model for model in models.models() if model.label == WRITES_LIKE)


def written(request: Mapping[str, Any]) -> Reply:
    """A text of the synthetic model for what is asked; the seed of the request chooses which."""
    asked = "\n".join(turn["content"] for turn in request["messages"])
    return replied(completion(models.answer_by(_author(), asked, request.get("seed", 0))))


@dataclass
class StandIn:
    """A running server; ``requests`` holds those for completions, with the key that each came with."""

    address: str
    requests: list[tuple[dict[str, Any], str]]


@contextmanager
def stand_in(answer: Answering = written, *, port: int = 0, names: tuple[str, ...] = (MODEL,)) -> Iterator[StandIn]:
    """Serve on this machine alone, on a free port unless one is given, while the context lasts."""
    lock, requests = Lock(), list[tuple[dict[str, Any], str]]()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            is_known = self.path == "/v1/models" and bool(names)
            self._send(
                replied({"object": "list", "data": [{"id": name, "object": "model"} for name in names]})
                if is_known
                else replied({"error": {"message": "not here"}}, 404)
            )

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                requests.append((request, self.headers.get("Authorization", "").removeprefix("Bearer ")))
            is_known = self.path == "/v1/chat/completions"
            self._send(answer(request) if is_known else replied({"error": {"message": "not here"}}, 404))

        def _send(self, reply: Reply) -> None:
            if reply.until is not None:
                reply.until.wait()
            with suppress(ConnectionError):  # who asked may be gone
                self.send_response(reply.status)
                for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body[: reply.cut])
            self.close_connection = self.close_connection or reply.cut is not None

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server(("127.0.0.1", port), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield StandIn(f"http://127.0.0.1:{server.server_address[1]}/v1", requests)
        finally:
            server.shutdown()


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A stand-in for a server of models; see the text of this file.")
    parser.add_argument("--port", type=int, default=PORT)
    with stand_in(port=parser.parse_args().port) as server, suppress(KeyboardInterrupt):
        print(f"{MODEL} at {server.address}", flush=True)
        Event().wait()


if __name__ == "__main__":
    main()
