"""Guards: documents that loop, refuse, break off, or have the text of another.

A verdict depends on the document's own text, and on how its service says that it ended, so it does not matter with
which others it is counted. The only exception, duplicates, are counted after the last merge, from the hashes of all
texts. docs/method.md has the rules.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.tokens.guards import find_loops as find_loops_kernel
from fastslop._kernels.tokens.guards import find_open_ends
from fastslop.base.hashing import hash_texts
from fastslop.tokens.refusals import MOST_BYTES, first_pairs, may_open, opens_as_refusal
from fastslop.tokens.unicode import code_points

RUN = 10
"""Tokens of a run that is a repeat if it stood there before: the longest n-grams by which Rae et al. (2021, table A1)
judge repetition."""
LEAST_REPEATED = 200
"""Least repeated tokens of a document that loops: a short song may be little but its chorus."""
REFUSAL_BYTES = 1000
"""Bytes from which on a document is no refusal, however it opens: what follows is then an answer."""
WHOLE, TRUNCATED, REFUSED = 0, 1, 2
"""Endings that a service tells of a document: none in particular, at the limit of length, by a filter or a refusal."""
JOINTS = ",;:\u060c\u061b\u3001\uff0c\uff1a\uff1b"
"""Marks after which a sentence goes on."""

_APOLOGY = r"(?:(?:i'm|i am) (?:very |really |so )?sorry|sorry|i apologi[sz]e|my apologies|unfortunately) (?:but )?"
_INABILITY = r"(?:i (?:can't|cannot|can not|won't|will not)|(?:i'm|i am) (?:unable|not able) to|i must decline to) "
_SERVICE = r"assist|comply|engage in|fulfill?|generate|help (?:you )?with|participate in|provide|recreate|reproduce"
_IDENTITY = r"as an? (?:ai|artificial intelligence|(?:large )?language model)"
_DECLINED = rf"{_APOLOGY}{_INABILITY}(?:{_SERVICE}|complete|create|write)|{_INABILITY}(?:{_SERVICE})"
REFUSAL = rf"(?:{_DECLINED}|(?:{_APOLOGY})?{_IDENTITY})\b"
"""Pattern of a refusal's opening in English: an apology, or none; an inability with a verb of service, or "as an AI".

The openings are those of Zou et al. (2023, *Universal and transferable adversarial attacks on aligned language models*)
and of the lists that followed. The verb must be there, since "Sorry" and "I can't" by themselves open stories too.
"""
_PATTERN = re.compile(
    rf"[\s*_]*{REFUSAL}".replace("'", "(?:'|\u2019|\u02bc)").replace(" ", "[^a-z0-9]{1,6}").encode(), re.IGNORECASE
)


@dataclass(frozen=True)
class Guarded:
    """How many generations of a profile loop, refuse, and break off (see ``Verdicts``)."""

    looping: int = 0
    refused: int = 0
    truncated: int = 0

    def __add__(self, other: Guarded) -> Guarded:
        """The sum of both, guard by guard."""
        return Guarded(*(a + b for a, b in zip(asdict(self).values(), asdict(other).values(), strict=True)))


class Verdicts(NamedTuple):
    """Verdicts by document: whether it loops, refuses (never both) or breaks off, and ``keys`` u64, its text's hash."""

    looping: NDArray[np.bool_]
    refused: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    keys: NDArray[np.uint64]

    @property
    def is_suspect(self) -> NDArray[np.bool_]:
        """Whether each document loops or refuses, and so is set aside where the specification says so."""
        return self.looping | self.refused

    def take(self, rows: NDArray[np.bool_]) -> Verdicts:
        """The verdicts on the documents that ``rows`` selects."""
        return Verdicts(self.looping[rows], self.refused[rows], self.truncated[rows], self.keys[rows])

    def total(self) -> Guarded:
        """How many documents loop, refuse and break off."""
        return Guarded(int(self.looping.sum()), int(self.refused.sum()), int(self.truncated.sum()))


def judge(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    tokens: NDArray[np.uint32],
    doc_ends: NDArray[np.int64],
    endings: NDArray[np.uint8] | None = None,
) -> Verdicts:
    """Judge documents, whose UTF-8 ``text`` is cut at ``offsets`` (one more than documents), and ``tokens`` at
    ``doc_ends``. ``endings`` u8: how each ended, as the service told (``TRUNCATED``, ``REFUSED``)."""
    starts, ends = offsets[:-1], offsets[1:]
    looping = find_loops(tokens, doc_ends)
    keys = hash_texts(text, offsets)
    refused, truncated = find_refusals(text, starts, ends), find_truncated(text, starts, ends)
    if endings is not None:
        refused, truncated = refused | (endings == REFUSED), truncated | (endings == TRUNCATED)
    return Verdicts(looping, refused & ~looping, truncated, keys)


def find_loops(tokens: NDArray[np.uint32], doc_ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether more than half of each document's tokens, ``LEAST_REPEATED`` at least, stand in runs of ``RUN`` that
    stood in it before."""
    out = np.empty(len(doc_ends), np.bool_)
    find_loops_kernel(tokens, doc_ends, RUN, LEAST_REPEATED, out)
    return out


def find_truncated(text: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each document ends with a letter, or with a mark after which a sentence goes on."""
    out = np.empty(len(starts), np.bool_)
    find_open_ends(text, starts, ends, code_points("fastslop/1").klass, _is_joint(), out)
    return out


@cache
def _is_joint() -> NDArray[np.bool_]:
    is_joint = np.zeros(0x110000, np.bool_)
    is_joint[[ord(mark) for mark in JOINTS]] = True
    return is_joint


def find_refusals(text: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each document is short and opens as ``REFUSAL`` or a refusal in another language (``refusals.OPENINGS``).

    All languages are looked for in all texts, whatever these are counted as: a model asked in Chinese may refuse in
    English, and a verdict does not depend on the other texts, which tell the language.
    """
    out = np.zeros(len(starts), np.bool_)
    short = np.flatnonzero((ends - starts >= 2) & (ends - starts < REFUSAL_BYTES))
    begins = text[starts[short]] + text[starts[short] + 1] * np.uint16(256)
    english, others = _first_pairs()
    opens, whole = _PATTERN.match, text.data
    at = short[english[begins]]
    for d, start, end in zip(at.tolist(), starts[at].tolist(), ends[at].tolist(), strict=True):
        out[d] = opens(whole, start, end) is not None
    at = short[others[begins]]
    at = at[may_open(text, starts[at])]
    for d, start, end in zip(at.tolist(), starts[at].tolist(), ends[at].tolist(), strict=True):
        out[d] |= opens_as_refusal(bytes(whole[start : min(end, start + MOST_BYTES)]))
    return out


@cache
def _first_pairs() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether texts that begin with each pair of bytes u16 may be refusals, in English and in other languages.

    Others are spared the microsecond that a pattern takes.
    """
    english = np.zeros((256, 256), np.bool_)  # of the second byte, and the first
    english[:, [*b"*_ \t\r\n\f\v"]] = True
    is_letter_or_digit = np.char.isalnum(np.arange(128, dtype=np.uint8).view("S1"))
    english[:128, [*b"Ii"]] = ~is_letter_or_digit[:, None]
    english[128:, [*b"Ii"]] = True
    for first, second in ("so", "my", "un", "as"):
        english[np.ix_([ord(second), ord(second.upper())], [ord(first), ord(first.upper())])] = True
    return english.ravel(), first_pairs()
