"""Contrasts in English: "it's not X, it's Y", "not X, but Y" and their kin.

The rules know English function words by their spelling, and no parts of speech.
"""

from __future__ import annotations

from fastslop.search.contrast_rules.rules import MARKS, Pattern, Rules

PERSONS = {
    "it": "it this that it's that's this's",
    "they": "they these those they're",
    "he": "he he's",
    "she": "she she's",
    "we": "we we're",
    "you": "you you're",
    "i": "i i'm",
}
"""Words that agree with one another: what is denied and what is affirmed must be said of the same person."""
DETERMINERS = "a an the my your his her its our their this that these those some any every each another"
PREPOSITIONS = (
    "with without for in of from by to as because on at through into toward towards against after before under over "
    "beyond between out when where since upon during among"
)
NEGATIONS = (
    "not never nor neither isn't aren't ain't wasn't weren't doesn't didn't don't can't cannot couldn't won't wouldn't "
    "hasn't haven't hadn't shouldn't mustn't needn't"
)
SUBJECTS = "it this that these those they he she we you i"
AUXILIARIES = "do does did has have had can could will would shall should may might must"

CLASSES = {
    "NOT": "not",
    "NT": NEGATIONS.removeprefix("not never nor neither "),
    "ISNT": "isn't aren't ain't",
    "WASNT": "wasn't weren't",
    "DOESNT": "doesn't didn't don't",
    "NEGATION": NEGATIONS,
    "IS": "is are am",
    "WAS": "was were",
    "DO": "do does did",
    "AUXILIARY": f"{AUXILIARIES} having ought need dare",
    "ONLY": "only just merely simply solely",
    "YET": "yet now then",
    "NO": "no",
    "LONGER": "longer",
    "ABOUT": "about",
    "BUT": "but",
    "SUBJECT": SUBJECTS,
    "SUBJECT_IS": "it's that's this's he's she's they're we're you're i'm",
    "IT": "it he she they this these",
    "IT_IS": "it's he's she's they're",
    "CLAUSE": f"{SUBJECTS} {AUXILIARIES} is are was were there who what which how why if when while though although "
    "still yet perhaps then now since until once unless even nobody everybody everyone someone here maybe sometimes "
    "never always i'm i've i'd i'll it's it'd it'll he's he'd he'll she's she'd she'll we're we've we'd we'll you're "
    "you've you'd you'll they're they've they'd they'll there's that's what's who's let's don't didn't doesn't isn't "
    "wasn't can't couldn't wouldn't",
    "DETERMINER": DETERMINERS,
    "PARALLEL": f"{DETERMINERS} {PREPOSITIONS}",
    "NOTHING": "anything nothing none all else help any choose",
    "INTENT": "going to so as",
    "THING": "it this",
    "PERSON": "they these those he she we you i who",
    "VERB": f"{NEGATIONS} {AUXILIARIES} is was",
    "JUST": "just",
    **MARKS,
}
"""The words and marks of each class that rules speak of, lower case; a word may be in several."""

ALTERNATIVES = {
    "{not}": ("NOT", "NT"),
    "{it is not}": ("s:SUBJECT ISNT", "s:SUBJECT IS NOT", "s:SUBJECT_IS NOT"),
    "{it was not}": ("s:SUBJECT WASNT", "s:SUBJECT WAS NOT"),
    "{that is}": ("SUBJECT=s IS ~NEGATION", "SUBJECT_IS=s ~NEGATION"),
    "{that was}": ("SUBJECT=s WAS ~NEGATION",),
    "{noun is not}": ("<~SUBJECT ISNT", "<~SUBJECT IS NOT"),
    "{noun was not}": ("<~SUBJECT WASNT", "<~SUBJECT WAS NOT"),
    "{it is}": ("IT IS ~NEGATION", "IT_IS ~NEGATION"),
    "{it was}": ("IT WAS ~NEGATION",),
    "{be not}": ("<~AUXILIARY NOT", "ISNT", "WASNT"),
}
"""Steps that a name in braces stands for: a rule with a name is written out once for each of its choices."""


def _pair(between: str, gap: int) -> tuple[str, ...]:
    """Rules for what something is not, and then what it is, with this between them; both in the same tense."""
    return tuple(
        f"{{{denied}}} ~ONLY|INTENT ,,{gap} {between} {{{affirmed}}}"
        for denied, affirmed in (
            ("it is not", "that is"),
            ("it was not", "that was"),
            ("noun is not", "it is"),
            ("noun was not", "it was"),
        )
    )


PATTERNS = (
    Pattern(
        "not about, about",
        (
            "{not} ABOUT ,,14 PAUSE|STOP IT IS|WAS ABOUT",
            "{not} ABOUT ,,14 PAUSE|STOP IT_IS ABOUT",
            "{not} ABOUT ,,12 BUT ABOUT",
        ),
    ),
    Pattern("not only, but", ("{not} ONLY ,,16 BUT",)),
    Pattern(
        "not just, it",
        (
            "{not} ONLY ~YET ,,12 PAUSE|STOP IT|SUBJECT_IS ~NEGATION",
            "s:SUBJECT {not} ONLY ~YET ,,12 PAUSE|STOP SUBJECT=s ~NEGATION",
        ),
    ),
    Pattern("it is not, it is", _pair("PAUSE", 12)),
    Pattern("it is not. It is", _pair("STOP", 9)),
    Pattern(
        "not, but",
        (
            "{be not} x:PARALLEL ,,10 BUT PARALLEL=x",
            "{be not} DETERMINER ,,7 BUT DETERMINER",
            "{be not} ..5 ~NOTHING|PAUSE BUT ~CLAUSE",
            "{be not} ..7 ~NOTHING|PAUSE COMMA BUT ~CLAUSE|DETERMINER",
        ),
    ),
    Pattern(
        "no longer, but",
        (
            "NO LONGER ,,10 BUT ~CLAUSE|DETERMINER",
            "NO LONGER DETERMINER ,,10 BUT DETERMINER",
            "<IS NO LONGER ..10 PAUSE|STOP {it is}",
            "<WAS NO LONGER ..10 PAUSE|STOP {it was}",
        ),
    ),
    Pattern(
        "not a. A.",
        ("<END NOT x:PARALLEL ..6 STOP PARALLEL=x ..8 STOP", "<END NOT PARALLEL ..6 STOP JUST ..8 STOP"),
    ),
    Pattern(
        "does not; it does",
        ("<~PERSON|END DOESNT ~ONLY ..8 BREATH THING ~VERB", "<~PERSON|END DO NOT ~ONLY ..8 BREATH THING ~VERB"),
    ),
)
"""Patterns that are looked for; of several that begin at one word the first counts."""

RULES = Rules(
    CLASSES,
    PATTERNS,
    leads=("NOT", "NT", "ISNT", "WASNT", "DOESNT", "NO"),
    outside="QUOTE|NEGATION|BUT",
    alternatives=ALTERNATIVES,
    kin=(*PERSONS.values(), "a an"),
    agreeing="PARALLEL",
)
