"""Contrasts in French: non pas X mais Y; non seulement X, mais aussi Y; ce n'est pas X, c'est Y.

``non pas … mais`` and ``non seulement … mais (encore)``: Grevisse and Goosse (*Le bon usage*) and Riegel, Pellat and
Rioul (*Grammaire méthodique du français*). ``mais`` by itself also opposes clauses (*il n'est pas riche, mais il est
heureux*): behind ``pas`` it counts only if both sides begin alike.
"""

from __future__ import annotations

from fastslop.search.contrast_rules.rules import MARKS, Pattern, Rules

PREPOSITIONS = "à de en dans par pour sur sous avec sans contre vers chez entre parce comme afin"
ARTICLES = (
    "un une des le la les du au aux ce cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs"
)

CLASSES = {
    "NON": "non",
    "PAS": "pas plus point",
    "NOT": "pas point",
    "ONLY": "seulement uniquement simplement juste exclusivement",
    "BUT": "mais",
    "CE": "ce",
    "ISNT": "n'est",
    "WASNT": "n'était",
    "ITS": "c'est",
    "ITWAS": "c'était",
    "NEGATION": "pas ne n'est n'était n'a n'ont n'y n'en jamais rien aucun aucune",
    "PARALLEL": f"{PREPOSITIONS} {ARTICLES}",
    "PREPOSITION": PREPOSITIONS,
    "DETERMINER": ARTICLES,
    "IS": "n'est n'était n'étaient n'étais n'es est sont était étaient suis sera serait",
    **MARKS,
}

RULES = Rules(
    CLASSES,
    (
        Pattern(
            "non seulement, mais",
            ("NON ONLY ,,20 BUT", "NOT ONLY ,,16 BUT", "NON NOT ONLY ,,20 BUT"),
        ),
        Pattern(
            "non pas, mais",
            ("NON NOT ,,18 BUT", "NON x:PARALLEL ,,12 BUT PARALLEL=x", "NON DETERMINER ..8 BUT DETERMINER"),
        ),
        Pattern(
            "pas, mais",
            ("NOT x:PREPOSITION ,,10 BUT PREPOSITION=x", "IS PAS DETERMINER ,,10 BUT DETERMINER"),
        ),
        Pattern(
            "ce n'est pas, c'est",
            ("CE ISNT PAS ,,14 PAUSE ITS ~NEGATION|PAUSE", "CE WASNT PAS ,,14 PAUSE ITWAS ~NEGATION|PAUSE"),
        ),
        Pattern(
            "ce n'est pas. C'est",
            ("CE ISNT PAS ..12 STOP ITS ~NEGATION|PAUSE", "CE WASNT PAS ..12 STOP ITWAS ~NEGATION|PAUSE"),
        ),
        Pattern("pas X. Y.", ("<END NOT x:PARALLEL ..6 STOP PARALLEL=x ..8 STOP",)),
    ),
    leads=("NON", "NOT", "PAS"),
    outside="QUOTE|BUT|NEGATION",
    kin=("de du des", "à au aux", "un une", "le la les", "ce cet cette ces", "mon ma mes", "ton ta tes", "son sa ses"),
    agreeing="PARALLEL",
)
