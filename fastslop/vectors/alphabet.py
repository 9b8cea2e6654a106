r"""Tables of code points: whether each is of the class ``\w``, and its lower case, as this Python has them."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.vectors.word_runs import NEEDS_LOWER, OUTSIDE_ASCII, Alphabet

N_CODE_POINTS = 0x110000
DOTTED_I, SIGMA = "\u0130", "\u03a3"
"""Capitals whose lower case is two characters (I with a dot) or depends on the word (sigma), as ``str.lower`` knows."""


@cache
def alphabet(lowercase: bool) -> Alphabet:
    """The tables of all code points, read off the interpreter's own functions: the same Unicode version as ``re``."""
    every = np.arange(N_CODE_POINTS, dtype="<u4")
    fold = _lowered(every) if lowercase else every.astype(np.uint32)
    is_word = _is_word(every)[fold]
    code = np.where(is_word, np.where(fold < 128, fold, OUTSIDE_ASCII), 0).astype(np.uint8)
    if lowercase:
        code[[ord(DOTTED_I), ord(SIGMA)]] = NEEDS_LOWER
    return Alphabet(code, fold, np.array([32 if lowercase else 0], np.uint8))


def _lowered(points: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The lower case of each code point, where it is a single one that does not depend on others."""
    plain = points.copy()
    plain[[ord(DOTTED_I), ord(SIGMA)]] = 0
    lowered = plain.tobytes().decode("utf-32-le", "surrogatepass").lower()
    return np.frombuffer(lowered.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint32)


def _is_word(points: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Whether each code point is of the class ``\\w``; ``points`` are all of them, in order."""
    is_word = np.zeros(len(points), np.bool_)
    for run in re.finditer(r"\w+", points.tobytes().decode("utf-32-le", "surrogatepass")):
        is_word[run.start() : run.end()] = True
    return is_word
