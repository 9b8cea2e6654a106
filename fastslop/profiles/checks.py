"""Whether a profile from a file can be one: its checksums agree with whatever a stranger has put into it.

Checked when it is opened: the footer (``footer_checks``), the sizes of parts, all plain sections, and whether
counts by prompt sum to the totals. Rows are checked as they are decoded (``row_reader``), so that what a command does
not read costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from fastslop._kernels.machine.constants import IS_BREAK, IS_MARK, IS_WORD, N_BLOCKS
from fastslop._kernels.profiles.unit_totals import add_units
from fastslop.base.arrays import Counts, Keys
from fastslop.base.errors import BadInputError
from fastslop.base.prompt_texts import MOST_BYTES, MOST_PROMPTS
from fastslop.base.spec import CountSpec
from fastslop.profiles.footer_checks import MOST
from fastslop.profiles.packed import (
    ALWAYS,
    CAPITALS,
    PROMPT_COLUMNS,
    PROMPT_TEXTS,
    TEXT_KEYS,
    Packed,
    section_of,
    unpack_head,
)
from fastslop.profiles.profile import Prompts, empty_grams
from fastslop.profiles.row_reader import EVERY_ROW, RowReader, limits_of, padded

KINDS = (IS_WORD, IS_MARK, IS_WORD | IS_BREAK, IS_MARK | IS_BREAK)
"""Kinds of tokens that a profile may hold."""


def check_opened(packed: Packed, values: Mapping[str, Any], *, all_rows: bool) -> None:
    """Check the plain sections of a profile, by its footer's ``values``, and the sums of the tables that it has: of
    those of order 1, or of all where ``all_rows`` are wanted.

    Raises
    ------
    BadInputError
        If there is what no profile holds; the text says where, but does not name the file.
    """
    streams = {name: packed.parts[i].streams[0] for name in ALWAYS for i in packed.of_section(name)}
    prompts = _checked_prompts(streams, values)
    _check_tokens(streams["tokens.text"], streams["tokens.kinds"])
    _check_text_keys(np.frombuffer(streams[TEXT_KEYS], np.uint64), values)
    if CAPITALS[0] in streams:
        n_inside, n_capital = (np.frombuffer(streams[name], np.int64) for name in CAPITALS)
        _check_capitals(n_inside, n_capital, len(streams["tokens.kinds"]), values["n_words"])
    if PROMPT_TEXTS[0] in streams:
        _check_asked(*(streams[name] for name in PROMPT_TEXTS))
    _check_totals(packed, prompts, values["n_parts"], math.inf if all_rows else 1)


def check_rows(packed: Packed) -> None:
    """Decode all rows of a profile, part by part, to find what no profile holds; errors are those of `RowReader`."""
    prompts, vocabulary, ranks = unpack_head(packed)
    for table in packed.profile.spec.tables:
        scaled = packed.profile.spec.scaled_of(table[1])
        reader = RowReader(packed.title, table, scaled, prompts, vocabulary.keys, ranks)
        for part in (packed.parts[i] for i in packed.of_section(section_of(table))):
            grams = empty_grams(part.n_rows, table[1], part.n_units)
            reader.begin(part)
            reader.read_whole(grams, np.empty(part.n_rows, np.int64), 0, 0, EVERY_ROW)


def _wrong(what: str) -> BadInputError:
    return BadInputError(f"damaged: {what}; write it again from its source")


def _checked_prompts(streams: Mapping[str, bytes], values: Mapping[str, Any]) -> Prompts:
    """The prompts, which rise and have the totals of the footer."""
    keys = np.frombuffer(streams["prompts.keys"], np.uint64)
    columns = [np.frombuffer(streams[f"prompts.{name}"], np.int64) for name in PROMPT_COLUMNS[1:]]
    if len(keys) != values["n_prompts"] or not _rise(keys):
        raise _wrong(f"the keys of its prompts do not rise, or are not the {values['n_prompts']:,} of the footer")
    for name, column in zip(PROMPT_COLUMNS[1:], columns, strict=True):
        least = 1 if name == "n_docs" else 0
        if len(column) != len(keys) or not _are_within(column, least, MOST) or column.sum(dtype=np.float64) > 2 * MOST:
            raise _wrong(f"{name} of its prompts are no counts, one for each prompt")
    prompts = Prompts(keys, *columns)
    totals = {"n_docs": prompts.n_docs, "n_words": prompts.n_words, "n_bytes": prompts.n_bytes}
    for name, column in totals.items():
        if int(column.sum()) != values[name]:
            raise _wrong(f"{name} of its prompts sum to {int(column.sum()):,}, not to the footer's {values[name]:,}")
    if values["n_words"] + int(prompts.n_marks.sum()) != values["n_tokens"]:
        raise _wrong(f"words and marks of its prompts do not sum to the footer's {values['n_tokens']:,} tokens")
    return prompts


def _check_tokens(text: bytes, kinds: bytes) -> None:
    """Check texts and kinds of tokens; that no two are the same is known when they have been sorted."""
    if text.count(0) != len(kinds):
        raise _wrong(f"there are {text.count(0):,} tokens, and kinds of {len(kinds):,}")
    if text.startswith(b"\0") or b"\0\0" in text or b" " in text or not _is_utf8(text):
        raise _wrong("its tokens are not all words and marks in UTF-8")
    if kinds.translate(None, bytes(KINDS)):
        raise _wrong("its tokens are not all of the kinds that there are")


def _check_text_keys(keys: Keys, values: Mapping[str, Any]) -> None:
    """Check that there is a hash of each document, and as many copies among them as the footer says."""
    if len(keys) != values["n_docs"] or not bool(np.all(keys[1:] >= keys[:-1])):
        raise _wrong(f"the hashes of its texts do not rise, or are not those of {values['n_docs']:,} documents")
    if int(np.count_nonzero(keys[1:] == keys[:-1])) != values["guarded"]["duplicate"]:
        raise _wrong(f"its texts are not {values['guarded']['duplicate']:,} copies of others, as the footer says")


def _check_capitals(n_inside: Counts, n_capital: Counts, n_tokens: int, n_words: int) -> None:
    if len(n_inside) != n_tokens or len(n_capital) != n_tokens:
        raise _wrong(f"it has capitals of {len(n_inside):,} tokens, not of {n_tokens:,}")
    if not _are_within(n_inside, 0, n_words) or not _are_within(n_capital, 0, n_words) or np.any(n_capital > n_inside):
        raise _wrong("its capitals are more than its words")


def _check_asked(keys: bytes, text: bytes) -> None:
    """Check the texts of prompts."""
    known = np.frombuffer(keys, np.uint64)
    if len(known) != text.count(0) or len(known) > MOST_PROMPTS or not _rise(known):
        raise _wrong(f"it has {text.count(0):,} texts of prompts for {len(known):,} keys, which must rise")
    if not _is_utf8(text) or max(map(len, text.split(b"\0"))) > MOST_BYTES:
        raise _wrong(f"the texts of its prompts are not in UTF-8, or of more than {MOST_BYTES:,} bytes")


def _check_totals(packed: Packed, prompts: Prompts, n_parts: Mapping[str, int], most_order: float) -> None:
    """Check that counts by prompt of the tables that are read, up to ``most_order``, sum to what prompts have.

    Those of single words and marks are as many; those of longer n-grams are no more, but two may hold each mark.
    """
    limits = limits_of(prompts)
    for kind, order in packed.profile.spec.tables:
        section = section_of((kind, order))
        most = prompts.n_marks * order if kind == "mark" else prompts.n_words
        is_whole = order == 1 and packed.profile.pruned is None and _counts_all(packed.profile.spec, kind)
        parts = [packed.parts[i] for i in packed.of_section(section)]
        if n_parts.get(section, 0) > len(parts) or order > most_order:  # it is not read
            continue
        by_prompt, by_block = np.zeros(len(prompts.keys), np.int64), np.zeros(N_BLOCKS, np.int64)
        are_right = all(add_units(padded(part), limits.bits, limits.n, by_prompt, by_block) for part in parts)
        if not are_right or not _sum_to(prompts, by_prompt, by_block, most, is_whole=is_whole):
            raise _wrong(f"the counts of {section} by prompt do not sum to the {kind}s of the prompts")


def _counts_all(spec: CountSpec, kind: str) -> bool:
    """Whether a table of order 1 has all that there is of its kind."""
    return kind == "mark" or (kind == "word" and spec.min_word_chars == 1)


def _sum_to(prompts: Prompts, by_prompt: Counts, by_block: Counts, most: Counts, *, is_whole: bool) -> bool:
    """Whether counts by prompt and by block of prompts are as many as each prompt can have; if ``is_whole``, has."""
    in_blocks, most_in_blocks = by_block.copy(), np.zeros(N_BLOCKS, np.int64)
    np.add.at(in_blocks, prompts.blocks, by_prompt)
    np.add.at(most_in_blocks, prompts.blocks, most)
    if is_whole:
        return np.array_equal(in_blocks, most_in_blocks) and bool(np.all(by_prompt <= most))
    return bool(np.all(by_prompt <= most) and np.all(in_blocks <= most_in_blocks))


def _rise(keys: Keys) -> bool:
    return bool(np.all(keys[1:] > keys[:-1]))


def _are_within(counts: Counts, least: int, most: int) -> bool:
    return not len(counts) or (int(counts.min()) >= least and int(counts.max()) <= most)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
