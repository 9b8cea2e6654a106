"""Chats that are written as one string: as JSON, as Python prints lists, or with marks before every turn."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from fastslop.reading import names as n
from fastslop.reading.chats import PARTY_OF, Party, is_chat
from fastslop.reading.cleaning import without_tokens
from fastslop.reading.paths import is_object

_MARKS = (  # a string that every chat of the family holds, and the mark with the role as its group
    ("<|im_start|>", r"<\|im_start\|>(\w+)\n?"),  # ChatML
    ("<|start_header_id|>", r"<\|start_header_id\|>(\w+)<\|end_header_id\|>"),  # Llama 3
    ("<|header_start|>", r"<\|header_start\|>(\w+)<\|header_end\|>"),  # Llama 4
    ("<start_of_turn>", r"<start_of_turn>(\w+)\n?"),  # Gemma
    ("<|assistant|>", r"<\|(system|user|prompter|assistant)\|>"),  # Zephyr, Phi, OpenAssistant
    ("<｜Assistant｜>", r"<｜(User|Assistant)｜>"),  # DeepSeek
    ("<|CHATBOT_TOKEN|>", r"<\|(SYSTEM|USER|CHATBOT)_TOKEN\|>"),  # Cohere
    ("GPT4 Correct", r"GPT4 Correct (User|Assistant):"),  # OpenChat
    ("[|", r"\[\|(\w+)\|\]"),  # Baize
    ("[INST]", r"(\[/?INST\])"),  # Llama 2, Mistral
    ("<bot>:", r"<(human|bot)>:"),  # RedPajama
    ("##", r"(?i:###? ?(Human|User|Instruction|Input|System|Assistant|Response|AI|GPT|Bot)\s*:)"),
    ("###", r"(?im:^### ?(Human|User|Instruction|Assistant|Response)[ \t]*$)"),
    ("**", r"(?m:^\*\*(Human|User|Assistant|AI|Bot|Model|System)(?::\*\*|\*\*:))"),
    ("ASSISTANT:", r"(?:^|(?<=\s))(SYSTEM|USER|ASSISTANT):"),  # Vicuna, which begins with a sentence of the system's
)
MARKS = tuple((string, re.compile(mark)) for string, mark in _MARKS)
"""Families of marks that stand before turns."""
NAMES = re.compile(r"(?:^|(?<=\s))(Human|User|USER|Assistant|ASSISTANT|AI|System|SYSTEM):")
"""Marks that are words, as of Anthropic's first sets and Vicuna: they count where a text begins with one."""
LINES = re.compile(r"(?m:^(system|user|assistant|model)\n)")
"""Marks that are lines, where special tokens were left out; they count where a text begins with one."""
QUESTION, ANSWER = re.compile(r"\s*(?:Q|Question): ?"), re.compile(r"\n\s*(?:A|Answer): ?")
"""Marks of one question and its answer; several of them are a text of questions and answers."""
_INSTRUCTION = {"[inst]": "user", "[/inst]": "assistant", "input": "user"}
_ARRAY = re.compile(r"\A\s*\[(?:'[^'\n]*'|\"[^\"\n]*\")\s+['\"]")
"""How NumPy prints an array of strings begins."""
_SYSTEM_MARKS = re.compile(r"<</?SYS>>")
"""Marks of a system prompt within the user's turn."""
_BETWEEN_ROWS = re.compile(r"\}\s*\n\s*\{")
"""NumPy prints arrays of objects without commas."""


def chat_of_string(text: str) -> list[Any] | None:
    """The turns of a chat written as one string; None if it is none."""
    return _written_out(text) or _marked(text)


def is_written_out(text: str) -> bool:
    """Whether a string is a chat in JSON, or as it is printed: nobody writes so, but programs."""
    return _written_out(text) is not None


def _written_out(text: str) -> list[Any] | None:
    """The turns of a list in JSON, or as Python and NumPy print it; or of an object around one, or of a single turn."""
    if "{" not in text[:100]:
        return None
    found = parse_written(text)
    if is_object(found):
        turns = next((found[name] for name in n.CHATS if is_chat(found.get(name))), [found])
    else:
        turns = list(found) if isinstance(found, tuple) else found
    return turns if is_chat(turns) else None


def parse_written(text: str) -> Any:
    """The list or object that a string is, in JSON, or as Python and NumPy print it; None if it is neither."""
    if text.lstrip()[:1] not in ("[", "{"):
        return None
    if _ARRAY.search(text):  # Python would join strings that NumPy prints without commas
        return None
    for parse in (json.loads, ast.literal_eval, lambda text: ast.literal_eval(_BETWEEN_ROWS.sub("}, {", text))):
        with suppress(ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return parse(text.strip())
    return None


def _marked(text: str) -> list[Any] | None:
    families = [mark for string, mark in MARKS if string in text]
    families += [mark for mark in (NAMES, LINES) if mark.match(text.lstrip()[:12])]
    for mark in families:
        turns = _turns_between(mark, text)
        parties = {PARTY_OF.get(turn["role"]) for turn in turns}
        if {Party.USER, Party.MODEL} <= parties:
            return turns
    return _question_and_answer(text)


def _question_and_answer(text: str) -> list[Any] | None:
    """The turns of one question and its answer."""
    question = QUESTION.match(text)
    answers = list(ANSWER.finditer(text)) if question else []
    if question is None or len(answers) != 1 or re.search(r"\n\s*(?:Q|Question):", text):
        return None
    asked, said = text[question.end() : answers[0].start()], text[answers[0].end() :]
    return [{"role": "user", "content": asked.strip()}, {"role": "assistant", "content": said.strip()}]


def _turns_between(mark: re.Pattern[str], text: str) -> list[dict[str, str]]:
    """The turns behind the marks of one family; what stands before the first is nobody's."""
    found = list(mark.finditer(text))
    ends = [*(one.start() for one in found), len(text)][1:]
    return [
        {"role": _role(one.group(1)), "content": _plain(text[one.end() : end])}
        for one, end in zip(found, ends, strict=True)
    ]


def _plain(content: str) -> str:
    return _SYSTEM_MARKS.sub("", without_tokens(content)).strip()


def _role(mark: str) -> str:
    return _INSTRUCTION.get(mark.casefold(), mark.casefold())


def are_chats(texts: Sequence[str]) -> bool:
    """Whether most of some strings are chats, each a whole one."""
    return bool(texts) and sum(chat_of_string(text) is not None for text in texts) * 2 > len(texts)
