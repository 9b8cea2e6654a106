"""Capitals inside of sentences, where they are a word's own.

Words that stand side by side, or with commas between, are a *stretch*; every other mark, a number and a line's end cut
it. A stretch's first word may have its capital from its place, whether a sentence, a quotation, a heading or an item of
a list begins there.
"""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import IS_COMMA, IS_WORD, ONE
from fastslop._kernels.machine.intrinsics import borrowed
from fastslop._kernels.machine.jit import inlined, kernel


@inlined
def take_back(tokens, capitals, flags, first, end, counts):
    """Take the words ``first:end`` from ``counts``."""
    for t in range(first, end):
        token = tokens[t]
        if flags[token] & IS_WORD != 0:
            counts[token, 0] -= np.uint32(1)
            counts[token, 1] -= capitals[t]


@kernel
def count_capitals(tokens, doc_ends, capitals, flags, counts):
    """Count how often each word stands inside a stretch, and how often with a capital there.

    The words of headings are not counted: of stretches in which the words with a capital, without the first word,
    outnumber those without.

    Parameters
    ----------
    tokens, doc_ends
        Tokens u32 of documents, and where each document's end, i64[documents].
    capitals
        Whether each token is a word that begins with a capital, u8.
    flags
        By token of the lexicon, u8.
    counts
        u32[tokens of the lexicon, 2], written: occurrences inside stretches, and those with a capital, are added.
    """
    tokens, capitals, flags, counts = borrowed(tokens), borrowed(capitals), borrowed(flags), borrowed(counts)
    t = np.uint64(0)
    for d in range(len(doc_ends)):
        end = np.uint64(doc_ends[d])
        while t < end:
            if flags[tokens[t]] & IS_WORD == 0:
                t += ONE
                continue
            n_small = np.int64(capitals[t] == 0)
            n_capital = np.int64(0)
            second = t = t + ONE
            while t < end:
                token = tokens[t]
                flag = flags[token]
                if flag & (IS_WORD | IS_COMMA) == 0:
                    break
                is_word = np.int64(flag & IS_WORD != 0)
                is_capital = np.int64(capitals[t])
                n_small += is_word - is_capital
                n_capital += is_capital
                counts[token, 0] += is_word
                counts[token, 1] += is_capital
                t += ONE
            if n_capital > n_small:
                take_back(tokens, capitals, flags, second, t, counts)
