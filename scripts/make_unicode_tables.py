"""Write ``fastslop/unicode_tables.npz``: what every code point is to the tokeniser, frozen to Unicode 14.0.

Run with Python 3.11, whose ``unicodedata`` is version 14.0.0. That version is chosen because it is the newest one that
every supported interpreter's normaliser knows: by Unicode's stability policy the normal form of a character that was
assigned in 14.0 is the same in all later versions, so a frozen table plus the interpreter's own NFKC give the same
tokens on every Python. What was assigned later is a break.
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fastslop._kernels.machine.constants import (
    APOSTROPHE,
    BASE,
    BREAK,
    COMBINING,
    DIGIT,
    IGNORE,
    LETTER,
    MARK,
    NEEDS_NFKC,
    NEWLINE,
    REORDERS,
    SPACE,
    STOP,
)
from fastslop.tokens.unicode import KEPT

N_CODE_POINTS = 0x110000
APOSTROPHES = "'\u2019\u02bc"
NEWLINES = "\n\x0b\x0c\r\x85\u2028\u2029"
SPACES = "\t\u200b"
# Names that open a script written without spaces between words; each base character is a token there.
UNSPACED = (
    "CJK UNIFIED",
    "CJK COMPATIBILITY IDEOGRAPH",
    "HIRAGANA",
    "KATAKANA",
    "THAI ",
    "LAO ",
    "KHMER ",
    "MYANMAR ",
)
UNSPACED_OTHERS = "々〇〻ー"
# Unicode's Sentence_Terminal property (PropList.txt, 14.0), Basic Multilingual Plane, plus the ellipsis.
SENTENCE_ENDS = "!.?։؝؞؟۔܀܁܂߹࠷࠹࠽࠾।॥၊။።፧፨᙮᜵᜶᠃᠉᥄᥅᪨᪩᪪᪫᭚᭛᭞᭟᭽᭾᰻᰼᱾᱿‼‽⁇⁈⁉⸮⸼⹓⹔。꓿꘎꘏꛳꛷꡶꡷꣎꣏꤯꧈꧉꩝꩞꩟꫰꫱꯫﹒﹖﹗！．？｡…"


def is_unspaced(character: str) -> bool:
    """Whether the character belongs to a script in which each base character is a token."""
    return character in UNSPACED_OTHERS or unicodedata.name(character, "").startswith(UNSPACED)


def class_of(character: str) -> int:
    """The tokeniser's class of a character that is already in normal form."""
    category = unicodedata.category(character)
    if character in APOSTROPHES:
        return APOSTROPHE
    if character in NEWLINES:
        return NEWLINE
    if category[0] == "Z" or character in SPACES:
        return SPACE
    if category == "Cf" or unicodedata.name(character, "").startswith("VARIATION SELECTOR"):
        return IGNORE
    if category[0] == "C":
        return BREAK
    if character in SENTENCE_ENDS:
        return STOP
    if category[0] == "M":
        return COMBINING
    if is_unspaced(character) and (category[0] == "L" or character == "〇"):
        return BASE
    return {"L": LETTER, "N": DIGIT, "P": MARK, "S": MARK}[category[0]]


def second_of_composites() -> set[str]:
    """Characters that may join the one before them under composition (NFC_Quick_Check=Maybe)."""
    seconds = {chr(c) for c in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}
    for code_point in range(N_CODE_POINTS):
        fields = unicodedata.decomposition(chr(code_point)).split()
        if len(fields) == 2 and not fields[0].startswith("<"):
            seconds.add(chr(int(fields[1], 16)))
    return seconds


def build_tables() -> tuple[np.ndarray, np.ndarray]:
    """Class (with its flags) and folded code point of all 1,114,112 code points."""
    klass = np.full(N_CODE_POINTS, BREAK, np.uint8)
    fold = np.arange(N_CODE_POINTS, dtype=np.uint32)
    joins = second_of_composites()
    for code_point in range(N_CODE_POINTS):
        character = chr(code_point)
        if unicodedata.category(character) in ("Cn", "Cs"):
            continue
        normal = character if character in KEPT else unicodedata.normalize("NFKC", character)
        lower = normal.lower()
        if len(lower) != 1 or character in joins or lower in joins:
            klass[code_point] = class_of(normal[0] if normal else character) | NEEDS_NFKC
            continue
        klass[code_point] = class_of(normal) | (REORDERS if unicodedata.combining(normal) else 0)
        fold[code_point] = ord(lower)
    return klass, fold


def run_lengths(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The values without repeats, and how often each repeats."""
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    return values[starts], np.diff(np.r_[starts, len(values)]).astype(np.uint32)


def main() -> None:
    """Build the tables and write them beside the package's modules."""
    if unicodedata.unidata_version != "14.0.0":
        raise SystemExit(f"needs Python 3.11 (Unicode 14.0.0), not {unicodedata.unidata_version}")
    klass, fold = build_tables()
    classes, class_runs = run_lengths(klass)
    folded = np.flatnonzero(fold != np.arange(N_CODE_POINTS)).astype(np.uint32)
    np.savez_compressed(
        Path(__file__).resolve().parent.parent / "fastslop" / "tokens" / "unicode_tables.npz",
        classes=classes,
        class_runs=class_runs,
        folded=folded,
        folded_to=fold[folded],
    )


if __name__ == "__main__":
    main()
