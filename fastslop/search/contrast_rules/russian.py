"""Contrasts in Russian: не X, а Y; не только X, но и Y; не столько X, сколько Y; это не X, это Y.

The constructions are those of *Russkaya grammatika* (Shvedova, ed., 1980) and of Wade (*A comprehensive Russian
grammar*). ``а`` also begins another clause (*он не пришёл, а я ждал*): behind it nothing counts that begins like one.
"""

from __future__ import annotations

from fastslop.search.contrast_rules.rules import MARKS, Pattern, Rules

PREPOSITIONS = "в во на с со к ко из изо от ото до для по о об обо у за над под при про через без ради чтобы потому как"
PRONOUNS = "я ты он она оно мы вы они кто никто все всё"

CLASSES = {
    "NE": "не",
    "ONLY": "только просто лишь",
    "SO_MUCH": "столько",
    "AS_MUCH": "сколько",
    "BUT": "но",
    "A": "а",
    "INSTEAD": "скорее наоборот именно",
    "CLAUSE": f"{PRONOUNS} если когда что чтобы потом затем теперь там тут здесь вот ведь значит потому поэтому также "
    "тогда иногда сейчас уже ещё еще не нет почему где куда зачем разве то тебе мне нам вам ему ей им вдруг может "
    "больше сам сама сами дальше после у",
    "VERB": "был была было были буду будет будут могу мог могла могло могли может могут можем знаю знал знала знали "
    "знает знают хочу хотел хотела хочет хотят стал стала стали надо нужно стоит понимаю понял поняла помню думаю "
    "думал верю вижу видел видела люблю любит пришёл пришел пришла ответил ответила сказал сказала спал спала",
    "PREPOSITION": PREPOSITIONS,
    "THIS": "это",
    **MARKS,
}

RULES = Rules(
    CLASSES,
    (
        Pattern(
            "не только, но и",
            ("NE ONLY ,,20 PAUSE BUT", "NE ONLY ,,20 PAUSE A ~CLAUSE", "NE ONLY ..16 PAUSE THIS ~NE"),
        ),
        Pattern("не столько, сколько", ("NE SO_MUCH ,,18 PAUSE AS_MUCH", "NE SO_MUCH ..10 AS_MUCH")),
        Pattern(
            "не, а",
            (
                "NE x:PREPOSITION ..10 PAUSE A PREPOSITION=x",
                "NE ~VERB ..2 PAUSE A ~CLAUSE",
                "THIS NE ..9 PAUSE A ~CLAUSE",
                "NE ..6 PAUSE A INSTEAD",
            ),
        ),
        Pattern("это не, это", ("THIS NE ..9 PAUSE THIS ~NE|BUT",)),
        Pattern("это не. Это", ("THIS NE ..9 STOP THIS ~NE",)),
        Pattern("не X. Y.", ("<END NE x:PREPOSITION ..6 STOP PREPOSITION=x ..8 STOP",)),
    ),
    leads=("NE",),
    outside="QUOTE|A",
    kin=("в во", "с со", "к ко", "о об обо", "от ото", "из изо"),
    agreeing="PREPOSITION",
)
