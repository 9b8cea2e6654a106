"""What a model thought before it answered, where both stand in one text: between tags, or in channels."""

from __future__ import annotations

import re
from collections.abc import Iterable

BETWEEN = "\n\n"
"""What stands between turns, between parts of a turn, and between thoughts."""

_MORE_TAGS = "thoughts|scratchpad|reflection|inner_monologue"
_TAGS = "think|thinking|thought|reasoning|seed:think"
_OPEN, _CLOSE = (
    rf"(?:<(?i:{_TAGS}|{_MORE_TAGS})>|\[THINK\]|◁think▷|<\|begin_of_thought\|>|<\|START_THINKING\|>"
    r"|(?:<unused94>|<\|channel>)thought\b)",
    rf"(?:</(?i:{_TAGS}|{_MORE_TAGS})>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<\|END_THINKING\|>"
    r"|<unused95>|<channel\|>)",
)
_BLOCK = rf"(?:{_OPEN}(.*?){_CLOSE}|<details type=\"reasoning\"[^>]*>(.*?)</details>)"
_THOUGHTS = re.compile(_BLOCK, re.S)
_BLOCKS = re.compile(rf"(?:\A\s*|(?<=\n\n))(?:{_BLOCK}\s*)+", re.S)
"""Reasoning that begins a text, or a turn of one, in one block or in several in a row."""
_UNCLOSED = re.compile(rf"\A\s*{_OPEN}(.*)\Z", re.S)
"""Reasoning that goes on to the end: the model got no further."""
_UNOPENED = re.compile(rf"\A(.*?)(?<![`'\"])(?:(?<![ \t>]){_CLOSE}(?![`'\"])|{_CLOSE}(?=[ \t]*(?:\n|\Z)))", re.S)
"""Reasoning whose opening mark stood in the prompt; a closing mark among words, as one of them, ends none."""
_ANY_TAG = re.compile(f"{_OPEN}|{_CLOSE}|<details type=")
_HARMONY = re.compile(
    r"<\|channel\|>(\w+)(?:<\|constrain\|>\w+)?<\|message\|>(.*?)(?=<\|(?:end|return|call|start)\|>|\Z)", re.S
)
BEGINNINGS = ("analysis", "Thinking")
"""Words, of eight bytes each, that begin a text in which reasoning stands without tags."""
_WITHOUT_TAGS = (  # gpt-oss, its special tokens left out; Ollama's command line
    re.compile(r"\Aanalysis(.*?)assistantfinal(.*)\Z", re.S),
    re.compile(r"\AThinking\.\.\.[ \t]*\n(.*?)\n\.\.\.done thinking\.(.*)\Z", re.S),
)
_SOLUTION = re.compile(r"<\|(?:begin|end)_of_solution\|>|<\|(?:START|END)_RESPONSE\|>")


def joined(parts: Iterable[str]) -> str:
    """The parts that are not empty, as one text."""
    return BETWEEN.join(filter(None, parts))


def split_reasoning(text: str) -> tuple[str, str]:
    """The answer and the reasoning in a text; tags that stand in quotes or inside of a line are words about tags."""
    if text.startswith(BEGINNINGS):
        bare = next(filter(None, (form.match(text) for form in _WITHOUT_TAGS)), None)
        if bare is not None:
            return bare.group(2).strip(), bare.group(1).strip()
    if not any(begin in text for begin in "<[◁"):
        return text, ""
    channels = _HARMONY.findall(text)
    if channels:
        said = [part for channel, part in channels if channel == "final"]
        thought = [part for channel, part in channels if channel == "analysis"]
        return BETWEEN.join(said), BETWEEN.join(thought)
    if not _ANY_TAG.search(text):
        return text, ""
    thoughts: list[str] = []

    def take_blocks(found: re.Match[str]) -> str:
        thoughts.extend("".join(thought).strip() for thought in _THOUGHTS.findall(found.group()))
        return ""

    def take(found: re.Match[str]) -> str:
        thoughts.append(found.group(1).strip())
        return ""

    answer = _BLOCKS.sub(take_blocks, text)
    for reasoning in (_UNCLOSED, _UNOPENED):
        answer = reasoning.sub(take, answer)
    if not thoughts:
        return text, ""
    return _SOLUTION.sub("", answer).strip(), joined(thoughts)
