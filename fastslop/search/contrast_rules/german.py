"""Contrasts in German: nicht X, sondern Y; nicht nur X, sondern auch Y; es ist nicht X, es ist Y.

``sondern`` as a conjunction of correction, behind a negation and a comma: Duden, *Die Grammatik*; Zifonun, Hoffmann and
Strecker (1997, *Grammatik der deutschen Sprache*). Without the comma it is the verb (*Drüsen sondern Schleim ab*).
"""

from __future__ import annotations

from fastslop.search.contrast_rules.rules import MARKS, Pattern, Rules

DETERMINED = "kein keine keinen keinem keiner keines keinerlei"
DETERMINERS = (
    "der die das den dem des ein eine einen einem einer eines mein meine meinen meinem meiner dein deine sein seine "
    "seinen seinem seiner ihr ihre ihren ihrem ihrer unser unsere unseren unserem unserer euer eure"
)
PREPOSITIONS = (
    "aus mit ohne für in im ins von vom zu zum zur bei beim an am ans auf nach vor durch gegen um über unter zwischen "
    "wegen weil dass wenn als wie während trotz"
)

CLASSES = {
    "NOT": f"nicht nichts {DETERMINED} nie niemals niemand weder keineswegs nimmer",
    "NICHT": "nicht",
    "KEIN": DETERMINED,
    "ONLY": "nur bloß bloss allein lediglich einfach ausschließlich ausschliesslich",
    "BUT": "sondern",
    "BE_IT": "es das dies dieses",
    "IS": "ist sind",
    "WAS": "war waren",
    "PARALLEL": f"{DETERMINERS} {PREPOSITIONS}",
    "AGREES": f"{DETERMINERS} {PREPOSITIONS} es dies dieses",
    **MARKS,
}

RULES = Rules(
    CLASSES,
    (
        Pattern("nicht nur, sondern auch", ("NOT ONLY ,,20 PAUSE BUT",)),
        Pattern("nicht, sondern", ("NOT ,,20 PAUSE BUT",)),
        Pattern("nicht. Sondern", ("NOT ,,14 STOP BUT",)),
        Pattern(
            "es ist nicht, es ist",
            (
                "s:BE_IT IS NICHT|KEIN ..12 PAUSE AGREES=s IS ~NOT",
                "s:BE_IT WAS NICHT|KEIN ..12 PAUSE AGREES=s WAS ~NOT",
            ),
        ),
        Pattern(
            "es ist nicht. Es ist",
            (
                "s:BE_IT IS NICHT|KEIN ..12 STOP AGREES=s IS ~NOT",
                "s:BE_IT WAS NICHT|KEIN ..12 STOP AGREES=s WAS ~NOT",
            ),
        ),
        Pattern("nicht X. Y.", ("<END NICHT x:PARALLEL ..6 STOP PARALLEL=x ..8 STOP",)),
    ),
    leads=("NOT", "NICHT", "KEIN"),
    outside="QUOTE|BUT",
    kin=("es das dies dieses",),
    agreeing="AGREES",
)
