"""Chats: turns, whose they are, and what in them is a text that somebody wrote.

A turn is the model's if its role is one that models bear; or, in a chat of two, if the role is neither a user's nor the
system's nor a tool's, whatever it is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

from fastslop.reading.paths import is_object
from fastslop.reading.reasoning import BETWEEN, joined, split_reasoning
from fastslop.reading.unusable import NOT_A_STRING, Unusable
from fastslop.tokens.guards import REFUSED, TRUNCATED, WHOLE

Turn = Mapping[str, Any]

ROLE_FIELDS = ("role", "from", "speaker", "sender", "author")
CONTENT_FIELDS = ("content", "value", "message", "text", "parts")
SAID_FIELDS = (*CONTENT_FIELDS, "tool_calls")
REASONING_FIELDS = (
    *("reasoning_content", "reasoning", "thinking", "thoughts", "reasoning_text"),
    *("reasoning_details", "thinking_blocks"),  # lists, as of OpenRouter and LiteLLM
)
"""Fields beside a text that hold what the model thought before it wrote."""
_REASONING = frozenset(REASONING_FIELDS)
REASONING_PARTS = frozenset(
    "thinking reasoning redacted_thinking reasoning_text summary_text thought reasoning.text reasoning.summary".split()
)
"""Types of parts of a turn that are reasoning."""
THOUGHT_OF_BEDROCK = "reasoningContent"
"""Field of a part that holds reasoning, where parts have no types."""
TEXTS_OF_PARTS = ("text", "content", "answer", "value", "thinking", "reasoning", "summary", "parts", "refusal")


class Party(Enum):
    """Whose a turn is."""

    MODEL = "model"
    USER = "user"
    SYSTEM = "system"
    TOOL = "tool"
    UNKNOWN = "unknown"


_NAMES = {
    Party.MODEL: "assistant gpt model bot ai chatgpt bing bard claude gemini chatbot llm gpt4 gpt-4 agent response",
    Party.USER: "user human prompter prompt question instruction customer person",
    Party.SYSTEM: "system developer context",
    Party.TOOL: "tool function function_call function_response observation tool_call tool_calls tool_response "
    "tool_result tool_output ipython environment",
}
PARTY_OF = {name: party for party, names in _NAMES.items() for name in names.split()}


class Generation(NamedTuple):
    """What a model wrote: its text and, apart, its reasoning; how it ended; whose turns were left out as unknown."""

    text: str
    reasoning: str = ""
    ending: int = WHOLE
    strangers: tuple[str, ...] = ()


FINISH_FIELDS = ("finish_reason", "stop_reason", "finishReason", "stopReason", "done_reason")
_ENDINGS = {
    TRUNCATED: "length max_tokens max_output_tokens model_length max_length max_new_tokens "
    "model_context_window_exceeded",
    REFUSED: "content_filter content_filtered refusal safety recitation prohibited_content blocklist spii "
    "guardrail_intervened error_toxic blocked",
}
_ENDING_FIELDS = frozenset({*FINISH_FIELDS, "incomplete_details"})
ENDING_OF = {name: ending for ending, names in _ENDINGS.items() for name in names.split()}


def ending_of(value: Mapping[str, Any]) -> int:
    """How a generation ended, by the reason that stands beside it."""
    if _ENDING_FIELDS.isdisjoint(value):
        return WHOLE
    for field in FINISH_FIELDS:
        reason = value.get(field)
        if is_object(reason):  # {"type": "length"} and the like
            reason = reason.get("type") or reason.get("reason")
        if isinstance(reason, str):
            return ENDING_OF.get(reason.casefold().replace("-", "_"), WHOLE)
    details = value.get("incomplete_details")
    if is_object(details):
        return ENDING_OF.get(str(details.get("reason")).casefold(), WHOLE)
    return WHOLE


def role_of(turn: Turn) -> str | None:
    """The role of a turn, as it is written; None if it has none."""
    for field in ROLE_FIELDS:
        role = turn.get(field)
        if isinstance(role, str):
            return role
        if is_object(role) and isinstance(role.get("role"), str):
            return str(role["role"])
    return None


TYPES = frozenset("human ai system humanmessage aimessage aimessagechunk systemmessage toolmessage".split())
"""Types of messages, as LangChain has them in the place of roles."""


def is_turn(value: object) -> bool:
    """Whether a value is a turn of a chat: an object with a role and something said."""
    return is_object(value) and role_of(value) is not None and any(field in value for field in SAID_FIELDS)


def is_chat(value: object) -> bool:
    """Whether a value is a list of turns, or of what stands for one (see ``turns_of``)."""
    return isinstance(value, list) and bool(value) and (all(map(is_turn, value)) or bool(turns_of(value)))


def turns_of(items: Sequence[Any]) -> list[dict[str, Any]]:
    """The turns that the items of a list stand for, none if they are no such list.

    They may be messages of LangChain, if somebody asks in them; a role and a text in a list of two; or segments, of
    which the label says whether they are the model's.
    """
    turns = [_turn_of(item) for item in items]
    asked = {Party.USER, Party.SYSTEM}
    if not turns or not all(turns) or not any(PARTY_OF.get(turn["role"]) in asked for turn in turns if turn):
        return []
    return [turn for turn in turns if turn]


def _turn_of(item: Any) -> dict[str, Any] | None:
    if isinstance(item, list):
        is_pair = len(item) == 2 and all(isinstance(part, str) for part in item)
        return {"role": item[0].casefold(), "content": item[1]} if is_pair and item[0].casefold() in PARTY_OF else None
    if not is_object(item):
        return None
    if isinstance(item.get("label"), bool) and isinstance(item.get("text"), str) and len(item) == 2:
        return {"role": "assistant" if item["label"] else "user", "content": item["text"]}
    said = next((item[name] for name in ("kwargs", "data") if is_object(item.get(name))), item)
    kind = next((own for own in (said.get("type"), item.get("type")) if isinstance(own, str)), "").casefold()
    if kind in TYPES and content_of(said) is not None:
        return {**said, "role": kind.removesuffix("chunk").removesuffix("message")}
    return None


def parties_of(roles: Iterable[str]) -> dict[str, Party]:
    """Whose turns are those of each role of one chat."""
    parties = {role: PARTY_OF.get(role.strip().casefold(), Party.UNKNOWN) for role in roles}
    strangers = [role for role, party in parties.items() if party is Party.UNKNOWN]
    if len(strangers) == 1 and Party.MODEL not in parties.values():
        parties[strangers[0]] = Party.MODEL
    return parties


def generation_of(turns: Sequence[Turn]) -> Generation:
    """The model's turns of a chat as one generation, with a blank line between.

    Raises
    ------
    Unusable : what was said is no text, or nobody can be told to be the model
    """
    turns = turns_of(turns) or turns
    roles = [role_of(turn) or "" for turn in turns]
    parties = parties_of(dict.fromkeys(roles))
    strangers = tuple(role for role, party in parties.items() if party is Party.UNKNOWN)
    if strangers and Party.MODEL not in parties.values():
        raise Unusable(f"nobody known for a model among the roles {', '.join(map(repr, parties))}")
    said = [_said(turn) for turn, role in zip(turns, roles, strict=True) if parties[role] is Party.MODEL]
    if len(said) > 1:  # what a turn ends is its own reasoning, not the turns before it
        said = [_with_thought_apart(*one) for one in said]
    return Generation(
        BETWEEN.join(text for text, _, _ in said),
        joined(reasoning for _, reasoning, _ in said),
        said[-1][2] if said else WHOLE,
        strangers,
    )


def prompt_of_chat(turns: Sequence[Turn]) -> str:
    """What a model was asked in a chat: the system prompt, if any, and the user's turns; if none is known for a user,
    those of roles that are unknown.

    Raises
    ------
    Unusable : what was said is no text
    """
    turns = turns_of(turns) or turns
    roles = [role_of(turn) or "" for turn in turns]
    parties = parties_of(dict.fromkeys(roles))
    user = Party.USER if Party.USER in parties.values() else Party.UNKNOWN
    asked = [turn for turn, role in zip(turns, roles, strict=True) if parties[role] in (user, Party.SYSTEM)]
    return BETWEEN.join(split_content(content_of(turn))[0] for turn in asked)


def content_of(turn: Turn) -> object:
    """What was said in a turn, as it is written."""
    for field in CONTENT_FIELDS:
        content = turn.get(field)
        if content is not None:
            return content
    return None


def _said(turn: Turn) -> tuple[str, str, int]:
    """Text, reasoning and ending of a turn."""
    text, reasoning = split_content(content_of(turn))
    if _is_thought(turn):
        text, reasoning = "", joined((text, reasoning))
    ending = ending_of(turn)
    refusal = turn.get("refusal")
    if not text and isinstance(refusal, str):
        text, ending = refusal, REFUSED
    return text, reasoning_beside(turn) or reasoning, ending


def _with_thought_apart(text: str, reasoning: str, ending: int) -> tuple[str, str, int]:
    answer, thought = split_reasoning(text)
    return answer, joined((reasoning, thought)), ending


def reasoning_beside(value: Mapping[str, Any]) -> str:
    """The reasoning that stands in a field of its own."""
    if _REASONING.isdisjoint(value):
        return ""
    for field in REASONING_FIELDS:
        found = value.get(field)
        if isinstance(found, list) and all(map(is_object, found)):
            found = joined(joined(_split_part(part)) for part in found)
        if isinstance(found, str) and found:
            return found
    return ""


def _is_thought(part: Mapping[str, Any]) -> bool:
    """Whether a part or a turn is marked as a thought, as Gemini's are."""
    return part.get("thought") is True or part.get("isThought") is True


