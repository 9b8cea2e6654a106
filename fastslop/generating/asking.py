"""Requests under way, so many at once and within a budget of tokens, in a thread with an event loop of its own.

In the caller's thread a notebook may have a loop already, and an interrupt must be able to end the wait at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from fastslop.generating.answers import Answer, EndpointError, Unanswered
from fastslop.generating.endpoint import Endpoint
from fastslop.generating.requests import Request

MOST_FAILURES = 10
"""Requests that may fail one after the other, before the fault is the endpoint's."""
LAST_WORDS_S = 2.0
"""Seconds that connections have to be closed when a job is interrupted."""
LISTENS_S = 0.2
"""Seconds after which the thread that waits for answers looks whether it was interrupted."""


class Outcome(NamedTuple):
    """A request, and its answer or why it has none."""

    request: Request
    answer: Answer | Unanswered


class Purse:
    """The tokens that may be used: what requests under way may take is set aside, so that no more are used.

    ``spent`` counts tokens as the server tells them; an answer of which it tells none has taken all that was set aside.
    """

    def __init__(self, budget: int | None) -> None:
        self.budget, self.spent, self.reserved = budget, 0, 0
        self.is_empty = False
        self._changed = asyncio.Condition()

    async def reserve(self, n_tokens: int) -> bool:
        """Set tokens aside, once there are so many; False if there never will be."""
        async with self._changed:
            while not self.is_empty and self.budget is not None:
                if self.spent + self.reserved + n_tokens <= self.budget:
                    break
                if not self.reserved:
                    self.is_empty = True
                    self._changed.notify_all()
                else:
                    await self._changed.wait()
            self.reserved += 0 if self.is_empty else n_tokens
            return not self.is_empty

    async def settle(self, n_reserved: int, n_spent: int) -> None:
        """Give back what was set aside, less what was used."""
        async with self._changed:
            self.reserved -= n_reserved
            self.spent += n_spent
            self._changed.notify_all()


class _Job:
    """The requests of one call, worked off in one event loop."""

    def __init__(self, endpoint: Endpoint, requests: Iterable[Request], budget: int | None) -> None:
        self.endpoint = endpoint
        self.left = iter(requests)
        self.purse = Purse(budget)
        self.done: SimpleQueue[Outcome | None] = SimpleQueue()
        self.error: BaseException | None = None
        self.n_failed_in_a_row = 0

    async def run(self, concurrency: int) -> None:
        """Work all off; ``None`` behind the last outcome."""
        try:
            await self.endpoint.probe()
            async with asyncio.TaskGroup() as workers:
                for _ in range(concurrency):
                    workers.create_task(self._work())
        except EndpointError as error:
            self.error = error
        finally:
            with suppress(Exception):
                await self.endpoint.close()

    async def _work(self) -> None:
        for request in self._requests():
            if not await self.purse.reserve(request.most_tokens):
                return
            answer = None
            try:
                if self.error is None:  # while this waited for tokens
                    answer = await self._answer(request)
            finally:
                spent = 0 if answer is None else answer.n_tokens
                await self.purse.settle(request.most_tokens, request.most_tokens if spent is None else spent)
            if answer is None:
                return
            self.done.put(Outcome(request, answer))
            self._see_whether_all_fail(request, answer)

    async def _answer(self, request: Request) -> Answer | Unanswered | None:
        """An answer, or why there is none; None where no request has one. Others under way are paid for, and go on."""
        try:
            return await self.endpoint.ask(request)
        except Unanswered as none:
            return none
        except EndpointError as error:
            self.error = self.error or error
            return None

    def _requests(self) -> Iterator[Request]:
        """The requests that nobody works at, until one shows that the endpoint is not there."""
        while self.error is None and (request := next(self.left, None)) is not None:
            yield request

    def _see_whether_all_fail(self, request: Request, answer: Answer | Unanswered) -> None:
        self.n_failed_in_a_row = self.n_failed_in_a_row + 1 if isinstance(answer, Unanswered) else 0
        if self.n_failed_in_a_row == MOST_FAILURES and self.error is None:
            self.error = EndpointError(
                f"{self.endpoint.address}: {MOST_FAILURES} requests in a row have no answer, the last to "
                f"{request.model}: {answer}"
            )


def ask_all(
    endpoint: Endpoint,
    requests: Iterable[Request],
    take: Callable[[Outcome], object],
    *,
    concurrency: int,
    budget: int | None = None,
) -> None:
    """
    Ask for all answers, and hand each to ``take`` as it comes, in this thread; before an interrupt goes on, too.

    Parameters
    ----------
    endpoint
        What is asked; it is closed at the end.
    requests
        What to ask for, in this order.
    take
        Told of each outcome.
    concurrency
        Requests under way at once.
    budget
        Tokens that may be used; when they might not last for a further request, the rest is left unasked.

    Raises
    ------
    EndpointError
        If the endpoint does not answer; what was under way has been waited for.
    """
    job = _Job(endpoint, requests, budget)
    loop = asyncio.new_event_loop()
    task = loop.create_task(job.run(concurrency))

    def work() -> None:
        try:
            with suppress(asyncio.CancelledError):
                loop.run_until_complete(task)
        except Exception as error:  # a fault of ours: told where the caller sees it
            job.error = error
        finally:
            loop.close()
            job.done.put(None)

    thread = Thread(target=work, name="fastslop-generate", daemon=True)
    thread.start()
    try:
        while (outcome := _next_of(job.done)) is not None:
            take(outcome)
    except BaseException:
        with suppress(RuntimeError):  # it has just ended
            loop.call_soon_threadsafe(task.cancel)
        thread.join(LAST_WORDS_S)
        while not job.done.empty() and (outcome := job.done.get()) is not None:
            take(outcome)
        raise
    thread.join()
    if job.error is not None:
        raise job.error


def _next_of(done: SimpleQueue[Outcome | None]) -> Outcome | None:
    """The next outcome, waited for in short turns.

    A signal that comes just before the wait, or that the system gives to another thread, does not end it: Python hears
    of it when the wait is over. With a server that had stalled, that was never.
    """
    while True:
        with suppress(Empty):
            return done.get(timeout=LISTENS_S)
