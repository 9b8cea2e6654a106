"""Refusals in other languages than English are found by how they open, and stories and answers are not."""

from __future__ import annotations

import numpy as np
import pytest

from fastslop.base.languages import NAMES
from fastslop.tokens.guards import REFUSAL_BYTES, find_refusals
from fastslop.tokens.refusals import HEAD, OPENINGS, heads

REFUSALS = {
    "zh": """
        很抱歉，我无法提供这方面的帮助。
        对不起，我不能协助您完成这个请求。
        对不起，但我不能帮助你编写用于挖矿的代码。
        作为一个人工智能，我无法提供医疗建议。
        作为一名 AI 语言模型，我没有个人观点。
        我不能提供窃取他人密码的方法。
        對不起，我無法協助您。
        抱歉，作为一个AI，我无法直接抓取网站。
        **很遗憾**，我无法满足您的请求。
        作为一个人工智能语言模型，我不具备情感。
    """,
    "ja": """
        申し訳ありませんが、そのご依頼にはお応えできません。
        申し訳ございませんが、お手伝いすることはできません。
        AIとして、個人的な意見を持っていません。
        すみませんが、その質問にはお答えできません。
        私はAIですので、感情はありません。
        そのようなリクエストには対応できません。
        大変申し訳ございませんが、その内容を生成することはできません。
        お答えできません。
    """,
    "de": """
        Es tut mir leid, aber dabei kann ich Ihnen nicht helfen.
        Als KI-Sprachmodell habe ich keine eigenen Überzeugungen.
        Leider kann ich diese Anfrage nicht beantworten.
        Tut mir leid, ich kann dir dabei nicht weiterhelfen.
        Ich kann Ihnen dabei nicht helfen.
        Entschuldigung, aber ich kann keine solchen Inhalte erstellen.
        Als künstliche Intelligenz habe ich keine Gefühle.
        Ich kann diese Anfrage leider nicht erfüllen.
    """,
    "fr": """
        Je suis désolé, mais je ne peux pas vous aider avec cela.
        Désolée, je ne peux pas répondre à cette demande.
        En tant que modèle de langage, je n’ai pas d’opinion.
        En tant qu'IA, je n'ai pas de sentiments.
        Malheureusement, je ne suis pas en mesure de fournir ces informations.
        Je ne peux pas vous aider à faire cela.
        Je suis vraiment désolé, mais je ne peux pas écrire ce texte.
        Il m’est impossible de répondre à cette question.
    """,
    "es": """
        Lo siento, pero no puedo ayudarte con eso.
        Lo siento, no puedo proporcionar esa información.
        Como modelo de lenguaje, no tengo opiniones.
        Lamento informarte que no puedo ayudarte.
        Disculpa, pero no puedo escribir sobre ese tema.
        No puedo ayudarle con esta solicitud.
        Lamentablemente, no puedo cumplir con tu petición.
        Como IA, no tengo sentimientos.
        Perdón, no me es posible responder.
    """,
    "ru": """
        Извините, но я не могу помочь с этим.
        К сожалению, я не могу предоставить эту информацию.
        Как языковая модель, я не имею личного мнения.
        Простите, я не могу ответить на этот вопрос.
        Я не могу помочь вам с этим.
        Как искусственный интеллект, я не испытываю чувств.
        Мне очень жаль, но я не могу выполнить эту просьбу.
        ИЗВИНИТЕ, НО Я НЕ МОГУ НАПИСАТЬ ЭТО.
        Прошу прощения, но не могу создать такой текст.
    """,
}
OTHERS = {
    "zh": """
        抱歉，我来晚了。
        对不起，我忘了你的生日。
        作为一名人工智能专家，我不能忽视这个问题。
        作为一个父亲，我无法提供更好的生活。
        我不能忘记那个夏天。
        很抱歉听到您的机器出现问题。请提供型号。
        “对不起，我无法帮助你。”他说。
        我无法入睡。
        他说：很抱歉，我无法提供帮助。
        我是一个人工智能，他们在春天启动了我。
    """,
    "ja": """
        申し訳ありませんが、その情報は正しくありません。
        申し訳ありませんが、「距離」という質問には明確な答えがありません。
        すみません、駅はどこですか。
        AIとして生まれた彼女は、空を見上げた。
        ごめんなさい、と彼は言った。
        残念ながら、彼は来なかった。
        「申し訳ありませんが、お手伝いできません」と店員は言った。
        この質問に対する答えは「情報不足」です。
    """,
    "de": """
        Es tut mir leid, dass du krank bist.
        Leider kann ich nicht schlafen.
        Als KI-Experte kenne ich das Problem.
        Ich kann nicht schlafen.
        Als Kind half ich meinem Vater.
        „Es tut mir leid, ich kann Ihnen nicht helfen“, sagte er.
        Entschuldigung, wo ist der Bahnhof?
        Ich kann mir nicht helfen. Ich liebe ihn.
    """,
    "fr": """
        Désolé, je suis en retard.
        Je suis désolé d'apprendre cette nouvelle.
        Je ne peux pas dormir.
        En tant que modèle de vertu, elle parlait peu.
        Malheureusement, il pleuvait.
        « Je suis désolé, mais je ne peux pas vous aider », dit-il.
        En tant qu'iatrogène, la maladie inquiète.
        Je ne peux pas oublier cet été.
    """,
    "es": """
        Lo siento, llego tarde.
        No puedo dormir.
        Como modelo de alta costura viajó a París.
        Lo siento mucho por tu pérdida.
        Como iba diciendo, no hay prisa.
        —Lo siento, no puedo ayudarte —dijo.
        Perdón, ¿dónde está la estación?
        No puedo olvidar ese verano.
    """,
    "ru": """
        Извините, где вокзал?
        К сожалению, он не пришёл.
        Как ИИ меняет мир: обзор.
        Как искусственный интеллект помогает врачам.
        Я не могу уснуть.
        — Извините, я не могу помочь, — сказал он.
        Простите, что опоздал.
        Как языковая модель устроена внутри: введение.
    """,
}


