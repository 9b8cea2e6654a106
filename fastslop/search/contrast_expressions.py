"""Contrasts ("not X, but Y") as regular expressions, for servers that ban by such.

The rules of ``contrasts``, as far as they can be written so that every server reads them: in the syntax that Python,
ECMAScript and its dialect in C++ have in common, without a flag, a look behind or a reference. What is matched is a
contrast by the rules; not every contrast by the rules is matched.
"""

from __future__ import annotations

from fastslop.search.contrast_rules.english import CLASSES, PATTERNS, PERSONS, RULES
from fastslop.search.contrasts import STEP, written_out

SPACES = r"[ \t*_]"
"""What stands between two tokens: spaces and markup, on one line."""
WORD = "[A-Za-z]+(?:(?:'|’)[A-Za-z]+)*"
PAUSE = "(?:[,;:]|—+|–+|-{1,3})"
STOP = r"(?:\.{3}|[.!]|…)"
MARKS = {"PAUSE": PAUSE, "BREATH": "(?:;|—+|–+|--+)", "COMMA": ",", "STOP": STOP, "PAUSE|STOP": f"(?:{PAUSE}|{STOP})"}
"""Steps that take a mark."""
JOIN = f"(?:{SPACES}+|{SPACES}*{PAUSE}{SPACES}*)"
"""What stands between two words of a gap that may hold pauses."""
BEFORE = {"<~AUXILIARY": "IS|WAS|SUBJECT_IS", "<IS": "IS|SUBJECT_IS", "<WAS": "WAS"}
"""Words that a rule may have before its first, by the class that it asks for there: they are matched as well."""

SUBJECT = "it"
"""The person of subjects that must agree. All seven make six times as much, and add a fifteenth of the matches."""


def contrast_expressions(language: str = "en") -> list[str]:
    """An expression for each pattern of contrasts that can be written as one; to be matched in any case.

    There are those of English only: none for texts in another language.
    """
    if language != "en":
        return []
    by_pattern = [
        [own for rule in pattern.rules for steps in written_out(rule, RULES) if (own := _expression(steps)) is not None]
        for pattern in PATTERNS
    ]
    return [rf"\b(?:{'|'.join(dict.fromkeys(rules))})" for rules in by_pattern if rules]


def _expression(steps: list[str]) -> str | None:
    """The expression of a rule's steps, or None if it cannot be written."""
    written = glue = ""
    agrees = any("=s" in step for step in steps)
    for step in steps:
        if step.startswith("<"):
            if step not in BEFORE:
                return None
            written, glue = _words(BEFORE[step]), f"{SPACES}+"
        elif step[:2] in ("..", ",,"):
            glue = JOIN if step[0] == "," else f"{SPACES}+"
            written += f"(?:{glue}{_none_of('NEGATION|BUT')}{WORD}){{0,{step[2:]}}}?"
        else:
            _, classes, same = STEP.fullmatch(step).groups("")  # type: ignore[union-attr]
            if same not in ("", "s"):
                return None
            is_mark = classes in MARKS
            own = (
                MARKS[classes] if is_mark else _words(classes, agrees=agrees and (step.startswith("s:") or bool(same)))
            )
            written += (f"{SPACES}*" if is_mark and written else glue) + own
            glue = f"{SPACES}*" if is_mark else f"{SPACES}+"
    return written


def _words(classes: str, *, agrees: bool = False) -> str:
    """A word of one of the classes, or one of none of them (``~``); of a subject that must agree, ``SUBJECT``."""
    if classes.startswith("~"):
        return _none_of(classes[1:]) + WORD
    return _alternatives(_of(classes) & {*PERSONS[SUBJECT].split()} if agrees else _of(classes))


def _none_of(classes: str) -> str:
    """No word of any of the classes; those that are of marks alone say nothing of words."""
    return f"(?!{_alternatives(_of(classes))})"


def _of(classes: str) -> set[str]:
    return {word for name in classes.split("|") if name not in (*MARKS, "END") for word in CLASSES[name].split()}


def _alternatives(words: set[str]) -> str:
    """Words as an expression, those that end alike together, with either apostrophe; "" if there is none."""
    by_end: dict[str, list[str]] = {}
    for word in sorted(words):
        stem = word.rpartition("n't" if word.endswith("n't") else "'")[0]
        by_end.setdefault(word.removeprefix(stem) if stem else "", []).append(stem or word)
    parts = [f"(?:{'|'.join(stems)})" + end.replace("'", "(?:'|’)") for end, stems in by_end.items()]
    return rf"(?:{'|'.join(parts)})\b" if parts else ""
