"""What waits for answers hears that it is to end, whoever is told."""

from __future__ import annotations

import asyncio
import os
import signal
from threading import Event, Thread

import pytest

from fastslop.generating.asking import ask_all
from fastslop.generating.requests import Request, Sampling
from fastslop.reading.prompt_files import Prompt

REQUEST = Request("model", Prompt("Write."), 0, Sampling(1.0, 10, None))


class Stalled:
    """An endpoint that answers nothing until it is let go."""

    def __init__(self) -> None:
        self.is_asked, self.let_go = Event(), Event()

    async def probe(self) -> None: ...

    async def close(self) -> None: ...

    async def ask(self, request: Request) -> None:
        self.is_asked.set()
        while not self.let_go.is_set():
            await asyncio.sleep(0.01)


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ask_all__hears_a_signal_that_another_thread_was_given() -> None:
    endpoint, is_heard, heard_in_time = Stalled(), Event(), list[bool]()

    def interrupt() -> None:
        endpoint.is_asked.wait()
        os.kill(os.getpid(), signal.SIGUSR1)
        heard_in_time.append(is_heard.wait(10))
        endpoint.let_go.set()

    def hear(*_: object) -> None:
        is_heard.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, hear)
    thread = Thread(target=interrupt)
    thread.start()  # takes signals, as all threads do that start before the next line
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    try:
        with pytest.raises(KeyboardInterrupt):
            ask_all(endpoint, [REQUEST], lambda _: None, concurrency=1)  # type: ignore[arg-type]
    finally:
        thread.join()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})
        signal.signal(signal.SIGUSR1, before)
    assert heard_in_time == [True]
