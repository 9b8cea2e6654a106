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


class Terminated(BaseException):
    """The process was told to end (SIGTERM)."""


@contextmanager
def signals_raised() -> Iterator[None]:
    """Have SIGTERM raise Terminated as SIGINT does KeyboardInterrupt, and neither be lost inside.

    Python drops an exception that is raised where C called it back, as Numba's cache does while kernels are loaded, and
    the job went on as if it had not been told to end. The signal is then sent again.
    """
    before, hook = signal.signal(signal.SIGTERM, _terminate), sys.unraisablehook

    def drop(dropped: UnraisableHookArgs) -> None:
        if issubclass(dropped.exc_type, (Terminated, KeyboardInterrupt)):
            sent = signal.SIGTERM if issubclass(dropped.exc_type, Terminated) else signal.SIGINT
            again = Timer(AGAIN_S, os.kill, (os.getpid(), sent))
            again.daemon = True
            again.start()
        else:
            hook(dropped)

    sys.unraisablehook = drop
    try:
        yield
    finally:
        sys.unraisablehook = hook
        signal.signal(signal.SIGTERM, before)


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise Terminated
