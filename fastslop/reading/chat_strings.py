"""Chats that are written as one string: as JSON, as Python prints lists, or with marks before every turn."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from typing import Any

from fastslop.reading.chats import PARTY_OF, Party, is_chat
from fastslop.reading.cleaning import without_tokens

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
    ("ASSISTANT:", r"(?:^|(?<=\s))(SYSTEM|USER|ASSISTANT):"),  # Vicuna, which begins with a sentence of the system's
)
MARKS = tuple((string, re.compile(mark)) for string, mark in _MARKS)
"""Families of marks that stand before turns."""
NAMES = re.compile(r"(?:^|(?<=\s))(Human|User|USER|Assistant|ASSISTANT|AI|System|SYSTEM):")
"""Marks that are words, as of Anthropic's first sets and Vicuna: they count where a text begins with one."""
_INSTRUCTION = {"[inst]": "user", "[/inst]": "assistant", "input": "user"}
_BETWEEN_ROWS = re.compile(r"\}\s*\n\s*\{")
"""NumPy prints arrays of objects without commas."""


def chat_of_string(text: str) -> list[Any] | None:
    """The turns of a chat written as one string; None if it is none."""
    return _written_out(text) or _marked(text)


def is_written_out(text: str) -> bool:
    """Whether a string is a chat in JSON, or as it is printed: nobody writes so, but programs."""
    return _written_out(text) is not None


def _written_out(text: str) -> list[Any] | None:
    """The turns of a list in JSON, or as Python and NumPy print it."""
    if text.lstrip()[:1] != "[" or "{" not in text[:100]:
        return None
    for parse in (json.loads, ast.literal_eval, lambda text: ast.literal_eval(_BETWEEN_ROWS.sub("}, {", text))):
        try:
            found = parse(text.strip())
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
        return found if is_chat(found) else None
    return None


def _marked(text: str) -> list[Any] | None:
    families = [mark for string, mark in MARKS if string in text]
    if NAMES.match(text.lstrip()[:12]):
        families.append(NAMES)
    for mark in families:
        turns = _turns_between(mark, text)
        parties = {PARTY_OF.get(turn["role"]) for turn in turns}
        if {Party.USER, Party.MODEL} <= parties:
            return turns
    return None


def _turns_between(mark: re.Pattern[str], text: str) -> list[dict[str, str]]:
    """The turns behind the marks of one family; what stands before the first is nobody's."""
    found = list(mark.finditer(text))
    ends = [*(one.start() for one in found), len(text)][1:]
    return [
        {"role": _role(one.group(1)), "content": without_tokens(text[one.end() : end]).strip()}
        for one, end in zip(found, ends, strict=True)
    ]


def _role(mark: str) -> str:
    return _INSTRUCTION.get(mark.casefold(), mark.casefold())


def are_chats(texts: Sequence[str]) -> bool:
    """Whether most of some strings are chats, each a whole one."""
    return bool(texts) and sum(chat_of_string(text) is not None for text in texts) * 2 > len(texts)