def refused(*texts: str) -> list[bool]:
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    found: list[bool] = find_refusals(np.frombuffer(b"".join(encoded), np.uint8), ends[:-1], ends[1:]).tolist()
    return found


def lines(examples: str) -> list[str]:
    return [line.strip() for line in examples.strip().splitlines()]


def test_languages_with_openings__are_those_that_are_named() -> None:
    assert ["en", *OPENINGS] == [*NAMES]
    assert [*REFUSALS] == [*OTHERS] == [*OPENINGS]


@pytest.mark.parametrize("language", OPENINGS)
def test_refusals__are_found(language: str) -> None:
    texts = lines(REFUSALS[language])
    assert len(texts) >= 8
    assert [text for text, found in zip(texts, refused(*texts), strict=True) if not found] == []
    variants = [form for text in texts for form in (text.upper(), f"\n **{text}**", f"{text}\n\n{text}")]
    assert all(refused(*variants))


@pytest.mark.parametrize("language", OPENINGS)
def test_no_refusals__are_found(language: str) -> None:
    texts = lines(OTHERS[language])
    assert len(texts) >= 8
    assert [text for text, found in zip(texts, refused(*texts), strict=True) if found] == []


@pytest.mark.parametrize("language", OPENINGS)
def test_refusals__that_go_on_are_answers(language: str) -> None:
    first = lines(REFUSALS[language])[0]
    assert refused(first + "." * (REFUSAL_BYTES - 1 - len(first.encode())), first + "." * REFUSAL_BYTES) == [
        True,
        False,
    ]


def test_heads__are_of_as_many_bytes_as_are_looked_for() -> None:
    openings = [one for own in OPENINGS.values() for one in (*own.apologies, *own.alone, *own.as_model)]
    known = {head.tobytes() for head in heads()}
    assert {opening.encode()[:HEAD] for opening in openings} <= known
    assert refused("", "a", "我", "Ich", "***") == [False] * 5
