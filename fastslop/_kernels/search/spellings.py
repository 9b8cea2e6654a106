"""Where phrases are written in texts, byte by byte."""

from __future__ import annotations

from fastslop._kernels.machine.jit import helper, inlined, kernel

NOT_THERE, UNKNOWN = -1, -2
MAX_MARKS = 3  # between two words
END, WORD, MARK, LINE, OTHER = range(5)  # kinds of characters; OTHER are those beyond ASCII and U+2000 to U+203F


@inlined
def lower(byte):
    """A byte, or the small letter of a capital one of ASCII."""
    return byte | 32 if 65 <= byte <= 90 else byte


@inlined
def kind_of(byte):
    """The kind of a character of ASCII."""
    if 48 <= byte <= 57 or 97 <= byte | 32 <= 122 or byte == 95:
        return WORD
    return LINE if byte == 10 else MARK


@inlined
def kind_at(text, i, end):
    """The kind of the character at ``i``, and the position behind it."""
    if i >= end:
        return END, i
    if text[i] < 128:
        return kind_of(text[i]), i + 1
    if i + 2 < end and text[i] == 0xE2 and text[i + 1] == 0x80:  # quotes, dashes, spaces and their like
        return MARK, i + 3
    return OTHER, i


@inlined
def kind_before(text, begin, i):
    """The kind of the character before ``i``."""
    if i <= begin:
        return END
    if text[i - 1] < 128:
        return kind_of(text[i - 1])
    return MARK if i - 3 >= begin and text[i - 3] == 0xE2 and text[i - 2] == 0x80 else OTHER


@helper
def end_of_phrase(text, i, end, phrase, word_ends, first, last):
    """The position behind the words ``first:last`` of phrases, if they stand at ``i``; else what is negative."""
    at = word_ends[first - 1] if first > 0 else 0
    for word in range(first, last):
        if word > first:
            n_marks = 0
            kind, after = kind_at(text, i, end)
            while kind == MARK and n_marks < MAX_MARKS:
                n_marks += 1
                i = after
                kind, after = kind_at(text, i, end)
            if kind == OTHER:
                return UNKNOWN
            if n_marks == 0 or kind != WORD:
                return NOT_THERE
        while at < word_ends[word]:
            if i >= end:
                return NOT_THERE
            if phrase[at] == 39 and i + 2 < end and text[i] == 0xE2 and text[i + 1] == 0x80 and text[i + 2] == 0x99:
                i += 3
            elif lower(text[i]) == phrase[at]:
                i += 1
            else:
                return NOT_THERE
            at += 1
    kind, _ = kind_at(text, i, end)
    if kind == OTHER:
        return UNKNOWN
    return NOT_THERE if kind == WORD else i


@kernel
def find_spellings(text, begins, ends, phrase, word_ends, phrase_ends, phrases, starts, stops):
    """Where the first place of each of these ``phrases`` is in its document, ``text[begins:ends]``.

    ``phrase`` u8 are the words of all phrases, of ASCII; they end at ``word_ends`` i64, and the words of each phrase
    before number ``phrase_ends`` i64. Between two words stand one to ``MAX_MARKS`` marks, and no line ends; letters are
    large or small, apostrophes straight or typographic. Written, i64: ``starts`` and ``stops``; the first is negative
    if the phrase is not there, or if that hangs on a character that is not known here.
    """
    for i in range(len(phrases)):
        first = phrase_ends[phrases[i] - 1] if phrases[i] > 0 else 0
        last = phrase_ends[phrases[i]]
        initial = phrase[word_ends[first - 1] if first > 0 else 0]
        starts[i] = NOT_THERE
        for at in range(begins[i], ends[i]):
            if lower(text[at]) != initial:
                continue
            before = kind_before(text, begins[i], at)
            if before == WORD:
                continue
            stop = end_of_phrase(text, at, ends[i], phrase, word_ends, first, last)
            if stop != NOT_THERE:
                starts[i] = UNKNOWN if stop == UNKNOWN or before == OTHER else at
                stops[i] = stop
                break
