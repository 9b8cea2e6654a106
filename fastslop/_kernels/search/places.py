"""Words about the places of phrases."""

from __future__ import annotations

from fastslop._kernels.machine.constants import IS_BREAK, IS_WORD
from fastslop._kernels.machine.jit import inlined, kernel


@inlined
def put_words(tokens, flags, keys, at, stop, step, out):
    """The words from ``at`` towards ``stop``, as far as the sentence goes and ``out`` has room; 0 behind them."""
    n = 0
    while at != stop and n < len(out):
        flag = flags[tokens[at]]
        if flag & IS_BREAK:
            break
        if flag & IS_WORD:
            out[n] = keys[tokens[at]]
            n += 1
        at += step
    out[n:] = 0


@kernel
def words_about(tokens, flags, keys, begins, starts, ends, stops, before, inside, after):
    """Words of places in documents, as the u64 ``keys`` of their tokens, 0 behind the last.

    ``begins`` and ``stops`` i64[places] bound the document of each place, which is at tokens ``starts`` to ``ends``.
    Written, u64[places, words]: words ``before``, the nearest first, and ``after`` it; ``inside`` has room for a word
    for each token.
    """
    for i in range(len(starts)):
        put_words(tokens, flags, keys, starts[i] - 1, begins[i] - 1, -1, before[i])
        put_words(tokens, flags, keys, starts[i], ends[i], 1, inside[i])
        put_words(tokens, flags, keys, ends[i], stops[i], 1, after[i])
