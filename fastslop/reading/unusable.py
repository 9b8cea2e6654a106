"""Reasons why a record or a document is left out, and the exception that carries one."""

from __future__ import annotations

from fastslop.reading.limits import LONGEST_TEXT

BROKEN_JSON = "broken JSON"
INVALID_UTF8 = "invalid UTF-8"
CONVERT = "it may be Latin-1 (Windows-1252): convert it, as iconv -f WINDOWS-1252 -t UTF-8 does"
"""What can be done about a file that is no UTF-8."""
AGAIN = "it is damaged or was not written to its end: write or fetch it again"
"""What can be done about a file that breaks off."""
NO_TEXT = "no text field"
NOT_A_STRING = "text is not a string"
LONE_SURROGATE = "lone surrogate"
NO_LABEL = "no model field"
TOO_LONG = f"longer than {LONGEST_TEXT >> 20} MiB"
EMPTY_TEXT = "empty text"
ONLY_REASONING = "nothing but reasoning"
NO_REASONING = "no reasoning"
NOT_THE_MODELS = "message of somebody else"
ANOTHER_KIND = "record of another kind"
SAME_TEXT = "the same text again, for another filter"
FAILED_CALL = "call that failed, as its record says"
UNKNOWN_TYPE = "unknown file type"
NO_FILE = "pipe, device or broken link"
BESIDE_DATA = "plain text beside data files"
READ_ME = "read-me of a folder"
NO_TEXTS_IN_FILE = "file without texts"
ONLY_REQUESTS = "requests of a batch, for its prompts"
A_PROFILE = "profile, not texts"
A_RUN = "results of a run, not texts"
HARMLESS = frozenset(
    {
        EMPTY_TEXT,
        ONLY_REASONING,
        NO_REASONING,
        NOT_THE_MODELS,
        ANOTHER_KIND,
        SAME_TEXT,
        FAILED_CALL,
        UNKNOWN_TYPE,
        NO_FILE,
        BESIDE_DATA,
        READ_ME,
        NO_TEXTS_IN_FILE,
        ONLY_REQUESTS,
        A_PROFILE,
        A_RUN,
    }
)  # counted, but no sign of a damaged file
DAMAGE = frozenset({BROKEN_JSON, INVALID_UTF8, LONE_SURROGATE})  # what no program writes on purpose


class Unusable(Exception):
    """A record or document that is skipped and counted under ``reason``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def decode(raw: bytes) -> str:
    """Decode UTF-8 strictly.

    Raises
    ------
    Unusable : the bytes are no UTF-8, or too many
    """
    if len(raw) > LONGEST_TEXT:
        raise Unusable(TOO_LONG)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Unusable(INVALID_UTF8) from None


def has_surrogate(text: str) -> bool:
    """Whether a text holds half of a surrogate pair and so cannot be written as UTF-8."""
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def without_surrogates(text: str) -> str:
    """Put U+FFFD in the place of each lone surrogate."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if has_surrogate(text) else text
