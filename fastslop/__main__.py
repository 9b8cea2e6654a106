"""``python -m fastslop``, and what the command ``fastslop`` starts."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NoReturn

from fastslop.base.errors import INTERRUPTED


def start() -> NoReturn:
    """Run the command line and leave at once: to take apart all that Numba and Polars made took Python 0.5 s."""
    code: object = 0
    try:
        from fastslop.cli.main import main  # what is interrupted while it loads needs no traceback

        main()
    except SystemExit as leaving:
        code = leaving.code
    except KeyboardInterrupt:  # before it could be told, or when all is done
        code = INTERRUPTED
    if "multiprocessing.util" in sys.modules:  # else semaphores of processes are told to have leaked
        from multiprocessing.util import _run_finalizers  # type: ignore[attr-defined]

        _run_finalizers(0)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed: nobody is left to be told
            stream.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    start()
