"""A made language, compiled: words, sentences and documents in which n-grams grow as in real corpora.

Nothing is remembered: document i depends on the seed and i alone, so any part of 10 GB can be made anywhere. A word is
drawn as by a hierarchical Pitman-Yor process (Teh 2006, doi:10.3115/1220175.1220299) whose tables are hashes: the last
two words have favourite continuations, each of them one of the last word's favourites, each of which is a word by its
rank in the language. Favourites have no end, so that new words, pairs and triples come for ever, ever more rarely.
``growth.py`` compares with real text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

kernel = njit(cache=True, nogil=True)

MAX_DOCUMENT = 1 << 14
"""Room for the longest document: 8,000 bytes are aimed at, and the last sentence has at most 60 words."""
PROMPT_DOCUMENTS = 64
"""Neighbouring documents that answer one prompt and share its topic."""

GAMMA = np.uint64(0x9E3779B97F4A7C15)
PAIRS = np.uint64(0xD1B54A32D192ED03)
TOPICS = np.uint64(0x8CB92BA72F3D8DD7)
TEN_BITS = np.uint64(1023)  # a choice
CELLS = 1024
LAST_WORD = np.uint64((1 << 64) // 12)


class Law(NamedTuple):
    """How unevenly ranks are drawn: rank ``exp(steep u) (1 - u)^-tail - 1`` for a uniform u.

    ``steep`` is the length of the Zipfian part (the logarithm of the rank where it ends), ``tail`` the power with
    which new ranks come after that: n draws reach about n^tail of them.
    """

    steep: float
    tail: float

    @property
    def curve(self) -> NDArray[np.float64]:
        """The ranks at 1024 points, and what the formula needs beyond them."""
        u = np.arange(CELLS) / CELLS
        ranks = np.exp(self.steep * u - self.tail * np.log1p(-u)) - 1
        return np.concatenate([ranks, [self.steep, self.tail]])


@dataclass(frozen=True)
class Register:
    """A kind of writing: the laws of words, of what follows a word and of what follows two, and the topic's share."""

    words: Law
    after_one: Law
    after_two: Law
    topic: float

    @property
    def laws(self) -> tuple[NDArray[np.float64] | float, ...]:
        """All of it as the kernels take it."""
        return self.words.curve, self.after_one.curve, self.after_two.curve, ON_TOPIC.curve, self.topic


ON_TOPIC = Law(5.0, 0.3)  # over about 150 words
# Fitted to the distinct words, bigrams and trigrams of an eighth, a quarter, half and all of a corpus: see README.md.
GENERATIONS = Register(Law(8.640, 0.454), Law(9.695, 0.611), Law(4.695, 0.585), topic=0.11)
FICTION = Register(Law(8.715, 0.679), Law(4.429, 0.485), Law(7.335, 0.475), topic=0.14)
REGISTERS = {"generations": GENERATIONS, "fiction": FICTION}

# The first ranks are the function words of English: what drops stopwords must find them.
COMMON = """the and of to a in i was he that it his her you with as she for had at on but my is not be from they all
    him me this by have so said there were one what out if up would them when no could who then we are into their
    down been or back like do an now than did just about which your over can more only where how some before even
    still through again never own too something off its around after other because eyes hand time face voice here
    these those why our will very us any until against between under while each most such both few once during
    above below nor does should am being having doing yourself himself herself itself themselves myself""".split()
ONSETS = "b d g k l m n p r s t v br dr gr kl pl sk st tr".split()
VOWELS = "a i o u ai".split()  # no e, so that none of the common words can be spelt
CODAS = ("", "n", "r", "s", "nd", "lt", "th", "sks")

# What stands between words, at the ends of sentences and the beginnings of paragraphs: each so many of 1024 times.
BETWEEN = {" ": 900, ", ": 78, "’s ": 12, "-": 10, "—": 6, ": ": 4, "; ": 3, " 3 ": 4, " 1934 ": 3, " (": 2, ") ": 2}
ENDS = {".": 920, "?": 52, "!": 32, "…": 20}
QUOTED_ENDS = {".”": 460, ",”": 310, "?”": 180, "!”": 74}
OPENINGS = {"": 952, "* ": 30, "# ": 16, "1. ": 16, "**": 10}

# All pieces of text are in one table, in this order; the words come last, the frequent ones.
N_CHOICES = 1024
BETWEEN_AT, ENDS_AT, QUOTED_ENDS_AT, OPENINGS_AT, SYLLABLES_AT = range(0, 5 * N_CHOICES, N_CHOICES)
BASE, N_CODAS, N_COMMON = len(ONSETS) * len(VOWELS), len(CODAS), len(COMMON)
CODAS_AT = SYLLABLES_AT + BASE
WORDS_AT = CODAS_AT + N_CODAS
N_KEPT = 1 << 15
"""Words whose spelling is kept; the others are spelt when they come."""
WIDTH = 16


class Pieces(NamedTuple):
    """Pieces of text by number: the first ``lengths`` i64[i] bytes of ``rows`` u8[i, WIDTH]."""

    rows: NDArray[np.uint8]
    lengths: NDArray[np.int64]


@cache
def pieces() -> Pieces:
    """The table of all pieces."""
    choices = [p for weights in (BETWEEN, ENDS, QUOTED_ENDS, OPENINGS) for p, n in weights.items() for _ in range(n)]
    syllables = [onset + vowel for onset in ONSETS for vowel in VOWELS]
    encoded = [piece.encode() for piece in (*choices, *syllables, *CODAS, *COMMON)]
    rows = np.zeros((WORDS_AT + N_KEPT, WIDTH), np.uint8)
    rows[: len(encoded)] = np.frombuffer(b"".join(e.ljust(WIDTH) for e in encoded), np.uint8).reshape(-1, WIDTH)
    lengths = np.zeros(len(rows), np.int64)
    lengths[: len(encoded)] = [len(e) for e in encoded]
    table = Pieces(rows, lengths)
    keep_spellings(table)
    return table


