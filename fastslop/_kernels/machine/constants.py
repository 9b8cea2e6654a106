"""What several kernels, and the modules that call them, agree on."""

from __future__ import annotations

import numpy as np

# Classes of code points, the low bits of the class table ...
SPACE, LETTER, COMBINING, APOSTROPHE, BASE, DIGIT, MARK, STOP, NEWLINE, BREAK, IGNORE = range(11)
CLASS_MASK = 0x1F
# ... and its flags: the text around this code point is not its own normal form, or may not be.
NEEDS_NFKC = 0x80
REORDERS = 0x40

# Flags of a token of the lexicon. Token 0 is no token but the break between two.
IS_WORD, IS_MARK, IS_STOPWORD, IS_BREAK, IS_SHORT = 1, 2, 4, 8, 16
BREAK_TOKEN = 0

MARK_RUN = np.uint64(4)
"""A run of one mark counts as that mark repeated, four at most: a level-four heading and a ruler are both ``----``."""

MASK_BYTES = 64
"""Bytes looked at together, by masks of a bit for each."""
SLACK = MASK_BYTES + 8
"""How much further than a document's bytes and runs its scratch is used."""

MIX = np.uint64(0x9E3779B97F4A7C15)
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
ONE = np.uint64(1)
ZERO = np.int64(0)
"""Where a number begins that is handed on: to Numba 0 is a type of its own, for which all that follows is compiled
again."""

N_BLOCKS = 64
"""Prompts fall into this many blocks. Up to as many prompts every row keeps each prompt's count."""
BLOCK_FLAG = np.uint32(0x80000000)

APOSTROPHE_BYTE = np.uint8(39)
NEWLINE_BYTE = np.uint8(10)
ZERO_BYTE = np.uint8(48)
FULL_STOP_BYTE = 46
