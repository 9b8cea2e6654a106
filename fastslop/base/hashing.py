"""Hashes of strings: FNV-1a for the keys of words, prompts and labels, and a faster one for whole texts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import MIX
from fastslop._kernels.machine.fnv import fnv1a_many
from fastslop._kernels.machine.pieces import text_keys


def mixed(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix keys u64 so that their order has nothing to do with the hashed texts: the smallest are then a fair draw."""
    products = keys * MIX
    return np.asarray((products ^ (products >> np.uint64(29))) * MIX)


def hash_texts(text: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A hash u64 of each text, ``text`` cut at ``offsets`` (one more than texts): see the kernel ``text_keys``."""
    keys = np.empty(len(offsets) - 1, np.uint64)
    text_keys(text, offsets[:-1], offsets[1:], keys)
    return keys


def hash_bytes(text: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.uint64]:
    keys = np.empty(len(offsets) - 1, np.uint64)
    fnv1a_many(text, offsets[:-1], offsets[1:], keys)
    return keys


def hash_strings(strings: tuple[str, ...] | list[str]) -> NDArray[np.uint64]:
    """FNV-1a 64 of each string's UTF-8.

    References
    ----------
    Fowler, Noll, Vo: draft-eastlake-fnv, section 2; its test vector for "a" is 0xAF63DC4C8601EC8C.
    """
    encoded = [s.encode() for s in strings]
    ends = np.cumsum([len(e) for e in encoded], dtype=np.int64)
    starts = ends - np.array([len(e) for e in encoded], np.int64)
    keys = np.empty(len(encoded), np.uint64)
    fnv1a_many(np.frombuffer(b"".join(encoded) or b"\0", np.uint8), starts, ends, keys)
    return keys