def split_content(content: object) -> tuple[str, str]:
    """Text and reasoning of what was said: a string, an object around it, or a list of parts; null is empty.

    Raises
    ------
    Unusable : it is none of these
    """
    if content is None:
        return "", ""
    if isinstance(content, str):
        return content, ""
    if is_object(content):
        return _split_part(content)
    if isinstance(content, list):
        parts = [split_content(part) for part in content]
        texts, reasonings = ([part[i] for part in parts if part[i]] for i in (0, 1))
        return BETWEEN.join(texts), BETWEEN.join(reasonings)
    raise Unusable(NOT_A_STRING)


def _split_part(part: Mapping[str, Any]) -> tuple[str, str]:
    """Text and reasoning of one part; what is neither (a picture, the call of a tool) has none."""
    kind = str(part.get("type", "")).casefold()
    if "tool" in kind or "function" in kind:
        return "", ""
    if is_object(part.get(THOUGHT_OF_BEDROCK)):
        return "", joined(split_content(part[THOUGHT_OF_BEDROCK].get("reasoningText")))
    text, reasoning = split_content(next((part[f] for f in TEXTS_OF_PARTS if part.get(f) is not None), None))
    if kind in REASONING_PARTS or _is_thought(part):
        return "", joined((text, reasoning))
    return text, reasoning
