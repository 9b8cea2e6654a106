"""How refusals open in other languages than English, a table for each.

The openings are what services answer in these languages in the place of the English ones (see ``guards.REFUSAL``): an
apology and an inability with a verb of service, the latter alone, or "as an AI" with a negation behind it. The verb
must be there, since an apology by itself opens stories too, and so must the negation: models that are asked for
their German say "Als KI kann ich verschiedene Sprachen sprechen", and "Как ИИ меняет мир" is a title.

A space stands for a few characters that are no letters or digits, ``%`` for as many or none, an apostrophe for all
of its forms, ``~`` for what may stand between, up to the end of the sentence. The first characters of an opening are no
syntax: by their bytes the texts are found that may be refusals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

HEAD = 4
"""Bytes of the beginnings that are looked for."""
MOST_BYTES = 400
"""Bytes of a text in which the opening must be."""
BEFORE = b"*_ \t\r\n"
"""Bytes that may stand before an opening."""


@dataclass(frozen=True)
class Openings:
    """The openings of a language, as regular expressions.

    ``apologies``; ``then``, what follows an apology; ``alone``: what is a refusal without one; ``as_model``: what says
    that a model speaks, with an apology or without.
    """

    apologies: tuple[str, ...]
    then: tuple[str, ...]
    alone: tuple[str, ...]
    as_model: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """The expression of all openings."""
        declined = f"(?:{'|'.join(self.apologies)})%(?:{'|'.join((*self.then, *self.alone, *self.as_model))})"
        written = "|".join((declined, *self.alone, *self.as_model))
        return (
            written.replace("~", r"[^.!?。！？\n]{0,80}?")
            .replace("'", "['’ʼ]")
            .replace("%", r"[\W_]{0,6}")
            .replace(" ", r"[\W_]{1,6}")
        )


_CHINESE_UNABLE = "无法 不能 無法 没有办法 没办法 沒有辦法 沒辦法 不可以".split()
_CHINESE_CANNOT = f"(?:{'|'.join(_CHINESE_UNABLE)})"
_CHINESE_FOR_YOU = "(?:继续|为您|为你|為您|為你|向您|向你|给您|给你|帮您|帮你|在这里|就此|对此|参与)*"
_CHINESE_SERVICE = (
    "(?:提供|协助|協助|帮助|幫助|帮忙|满足|滿足|回答|回应|回應|生成|讨论|討論|(?:执行|完成|支持|处理)[您你])"
)
_CHINESE_MODEL = (
    "(?:(?:基于|基於)?(?:文本|文字)(?:基础)?的?)?(?:AI|人工智能|人工智慧|(?:大型?|大规模)?[语語]言模型|文本模型)"
    "%(?:(?:[语語]言)?模型|助手|助理|程序|系统|系統|聊天机器人)?"
)
_CHINESE_LACKS = f"%(?:[，,]~)?(?:我~)?(?:{_CHINESE_CANNOT}|没有|沒有|不具备|不具備|不会|不會)"

CHINESE = Openings(
    apologies=tuple(
        "抱歉 很抱歉 非常抱歉 十分抱歉 真的很抱歉 实在抱歉 实在很抱歉 对不起 對不起 不好意思 "
        "很遗憾 很遺憾 遗憾的是".split()
    ),
    then=(
        f"(?:但是?|不过)?%(?:我|暂时|目前)*{_CHINESE_CANNOT}{_CHINESE_FOR_YOU}"
        f"(?:{_CHINESE_SERVICE}|编写|撰写|创作|创建)",
    ),
    alone=tuple(
        f"{i}{unable}{_CHINESE_FOR_YOU}{_CHINESE_SERVICE}"
        for i in ("我", "我目前", "我暂时", "我暫時")
        for unable in _CHINESE_UNABLE
    ),
    as_model=tuple(f"{being}一?[个個名款种]?%{_CHINESE_MODEL}{_CHINESE_LACKS}" for being in ("作为", "作為")),
)

_JAPANESE_CANNOT = "(?:でき|出来|致しかね|いたしかね|しかね|かね)(?:ません|ない|ます|ませんでした)"
_JAPANESE_SERVICE = (
    "(?:お手伝い|手伝|お答え|答え|お応え|応じ|応え|提供|対応|回答|生成|作成|支援|サポート|協力|執筆|お力になる|お受け)"
    "(?:する|いたし|致し|る|え|こと|に|が|は|を|も|て|差し上げる)*"
)

JAPANESE = Openings(
    apologies=(
        "申し訳(?:ありません|ございません|ないです|ない)(?:が|けど|けれども|ですが)?",
        "大変申し訳(?:ありません|ございません)(?:が)?",
        "誠に申し訳(?:ありません|ございません)(?:が)?",
        "すみません(?:が)?",
        "ごめんなさい(?:が)?",
        "残念ながら",
        "残念ですが",
        "恐れ入りますが",
    ),
    then=(f"~{_JAPANESE_SERVICE}{_JAPANESE_CANNOT}",),
    alone=(
        *(
            f"{this}(?:ご?依頼|ご?要望|ご?要求|リクエスト|ご?質問|内容)~{_JAPANESE_SERVICE}{_JAPANESE_CANNOT}"
            for this in ("そのような", "このような", "その", "この")
        ),
        *(f"{service}{_JAPANESE_CANNOT}" for service in ("お手伝い", "お答え", "お応え")),
    ),
    as_model=tuple(
        f"{model}{being}~(?:{_JAPANESE_CANNOT}|持(?:っていません|ちません|っておりません)|ありません|ございません)"
        for model in (
            *(f"{i}{one}" for i in ("", "私は") for one in ("人工知能", "言語モデル", "大規模言語モデル")),
            *(f"{i}AI{one}" for i in ("", "私は") for one in ("", "言語モデル", "アシスタント", "モデル")),
        )
        for being in ("として", "ですから", "ですので", "であるので", "なので", "のため")
    ),
)

_GERMAN_NOT = r"~\b(?:nicht|kein\w*)\b"
_GERMAN_SERVICE = (
    r"(?:helfen|weiterhelfen|unterstützen|behilflich|bereitstellen|beantworten|nachkommen|erfüllen|generieren|"
    r"mitwirken)\b"
)

GERMAN = Openings(
    apologies=(
        "es tut mir (?:(?:sehr|wirklich|aufrichtig) )?leid",
        "tut mir (?:(?:sehr|wirklich) )?leid",
        "entschuldigung",
        "entschuldigen sie(?: bitte)?",
        "entschuldige",
        "leider",
        "bedauerlicherweise",
        "verzeihung",
        "ich bedaue?re",
    ),
    then=(
        "(?:aber |doch |dass )?(?:ich (?:kann|darf|werde)|(?:(?:dabei|damit|hierbei) )?(?:kann|darf|werde) ich)"
        rf"{_GERMAN_NOT}"
        rf"~\b(?:{_GERMAN_SERVICE}|(?:schreiben|erstellen|verfassen|geben|liefern|anbieten)\b)",
        r"(?:aber |doch )?ich bin nicht in der lage",
    ),
    alone=(
        rf"ich (?:kann|darf|werde)(?! mir\b){_GERMAN_NOT}~\b{_GERMAN_SERVICE}",
        *(rf"{at} (?:kann|darf) ich{_GERMAN_NOT}~\b{_GERMAN_SERVICE}" for at in ("dabei", "damit", "hierbei")),
    ),
    as_model=(
        "als (?:eine? )?(?:ki|künstliche intelligenz|ki-sprachmodell|ki-modell|(?:großes |grosses )?sprachmodell|"
        rf"(?:virtueller |ki-)assistent(?:in)?|textbasierte ki)(?![-\w]){_GERMAN_NOT}",
    ),
)

_FRENCH_CANNOT = (
    "je ne (?:peux|pourrai) (?:malheureusement )?pas",
    "je ne suis pas (?:en mesure|capable) (?:de|d')",
    "il m'est impossible (?:de|d')",
)
_FRENCH_SERVICE = (
    r"%(?:vous |t'|te |y )?(?:aider|assister|fournir|répondre|générer|participer|satisfaire|accéder|donner suite|"
    r"traiter)\b"
)

FRENCH = Openings(
    apologies=(
        "je suis (?:(?:vraiment|sincèrement|navrée?|profondément) )?désolée?",
        "je suis navrée?",
        "désolée?",
        "je m'excuse",
        "malheureusement",
        "toutes mes excuses",
        "je regrette",
    ),
    then=tuple(
        rf"(?:mais )?{cannot}(?:{_FRENCH_SERVICE}|%(?:vous )?(?:créer|écrire|rédiger|produire|proposer)\b)"
        for cannot in _FRENCH_CANNOT
    ),
    alone=tuple(f"{cannot}{_FRENCH_SERVICE}" for cannot in _FRENCH_CANNOT),
    as_model=(
        r"en tant qu'(?:une? )?(?:ia|intelligence artificielle|assistante? (?:ia|virtuel(?:le)?|d'ia))(?![-\w])"
        r"~\bn(?:e\b|')",
        r"en tant que (?:grand )?modèle (?:de langage|de langue|linguistique|d'ia|d'intelligence artificielle)"
        r"~\bn(?:e\b|')",
    ),
)

_SPANISH_CANNOT = ("no puedo", "no me es posible", "no soy capaz de", "no estoy en condiciones de")
_SPANISH_SERVICE = (
    r" (?:ayudar(?:te|le|los|les)?|asistir(?:te|le)?|proporcionar(?:te|le)?|cumplir|generar|participar|"
    r"brindar(?:te|le)?|responder|atender|satisfacer|facilitar(?:te|le)?)\b"
)

SPANISH = Openings(
    apologies=(
        "lo siento(?: mucho)?",
        "lo lamento",
        "lamento(?: (?:mucho|informar(?:te|le)?))?",
        "lamentablemente",
        "desafortunadamente",
        "disculp[ae]",
        "perdón",
        "perdona",
        "mis disculpas",
        "me temo que",
    ),
    then=tuple(
        rf"(?:pero )?(?:que )?{cannot}"
        rf"(?:{_SPANISH_SERVICE}| (?:crear|escribir|ofrecer(?:te|le)?|dar(?:te|le)?|redactar)\b)"
        for cannot in _SPANISH_CANNOT
    ),
    alone=tuple(f"{cannot}{_SPANISH_SERVICE}" for cannot in _SPANISH_CANNOT),
    as_model=(
        r"como (?:una? )?(?:(?:gran )?modelo (?:de lenguaje|de ia|lingüístico|de inteligencia artificial)|"
        r"asistente (?:de ia|virtual|de inteligencia artificial))~\b(?:no|carezco|tampoco)\b",
        r"como (?:una )?(?:ia|inteligencia artificial) (?:no|carezco|tampoco)\b",
    ),
)

_RUSSIAN_CANNOT = ("я не (?:могу|смогу|буду|в состоянии|имею возможности)",)
_RUSSIAN_SERVICE = (
    r" (?:(?:вам|тебе|с этим|в этом|этого|напрямую) )*(?:помочь|помогать|предоставить|предоставлять|выполнить|ответить|"
    r"отвечать|сгенерировать|участвовать|содействовать|обсуждать|поддержать|удовлетворить)\b"
)

RUSSIAN = Openings(
    apologies=(
        "извините",
        "извини",
        "простите",
        "прошу прощения",
        "прошу извинить",
        "к сожалению",
        "мне (?:очень )?жаль",
        "приношу (?:свои )?извинения",
    ),
    then=tuple(
        rf"(?:но |однако )?(?:{cannot}|не могу)(?:{_RUSSIAN_SERVICE}| (?:написать|создать|дать|предложить)\b)"
        for cannot in _RUSSIAN_CANNOT
    ),
    alone=tuple(f"{cannot}{_RUSSIAN_SERVICE}" for cannot in _RUSSIAN_CANNOT),
    as_model=(
        r"как (?:большая )?(?:языковая модель|модель искусственного интеллекта|ии-модель),~\bне\b",
        r"как (?:искусственный интеллект|ии|ии-ассистент), я~\bне\b",
        r"будучи (?:языковой моделью|искусственным интеллектом|ии),~\bне\b",
    ),
)

OPENINGS = {"zh": CHINESE, "ja": JAPANESE, "de": GERMAN, "fr": FRENCH, "es": SPANISH, "ru": RUSSIAN}
"""The openings of each language."""


@cache
def opening_pattern() -> re.Pattern[str]:
    """The expression of the openings of all these languages, in any case."""
    return re.compile("|".join(own.pattern for own in OPENINGS.values()), re.IGNORECASE)


@cache
def heads() -> NDArray[np.uint32]:
    """The first ``HEAD`` bytes of all openings, in small letters, in capitals, with one capital, as numbers."""
    openings = [opening for own in OPENINGS.values() for opening in (*own.apologies, *own.alone, *own.as_model)]
    literal = [re.split(r"[\\(\[%~]", opening)[0][:HEAD] for opening in openings]
    forms = {form.encode()[:HEAD] for text in literal for form in (text, text.capitalize(), text.upper())}
    return np.sort(np.frombuffer(b"".join(forms), np.uint32))


def first_pairs() -> NDArray[np.bool_]:
    """Whether a text that begins with each pair of bytes u16 may be a refusal, as a table bool[65536]."""
    table = np.zeros((256, 256), np.bool_)  # of the second byte, and the first
    table[:, [*BEFORE]] = True
    begins = heads().view(np.uint8).reshape(-1, HEAD)
    table[begins[:, 1], begins[:, 0]] = True
    return table.ravel()


def may_open(text: NDArray[np.uint8], starts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether documents of ``text`` u8 that begin at ``starts`` i64 begin as an opening, or what may stand before."""
    known = heads()
    places = np.minimum(starts[:, None] + np.arange(HEAD), len(text) - 1)
    begins = text[places].view(np.uint32)[:, 0]
    at = np.minimum(np.searchsorted(known, begins), len(known) - 1)
    return np.asarray((known[at] == begins) | np.isin(text[starts], np.frombuffer(BEFORE, np.uint8)))


def opens_as_refusal(text: bytes) -> bool:
    """Whether a text opens as a refusal does in one of these languages."""
    opening = text.lstrip(BEFORE)
    return opening[:HEAD] in _heads() and opening_pattern().match(opening.decode(errors="ignore")) is not None


@cache
def _heads() -> frozenset[bytes]:
    return frozenset(head.tobytes() for head in heads())
