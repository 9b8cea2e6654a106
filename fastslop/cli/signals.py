"""Signals that end a job: they are exceptions, so that what is half done is cleared up, and none of them is lost."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

AGAIN_S = 0.05
"""Seconds after which a signal that was lost is sent again."""
NOT_INSIDE = "llvmlite."
"""What may not be left by an exception between two of its lines: what LLVM has taken over would be freed twice."""


class Terminated(BaseException):
    """The process was told to end (SIGTERM)."""


ENDING: dict[int, type[BaseException]] = {signal.SIGTERM: Terminated, signal.SIGINT: KeyboardInterrupt}
"""What each signal that ends a job raises."""


@contextmanager
def signals_raised() -> Iterator[None]:
    """Have SIGTERM raise Terminated as SIGINT does KeyboardInterrupt, and neither be lost or do harm inside.

    Python drops an exception that is raised where C called it back, as Numba's cache does while kernels are loaded, and
    the job went on as if it had not been told to end; raised between two lines of llvmlite, it may leave what
    LLVM has taken over to be freed twice, and one job of hundreds ended in a segmentation fault. The signal is then
    sent again.
    """
    handlers, hook = {sent: signal.getsignal(sent) for sent in ENDING}, sys.unraisablehook

    def drop(dropped: UnraisableHookArgs) -> None:
        lost = [sent for sent, raised in ENDING.items() if issubclass(dropped.exc_type, raised)]
        if lost:
            _send_again(lost[0])
        else:
            hook(dropped)

    sys.unraisablehook = drop
    signal.signal(signal.SIGTERM, _raise)
    if handlers[signal.SIGINT] is signal.default_int_handler:  # a shell has background jobs ignore it
        signal.signal(signal.SIGINT, _raise)
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for sent, handler in handlers.items():
            signal.signal(sent, handler)


def _raise(sent: int, frame: FrameType | None) -> None:
    """Raise what a signal stands for, unless the main thread is where nothing may be raised: then, a little later."""
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith(NOT_INSIDE):
            return _send_again(sent)
        frame = frame.f_back
    raise ENDING[sent]


def _send_again(sent: int) -> None:
    again = Timer(AGAIN_S, os.kill, (os.getpid(), sent))
    again.daemon = True
    again.start()
