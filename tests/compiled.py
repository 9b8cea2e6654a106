"""Helpers of kernels, for tests that call them from Python."""

from __future__ import annotations

from typing import Any

from numba import njit


def for_python(helper: Any) -> Any:
    """What only kernels call, compiled so that Python may."""
    return njit(getattr(helper, "py_func", helper))  # where kernels are interpreted it is the function
