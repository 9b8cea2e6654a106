"""Stopwords of English, in two lists: NLTK's, for slop-forensics, and that of the default, with contractions."""

from __future__ import annotations

NLTK_ENGLISH: tuple[str, ...] = tuple(
    """
    i me my myself we our ours ourselves you you're you've you'll you'd your yours yourself yourselves he him his
    himself she she's her hers herself it it's its itself they them their theirs themselves what which who whom this
    that that'll these those am is are was were be been being have has had having do does did doing a an the and but if
    or because as until while of at by for with about against between into through during before after above below to
    from up down in out on off over under again further then once here there when where why how all any both each few
    more most other some such no nor not only own same so than too very s t can will just don don't should should've
    now d ll m o re ve y ain aren aren't couldn couldn't didn didn't doesn doesn't hadn hadn't hasn hasn't haven haven't
    isn isn't ma mightn mightn't mustn mustn't needn needn't shan shan't shouldn shouldn't wasn wasn't weren weren't won
    won't wouldn wouldn't
    """.split()
)
"""The 179 words of NLTK's English list (from Porter's Snowball list)."""

_PRONOUNS = "i you he she it we they that there who what".split()
_CONTRACTED = {
    "i": "'m 'd 'll 've",
    "you": "'re 'd 'll 've",
    "we": "'re 'd 'll 've",
    "they": "'re 'd 'll 've",
}
_NEGATED = "can could do does did had has have is are was were might must need ought shall should would".split()
_AUXILIARIES = "could would shall may might must ought us also yet".split()


def _contractions() -> set[str]:
    """Pronouns with their auxiliaries, and auxiliaries with their negation, as one word each."""
    joined = {p + ending for p in _PRONOUNS for ending in _CONTRACTED.get(p, "'s 'd 'll").split()}
    negated = {"can't" if verb == "can" else "shan't" if verb == "shall" else verb + "n't" for verb in _NEGATED}
    return joined | negated | {"won't", "ain't", "let's", "here's", "where's", "how's"}


_FRAGMENTS = set("s t d ll m o re ve y ma ain don".split()) | {verb + "n" for verb in _NEGATED}

ENGLISH: tuple[str, ...] = tuple(
    sorted((set(NLTK_ENGLISH) - _FRAGMENTS - {"won", "shan"}) | _contractions() | set(_AUXILIARIES) | {"cannot"})
)
"""Stopwords of the default specification: NLTK's, with whole contractions instead of the pieces that its tokeniser
leaves of them, and with some more auxiliaries."""
