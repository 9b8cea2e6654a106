"""An S3 server on this machine, which counts requests, and answers some of them as a bad day does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count, cycle
from pathlib import Path
from threading import Thread
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import WSGIRequestHandler, make_server

KEY, SECRET = "AKIAEXAMPLEKEY", "example/secret+key"
FAULTS = (500, 503, "cut")
NUMBERS = count()


class Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Nothing is written to the log."""


class Server:
    """moto's S3, served by threads of this process on a port that was free.

    ``requests``: method, path and range of each one. Every ``fails_every``th fails by chance, in one of three
    ways: with 500, with 503, or half of the answer. ``answer``: a status and a body for all
    requests.
    """

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, str]] = []
        self.fails_every = 0
        self.answer: tuple[str, str] | None = None
        self.n_failed = 0
        self._faults = cycle(FAULTS)
        self._app = create_backend_app("s3")
        self._server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = (environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("HTTP_RANGE", ""))
        self.requests.append(request)
        if self.answer is not None:
            status, body = self.answer
            start_response(status, [("Content-Length", str(len(body)))])
            return [body.encode()]
        if self.fails_every and len(self.requests) % self.fails_every == 0:
            self.n_failed += 1
            fault = next(self._faults)
            if fault != "cut":
                start_response(f"{fault} Failed by chance", [("Content-Length", "0")])
                return []
            return cut(b"".join(self._app(environ, start_response)))
        return self._app(environ, start_response)


def cut(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    raise ConnectionAbortedError


class Bucket:
    """A bucket of the server, which is filled and read without any request."""

    def __init__(self, server: Server) -> None:
        self.server, self.name = server, f"bucket-{next(NUMBERS)}"
        self.backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        self.backend.create_bucket(self.name, "us-east-1")

    def __str__(self) -> str:
        return f"s3://{self.name}"

    def put(self, key: str, content: bytes) -> None:
        self.backend.put_object(self.name, key, content)

    def put_all(self, folder: Path, under: str) -> str:
        """Put all files of a folder; returns their address."""
        for path in folder.rglob("*"):
            if path.is_file():
                self.put(f"{under}/{path.relative_to(folder).as_posix()}", path.read_bytes())
        return f"{self}/{under}"

    def contents(self, under: str = "") -> dict[str, bytes]:
        """What objects hold, by the last names of their keys."""
        keys = self.backend.buckets[self.name].keys
        return {key.rpartition("/")[2]: keys[key].value for key in list(keys) if key.startswith(under)}

    def delete(self, key: str) -> None:
        self.backend.delete_object(self.name, key)

    def n_requests(self) -> int:
        """Requests since this was asked last."""
        n = len(self.server.requests)
        self.server.requests.clear()
        return n
