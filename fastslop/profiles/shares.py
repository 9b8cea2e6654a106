"""The share of its n-grams that a scaled profile has: those whose hash is small, whoever counts them.

Every profile of one ``scaled`` keeps the same n-grams, and those of a larger one are among them (FracMinHash: Irber et
al. 2022, Lightweight compositional analysis of metagenomes with FracMinHash and minimum metagenome covers). So they add
up as whole profiles do, and what is computed of them is of a fair sample of n-grams.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.profiles.packed_rows import rows_in_share
from fastslop.base.arrays import Ids, Keys


def most_hash(scaled: int) -> np.uint64:
    """The largest hash u64 of the n-grams of which one in ``scaled`` is kept."""
    return np.uint64((1 << 64) // scaled - 1)


def in_share(ids: Ids, token_keys: Keys, scaled: int) -> NDArray[np.bool_]:
    """Which n-grams ``ids`` u32[rows, order] are kept of one in ``scaled``, bool[rows]; ``token_keys`` are u64."""
    is_inside = np.empty(len(ids), np.bool_)
    rows_in_share(ids, token_keys, most_hash(scaled), is_inside)
    return is_inside
