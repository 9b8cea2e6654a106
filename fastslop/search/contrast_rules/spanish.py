"""Contrasts in Spanish: no X, sino Y; no solo X, sino también Y; no es X, es Y.

``sino`` as a conjunction that corrects a negation: Real Academia Española and ASALE (2009, *Nueva gramática de la
lengua española*), and Butt and Benjamin (*A new reference grammar of modern Spanish*). It is also a noun, *fate* (*el
sino*), and behind a negation alone it excepts (*no hace sino llorar*, *nadie sino tú*).
"""

from __future__ import annotations

from fastslop.search.contrast_rules.rules import MARKS, Pattern, Rules

ARTICLES = "un una unos unas el la los las mi mis tu tus su sus nuestro nuestra nuestros nuestras este esta ese esa"
PREPOSITIONS = "a al de del en con sin por para contra hacia sobre entre desde porque como"

CLASSES = {
    "NO": "no tampoco nunca jamás",
    "NOT": "no",
    "ONLY": "solo sólo solamente únicamente simplemente meramente",
    "BUT": "sino",
    "BEFORE_NOUN": f"{ARTICLES} al del cruel triste mal buen propio aquel",
    "OTHER": "otro otra otros otras nada nadie más ninguno ninguna ningún cosa remedio hacer hace hizo cabe queda sino",
    "IS": "es son era eran fue fueron",
    "NEGATION": "no nunca jamás tampoco nada nadie ni",
    "PARALLEL": f"{PREPOSITIONS} {ARTICLES}",
    "AGREES": f"{PREPOSITIONS} {ARTICLES} es son era eran fue fueron",
    "WHAT": "que cierto verdad decir posible así tan por",
    **MARKS,
}

RULES = Rules(
    CLASSES,
    (
        Pattern("no solo, sino", ("NOT ONLY ,,22 ~BEFORE_NOUN BUT", "NOT ONLY ~PAUSE BUT")),
        Pattern(
            "no, sino",
            (
                "NO ,,16 COMMA BUT",
                "NO x:PARALLEL ,,10 ~BEFORE_NOUN BUT PARALLEL=x",
                "NO ~OTHER ..6 ~OTHER|BEFORE_NOUN|PAUSE BUT",
            ),
        ),
        Pattern("no. Sino", ("NO ..12 STOP BUT",)),
        Pattern("no es, es", ("NOT s:IS ~WHAT ..9 PAUSE IS=s ~NEGATION|WHAT",)),
        Pattern("no es. Es", ("NOT s:IS ~WHAT ..9 STOP IS=s ~NEGATION|WHAT",)),
        Pattern("no X. Y.", ("<END NOT x:PARALLEL ..6 STOP PARALLEL=x ..8 STOP",)),
    ),
    leads=("NO", "NOT"),
    outside="QUOTE|BUT",
    kin=("un una unos unas", "el la los las", "a al", "de del"),
    agreeing="AGREES",
)
