"""Contrasts in Japanese: AではなくB, AだけでなくBも, AというよりB and their kin.

The constructions are those of Group Jamashii (1998, *Nihongo bunkei jiten*) and of Makino and Tsutsui (1995, *A
dictionary of intermediate Japanese grammar*): ではなく, だけでなく, ばかりでなく, のみならず, というより.

Words are as the dictionary cuts them: で, は and なく are words, and so are あり, ませ and ん.
"""

from __future__ import annotations

from fastslop.search.contrast_rules.rules import MARKS, Pattern, Rules

CLASSES = {
    "DE": "で",
    "WA": "は",
    "JA": "じゃ",
    "NAKU": "なく",
    "TE": "て",
    "NAI": "ない",
    "ARI": "あり",
    "MASE": "ませ",
    "N": "ん",
    "DESU": "です",
    "ONLY": "だけ のみ ばかり できるだけ",
    "NARA": "なら",
    "ZU": "ず",
    "NI": "に",
    "STAY": "とどまら 留まら 止まら",
    "BECOMES": "なる なっ なり なら なれ なろ なれる なりゃ なき",
    "AND": "また かつ しかも",
    "TIES": "て で と も は",
    "TOO": "は も",
    "TOIU": "という",
    "TO": "と",
    "SAYS": "いう 言う 云う",
    "YORI": "より",
    "MO": "も は むしろ",
    "INSTEAD": "むしろ",
    "THIS": "これ それ あれ こちら そこ ここ",
    **MARKS,
    "PAUSE": f"{MARKS['PAUSE']} 、",
    "COMMA": ", 、",
    "STOP": "。 . … …… ! 。。",
    "MARKUP": f"{MARKS['MARKUP']} {MARKS['QUOTE']} 「 」 『 』 《 》 〈 〉 【 】",
}
"""Quotation marks are passed over: what is denied or affirmed often stands in them."""

RULES = Rules(
    CLASSES,
    (
        Pattern(
            "だけでなく",
            ("ONLY {de} {naku}", "ONLY NARA ZU ~BECOMES", "NI STAY ZU ~BECOMES"),
        ),
        Pattern("ではなく", ("{de wa} {naku}",)),
        Pattern("というより", ("{to iu} YORI MO|COMMA", "{to iu} YORI MO COMMA")),
        Pattern(
            "ではない。むしろ",
            (
                "{de wa} {nai} STOP INSTEAD",
                "x:THIS WA ,,16 {de wa} {nai} STOP THIS=x WA ~INSTEAD",
            ),
        ),
    ),
    leads=("NAKU", "ZU", "YORI", "NAI", "ARI"),
    outside="NAKU",
    alternatives={
        "{de}": ("DE", "DE WA", "JA"),
        "{de wa}": ("DE WA", "JA", "DE"),
        "{naku}": (
            "NAKU ~BECOMES|TIES|COMMA",
            "NAKU COMMA ~AND",
            "NAKU TE ~TOO|COMMA",
            "NAKU TE COMMA ~AND",
        ),
        "{nai}": ("NAI", "NAI DESU", "ARI MASE N"),
        "{to iu}": ("TOIU", "TO SAYS"),
    },
    agreeing="THIS",
)
