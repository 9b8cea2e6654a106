"""Contrasts in Chinese: 不是…而是…, 不仅…更…, 与其…不如… and their kin, in simplified and traditional characters.

The constructions are those of the grammars: correlative words of compound sentences in Liu Yuehua, Pan Wenyu and Gu
Wei (2001, *Shiyong xiandai Hanyu yufa*), 不是…而是… as coordination, 不但 and 不仅 with 而且, 也 and 还 as progression,
与其…不如… as choice; and Lü Shuxiang (ed., 1999, *Xiandai Hanyu babai ci*) on each of the words.

Words are as the dictionary cuts them, which may join a word to its neighbour (不再是 is two words, 而是 mostly one).
"""

from __future__ import annotations

from fastslop.search.contrast_rules.rules import MARKS, Pattern, Rules

CLASSES = {
    "ISNT": "不是 并非 並非 绝非 絕非",
    "BU": "不 绝不 絕不 从不 從不 决不 決不 从来不",
    "SHI": "是",
    "ANY": "没有 沒有 没 沒 不能 不会 不會 不要 不该 不該 不想 不愿 不願 不必 不用 别 別 未 无 無 无需 無需 不再 "
    "不可 不得 从未 從未 并未 並未 勿 请勿 绝不 绝不能 绝不会 不让 不靠 不算",
    "ERSHI": "而是",
    "ER": "而",
    "FROM_ER": "是 是因为 是因為 在于 在於 应该 應該 应 應 要 需要 会 會",
    "BECAUSE": "因为 因為 因",
    "IS_BECAUSE": "是因为 是因為",
    "LIES_IN": "在于 在於",
    "ASKS": "吗 嗎 么 吧 的 否 不是 呢 啊 嘛 了 不",
    "PRONOUN": "这 這 那 它 他 她 我 你 我们 我們 你们 你們 他们 他們 她们 它们 它們",
    "ONLY": "不仅 不僅 不仅仅 不僅僅 不但 不单 不單 不光 非但 不单是",
    "JUST": "只 只是 仅 僅 仅仅 僅僅 单 單 单单 單單 单纯 單純 只有 光 光是",
    "ALSO": "更 更是 更加 更能 更要 更为 更為 还 還 还是 還是 还会 還會 还要 還要 还有 還有 还应 还须 也 也许 而且 "
    "并且 並且 甚至 反而 同时 同時 又 亦 且",
    "JOINS": "而且 并且 並且 还 還 还会 還會 还要 還要 还有 還有 甚至 反而 也 还应",
    "RATHER_THAN": "与其 與其 与其说 與其說 与其说是",
    "BETTER": "不如 不如说 不如說 不如说是 倒不如 毋宁 毋寧 宁可 寧可 宁愿 寧願 莫若 倒不如说 莫如",
    **MARKS,
    "STOP": "。 . … …… ! 。。。",
    "MARKUP": f"{MARKS['MARKUP']} {MARKS['QUOTE']} 「 」 『 』 《 》 〈 〉 【 】",
}
"""Quotation marks are passed over: what is denied or affirmed often stands in them."""

RULES = Rules(
    CLASSES,
    (
        Pattern(
            "不仅…更…",
            (
                "ONLY ,,25 PAUSE ..8 ALSO",
                "ONLY ..15 JOINS",
                "BU JUST ,,25 PAUSE ..8 ALSO",
                "ISNT JUST ,,25 PAUSE ..8 ALSO",
                "ONLY ,,25 PAUSE {but}",
                "BU JUST ,,25 PAUSE {but}",
                "ONLY ..15 PAUSE PRONOUN SHI",
            ),
        ),
        Pattern("不在于…而在于…", ("BU LIES_IN ,,25 PAUSE ER|ERSHI|SHI LIES_IN", "BU LIES_IN ,,25 {but}")),
        Pattern("不是…而是…", ("ISNT ,,30 {but}", "BU SHI ,,30 {but}")),
        Pattern("不…而是…", ("BU|ANY ,,25 PAUSE {but}",)),
        Pattern(
            "不是…，是…",
            (
                "ISNT ~ASKS ..10 PAUSE SHI ~ASKS",
                "ISNT BECAUSE ..15 PAUSE IS_BECAUSE",
                "ISNT BECAUSE ..15 PAUSE SHI BECAUSE",
                "p:PRONOUN ISNT ~ASKS ..12 PAUSE PRONOUN=p SHI ~ASKS",
            ),
        ),
        Pattern(
            "不是…。是…",
            (
                "p:PRONOUN ISNT ~ASKS ..12 STOP PRONOUN=p SHI ~ASKS",
                "ISNT ~ASKS ,,15 STOP {but}",
                "ISNT ~ASKS ..10 STOP SHI ~ASKS",
            ),
        ),
        Pattern("与其…不如…", ("RATHER_THAN ,,25 BETTER",)),
    ),
    leads=("ISNT", "BU", "ANY", "ONLY", "RATHER_THAN"),
    outside="RATHER_THAN",
    alternatives={"{but}": ("ERSHI", "ER FROM_ER")},
    agreeing="PRONOUN",
)
