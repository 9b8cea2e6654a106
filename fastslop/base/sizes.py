"""Sizes of memory as people write them."""

from __future__ import annotations

from fastslop.base.errors import UsageError

LEAST_MEMORY = 500_000_000
"""Least bytes of memory that can be asked for: Python with its libraries and the compiled kernels takes 300 MB."""
UNITS = {"": 1, "B": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
"""Bytes of each unit."""


def bytes_of(size: str | int) -> int:
    """The bytes of a size such as ``800MB`` or ``2GB``; a number is bytes.

    Raises
    ------
    UsageError
        If it is no size, or less than ``LEAST_MEMORY``.

    Examples
    --------
    >>> bytes_of("2GB")
    2000000000
    """
    text = str(size).strip().upper()
    number = text.rstrip("KMGTIB")
    unit = text[len(number) :].replace("I", "").removesuffix("B")
    try:
        n_bytes = int(float(number) * UNITS[unit])
    except (ValueError, KeyError, OverflowError):
        raise UsageError(f"{size!r} is no size; write for example 800MB or 2GB") from None
    if n_bytes < LEAST_MEMORY:
        raise UsageError(f"{size!r} is too little to work with; the least is {LEAST_MEMORY // 10**6}MB")
    return n_bytes
