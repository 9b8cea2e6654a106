"""Constants that several kernels, and the modules that call them, share."""

from __future__ import annotations

import numpy as np

# Classes of code points, the low bits of the class table ...
SPACE, LETTER, COMBINING, APOSTROPHE, BASE, DIGIT, MARK, STOP, NEWLINE, BREAK, IGNORE = range(11)
CLASS_MASK = 0x1F
# ... and its flags: the text around this code point is not its own normal form, or may not be.
NEEDS_NFKC = 0x80
REORDERS = 0x40
# ... and: it is a capital letter, or its normal form is one.
IS_CAPITAL = 0x20

# Flags of a token of the lexicon. Token 0 is no token but the break between two.
IS_WORD, IS_MARK, IS_STOPWORD, IS_BREAK, IS_SHORT, IS_COMMA = 1, 2, 4, 8, 16, 32
BREAK_TOKEN = 0

MARK_RUN = np.uint64(4)
"""A run of one mark counts as that mark repeated, four at most: a level-four heading and a ruler are both ``----``."""

MASK_BYTES = 64
"""Bytes examined together: a mask u64 has a bit for each."""
SLACK = MASK_BYTES + 8
"""Items of scratch used beyond a document's bytes and runs: a mask reads past the end, and edges are put by eights."""

MIX = np.uint64(0x9E3779B97F4A7C15)
"""Multiplier of hashes: 2**64 divided by the golden ratio (Knuth, The Art of Computer Programming, vol. 3, 6.4)."""
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
ONE = np.uint64(1)
ZERO = np.int64(0)
"""First value of a variable that is passed to other functions. The literal 0 has a type of its own in Numba, and each
function would be compiled for it, too."""

N_BLOCKS = 64
"""Blocks that prompts are put into. A row in no more prompts than this keeps the count of each prompt."""
BLOCK_FLAG = np.uint32(0x80000000)
"""Bit of a unit that says it is a block of prompts, not a prompt."""

APOSTROPHE_BYTE = np.uint8(39)
NEWLINE_BYTE = np.uint8(10)
ZERO_BYTE = np.uint8(48)
FULL_STOP_BYTE = 46
