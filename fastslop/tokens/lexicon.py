"""Memory of the kernels' lexicon of tokens: made, and enlarged before a kernel needs more."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.tokens.lexicon import Lexicon, refill


def new_lexicon(n_tokens: int, n_bytes: int) -> Lexicon:
    """An empty lexicon with room for ``n_tokens`` tokens, a power of two at least, and ``n_bytes`` bytes of their text.

    A slot of its hash table takes two numbers, and half of the slots at least stay empty. Token 0 is the break.
    """
    n_tokens = 1 << (n_tokens - 1).bit_length()
    return Lexicon(
        np.zeros(4 * n_tokens, np.uint64),
        np.zeros(n_tokens, np.int64),
        np.zeros(n_tokens, np.uint8),
        np.zeros(n_tokens, np.int32),
        np.empty(n_bytes, np.uint8),
        np.ones(1, np.int64),
    )


def with_room(lexicon: Lexicon, n_tokens: int, n_bytes: int) -> Lexicon:
    """The same lexicon if it has room for ``n_tokens`` tokens more, of ``n_bytes`` bytes; else a copy with twice the
    room needed."""
    used = int(lexicon.used[0])
    used_bytes = int(lexicon.ends[used - 1])
    if 4 * (used + n_tokens) <= len(lexicon.slots) and used_bytes + n_bytes <= len(lexicon.arena):
        return lexicon
    larger = new_lexicon(2 * (used + n_tokens), 2 * (used_bytes + n_bytes))
    for column in ("ends", "kinds", "n_chars"):
        getattr(larger, column)[:used] = getattr(lexicon, column)[:used]
    larger.arena[:used_bytes] = lexicon.arena[:used_bytes]
    larger.used[0] = used
    refill(lexicon.slots, larger.slots)
    return larger
