"""Texts without what a model did not write as its answer: reasoning, end tokens, escapes of HTML, an echoed prompt."""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from fastslop.base.defaults import REASONINGS
from fastslop.reading.chats import Generation
from fastslop.reading.reasoning import BEGINNINGS, joined, split_reasoning

DROP, KEEP, ONLY = REASONINGS

HAD_REASONING, HAD_PROMPT = "reasoning", "echoed prompts"
HAD_TOKENS, HAD_ENTITIES, HAD_ACCENTS = "special tokens", "HTML entities", "accents in place of apostrophes"
HAD_CALLS = "calls of tools"

_END = r"</s>|<eos>|<pad>|<end_of_turn>|<\|[a-zA-Z_0-9]{1,40}\|>|<｜[^<>｜]{1,40}｜>|\[/?INST\]"
_AT_END = re.compile(rf"(?:\s*(?:{_END}))+\s*\Z")
_AT_START = re.compile(r"\A\s*(?:(?:<s>|<bos>|<\|[a-zA-Z_0-9]{1,40}\|>|<｜[^<>｜]{1,40}｜>)\s*)+")
_INSIDE = re.compile(r"<\|(?:im_start|im_end|endoftext|end_of_text|eot_id|eom_id|end|return|begin_of_text)\|>")

_CALL = re.compile(
    r"(?<!`)<(tool_calls?|function_calls?|tool_response|tool_result)>\s*(?=[{\[<]|\w+\s*<).*?(?:</\1>|\Z)\s*", re.S
)
"""What a model wrote to call a tool, or was told by one; a tag that is named as a word calls none."""

_ENTITY = re.compile(r"&(?:quot|amp|lt|gt|apos|nbsp|#\d{2,5}|#[xX][0-9a-fA-F]{2,4});")
_UNESCAPED = re.compile(r"[<>`]|&(?!(?:[a-zA-Z]{2,8}|#\d{2,5}|#[xX][0-9a-fA-F]{2,4});)")
"""What is not in a text that was escaped for HTML; a text about HTML has it, or quotes code."""

CHARACTERS_AN_ENTITY = 500
"""A text is full of entities if it has one in so many characters."""
_ACCENT = re.compile(r"(?<=[A-Za-z])´(?=[^\W\d_])")
"""The acute accent between letters, as keyboards of some languages have it next to the apostrophe."""

MAY_BE_UNCLEAN = re.compile(rf"[<&◁´]|\[/?THINK\]|\[/?INST\]|\A(?:{'|'.join(BEGINNINGS)})")
"""What every text that may have to be cleaned holds."""

_WITHIN_WORD = re.compile(r"[^\W\u2e80-\ud7ff]{2}")
"""Two letters of one word; in scripts that are written without spaces there is none to be within."""


class Cleaned(NamedTuple):
    """A text that is counted (empty if nothing is left), and what was taken out of it."""

    text: str
    had: tuple[str, ...]


def part(one: Generation, prompt: str | None = None) -> Cleaned:
    """The text of a generation without the reasoning beside it, and without the prompt, if it begins with that."""
    had = (HAD_REASONING,) if one.reasoning.strip() else ()
    rest = None if prompt is None else without_prompt(one.text, prompt)
    return Cleaned(one.text, had) if rest is None else Cleaned(rest, (*had, HAD_PROMPT))


def clean(one: Generation, reasoning: str = DROP, prompt: str | None = None) -> Cleaned:
    """The text of a generation that is counted; ``prompt`` is what it may begin with, if prompts are echoed."""
    text, parted = part(one, prompt)
    had = [what for what in parted if what != HAD_REASONING]
    thought = one.reasoning
    if MAY_BE_UNCLEAN.search(text):
        answer, tagged = split_reasoning(text)
        thought = joined((thought, tagged))
        said = without_calls(answer)
        if said != answer:
            had.append(HAD_CALLS)
        plain = without_tokens(said)
        if plain != said:
            had.append(HAD_TOKENS)
        text = unescaped(plain)
        if text != plain:
            had.append(HAD_ENTITIES)
        plain, text = text, _ACCENT.sub("'", text)
        if text != plain:
            had.append(HAD_ACCENTS)
    if thought.strip():
        had.append(HAD_REASONING)
    if reasoning != DROP:
        text = thought if reasoning == ONLY else joined((thought, text))
    return Cleaned(text, tuple(had))


def without_calls(text: str) -> str:
    """A text without the calls of tools in it, and what these answered."""
    return _CALL.sub("", text).strip() if "<" in text and _CALL.search(text) else text


def without_tokens(text: str) -> str:
    """A text without the tokens that begin and end one for a model; those inside become an empty line."""
    if "<" not in text and "[" not in text:
        return text
    found = _AT_END.sub("", text)
    if "</s>" not in found:  # else <s> may be struck out
        found = _AT_START.sub("", found)
    return _INSIDE.sub("\n\n", found) if "<|" in found else found


def unescaped(text: str) -> str:
    """A text with the characters that its HTML entities stand for, if it is full of them: escaped as a whole."""
    if "&" not in text or _UNESCAPED.search(text):
        return text
    n_entities = len(_ENTITY.findall(text))
    return html.unescape(text) if n_entities * CHARACTERS_AN_ENTITY >= max(len(text), 1) else text


def without_prompt(text: str, prompt: str) -> str | None:
    """What follows the prompt that a text begins with, whatever the white space; None if it does not.

    A prompt does not end within a word of the text: what begins with *Write of the seaside* has not *Write of the sea*.
    """
    words = prompt.split()
    if not words or not text.lstrip().startswith(words[0]):
        return None
    begin = len(text) - len(text.lstrip())
    end = begin + len(prompt.strip())
    if not text.startswith(prompt.strip(), begin):
        found = re.match(r"\s+".join(map(re.escape, words)), text[begin:])
        if found is None:
            return None
        end = begin + found.end()
    return None if _WITHIN_WORD.fullmatch(text[end - 1 : end + 1]) else text[end:].lstrip()