# Drawing


@kernel
def mix(z):
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a random-looking bijection of 64 bits."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@kernel
def unit(z):
    """A number in [0, 1) from the upper 52 bits; half of it and a half is still below 1."""
    return (z >> np.uint64(12)) * 2.0**-52


@kernel
def draw_rank(u, law):
    """The rank, from 0, that a law gives a uniform ``u``: ``law`` is its curve at 1024 points, then its tail."""
    x = u * CELLS
    i = np.int64(x)
    if i < CELLS - 8:
        return np.uint64(law[i] + (x - i) * (law[i + 1] - law[i]))
    return np.uint64(math.exp(law[CELLS] * u - law[CELLS + 1] * math.log1p(-u)) - 1.0)


@kernel
def draw_word(u, before, last, language, topic, laws):
    """The word (its rank + 1) after the words ``before`` and ``last`` (0: a sentence's beginning)."""
    words, after_one, after_two, on_topic, share = laws
    if u < share:
        k = draw_rank(u / share, on_topic)
        u = 0.5 + 0.5 * unit(mix(topic + k * GAMMA))  # none of the hundred or so words that are half of all text
    else:
        k = draw_rank((u - share) / (1.0 - share), after_two)
        u = unit(mix(mix(language + last * GAMMA + before * PAIRS) + k))
        k = draw_rank(u, after_one)
        u = unit(mix(mix(language + last * GAMMA) + k * PAIRS))
    return draw_rank(u, words) + np.uint64(1)


# Writing


@kernel
def put(i, pieces, out, at):
    """Copy piece ``i`` to ``out`` at ``at``; the position behind it. What follows within ``WIDTH`` is overwritten."""
    # With unsigned indices, which cannot count from the end, the loop becomes one instruction.
    begin, row = np.uint64(at), np.uint64(i)
    for j in range(WIDTH):
        k = np.uint64(j)
        out[begin + k] = pieces.rows[row, k]
    return at + pieces.lengths[row]


@kernel
def spell(word, pieces, out, at):
    """Spell a word that is not common: of two or more syllables, different for different words."""
    rest = np.int64(word) - 1 - N_COMMON
    coda = rest % N_CODAS
    rest = rest // N_CODAS + BASE  # two syllables at least
    begin = at
    while rest >= 0:
        at = put(SYLLABLES_AT + rest % BASE, pieces, out, at)
        rest = rest // BASE - 1
    if mix(np.uint64(word)) >> np.uint64(59) == 0:  # one in 32 is a name
        out[begin] -= np.uint8(32)
    return put(CODAS_AT + coda, pieces, out, at)


@kernel
def keep_spellings(pieces):
    """Spell the frequent words into the table."""
    out = np.zeros(8 * WIDTH, np.uint8)
    for word in range(N_COMMON + 1, N_KEPT + 1):
        row = WORDS_AT + word - 1
        pieces.lengths[row] = spell(word, pieces, out, 0)
        pieces.rows[row] = out[:WIDTH]


@kernel
def put_word(word, pieces, out, at):
    """Write a word."""
    if word <= N_KEPT:
        return put(WORDS_AT + np.int64(word) - 1, pieces, out, at)
    return spell(word, pieces, out, at)


@kernel
def put_sentence(state, language, topic, laws, pieces, out, at):
    """A sentence of 3 to 60 words, 14 on average; the generator's state, the position behind it."""
    before = last = np.uint64(0)
    begin = at
    for i in range(60):
        state += GAMMA
        word = draw_word(unit(mix(state)), before, last, language, topic, laws)
        at = put_word(word, pieces, out, at)
        before, last = last, word
        state += GAMMA
        z = mix(state)
        if i >= 2 and z < LAST_WORD:
            break
        at = put(BETWEEN_AT + np.int64(z & TEN_BITS), pieces, out, at)
    out[begin] &= np.uint8(0xDF)  # a capital
    return state, at


@kernel
def put_document(seed, i, laws, pieces, out, at):
    """Document ``i``: paragraphs of four sentences on average, 5,000 bytes on average; the position behind it."""
    language = mix(np.uint64(seed) * GAMMA)
    topic = mix(language ^ (np.uint64(i // PROMPT_DOCUMENTS) * TOPICS))
    state = mix(language + np.uint64(i) * PAIRS)
    until = at + np.int64(2000 + 6000 * unit(mix(state)))
    begins = True
    while True:
        state += GAMMA
        z = mix(state)
        mark = np.int64(z & TEN_BITS)
        if begins:
            at = put(OPENINGS_AT + np.int64((z >> np.uint64(10)) & TEN_BITS), pieces, out, at)
        is_quoted = z >> np.uint64(61) == 0
        if is_quoted:
            out[at], out[at + 1], out[at + 2] = 0xE2, 0x80, 0x9C  # “
            at += 3
        state, at = put_sentence(state, language, topic, laws, pieces, out, at)
        at = put((QUOTED_ENDS_AT if is_quoted else ENDS_AT) + mark, pieces, out, at)
        if at >= until:
            return at
        begins = (z >> np.uint64(20)) & np.uint64(3) == 0
        if begins:
            out[at] = 10
            at += 1
        out[at] = 10 if begins else 32
        at += 1


@kernel
def put_documents(seed, first, laws, pieces, out, offsets):
    """Documents from ``first`` on, as many as ``offsets`` asks for."""
    for d in range(len(offsets) - 1):
        offsets[d + 1] = put_document(seed, first + d, laws, pieces, out, offsets[d])
