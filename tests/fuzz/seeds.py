"""What the fuzzers begin with, in words of our own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import polars as pl

from fastslop.reading import names

PROFILE_PAIRS = (
    ("p1", "the sea was grey and cold — Anna said no, no sea!"),
    ("p2", "a gull over the sea, and no sea"),
    ("p2", "no gull said no"),
    ("p3", "Anna said a gull was cold"),
)
"""Documents of a small profile, with their prompts: rows of one prompt, of a few, and of several occurrences."""
PROFILE_INPUTS = (
    b"\x00\x06\x00\x00\x00",
    b"\x0d\x08\x01\x00\x02\xff\xff",
    b"\x0c\x18\x03\x00\x01\x80\x0d\x04\x00\x00\x01\x01",
    b"\x0e\x1c\x00\x00\x03\xff\xff\x7f",
    b"\x11\x00\x20\x00\x04null",
    b'\x12\x01\x01\x00\x08"x": [],',
    b"\x06\x09\x02\x00\x01\x00",
)
"""Edits of it, as the fuzzer spells them."""

READER_KINDS = (".jsonl", ".json", ".csv", ".tsv", ".txt", ".parquet", ".eval")
"""Kinds of files that readers are tried with; the number of one is in the first byte of an input."""
_RECORDS = (
    b'{"model": "oak", "prompt": "p1", "output": "The sea was grey. <think>A gull?</think> No \\u00e9 gull."}',
    b'{"model": "elm", "prompt": 7, "output": "A gull said no", "finish_reason": "length"}',
    b'{"model": "elm", "prompt": null, "output": "No sea"}',
)
_CHATS = (
    b'{"messages": [{"role": "user", "content": "Tell of it."}, {"role": "assistant", "content": "The sea."}]}',
    b'{"conversations": [{"from": "human", "value": "Tell."}, {"from": "gpt", "value": "A gull."}], "model": "m"}',
    b'{"prompt": "p", "responses": {"oak": "The sea", "elm": "A gull"}}',
    b'{"id": "b1", "custom_id": "r1", "response": {"body": {"model": "m", "choices": [{"message": '
    b'{"role": "assistant", "content": [{"type": "text", "text": "Sea"}]}, "finish_reason": "stop"}]}}}',
    b'{"text": "<|im_start|>user\\nTell<|im_end|>\\n<|im_start|>assistant\\nThe sea<|im_end|>"}',
    b'{"candidates": [{"content": {"role": "model", "parts": [{"text": "Sea", "thought": true}, {"text": "Gull"}]}}]}',
)
_TABLES = (
    b"model,prompt,output\noak,p1,the sea\nelm,7.0,a gull\n",
    b'sep=;\r\nmodel;prompt;output\r\noak;"a ""b""";"the\nsea"\r\n',
    b"model\tprompt\toutput\noak\tp1\tthe sea\nelm\tp2\t\n",
)


def _eval() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(
            "samples/1.json", b'{"id": 1, "input": "Tell", "output": {"model": "m", "completion": "The sea"}}'
        )
    return packed.getvalue()


def _parquet() -> bytes:
    packed = io.BytesIO()
    rows = {"model": ["oak", "elm"], "prompt": ["p1", None], "output": ["the sea", "a gull"]}
    pl.DataFrame(rows).write_parquet(packed, compression="uncompressed")
    return packed.getvalue()


def _reader_inputs() -> Iterator[bytes]:
    for record in (*_RECORDS, *_CHATS):
        yield b"\x00" + record
        yield b"\x01[" + record + b"]"
    yield b"\x00" + b"\r\n".join(_RECORDS)
    yield b"\x07" + b"\n".join(_CHATS)
    yield b'\x01{"run": {"model": "m"}, "results": [' + b",".join(_RECORDS) + b"]}"
    yield b'\x01{"prompt": ["p1", "p2"], "output": ["the sea", "a gull"], "model": "m"}'
    yield b"\x01" + b"\n".join(_RECORDS)
    yield b"\x00" + b"\n".join(_RECORDS).decode().encode("utf-16")
    yield b"\x02" + _TABLES[0].decode().encode("utf-16")
    yield from (b"\x02" + table for table in _TABLES)
    yield b"\x03" + _TABLES[2]
    yield b"\x04The sea was grey.\n\nNo gull said no."
    yield b"\x05" + _parquet()
    yield b"\x06" + _eval()


READER_INPUTS = tuple(_reader_inputs())
"""Files of every kind, in small."""

LIST_KINDS = (".txt", ".json", ".jsonl", ".csv", ".yaml")
"""Kinds of lists; the number of one is in the first byte of an input."""
_LISTS = (
    (".txt", b'barely above\n"a tapestry of"\n\\bno\\w+ but (grey|gull)\nsea\n'),
    (".txt", b'["a", "b"]'),
    (".json", b'["barely above", "it wasn\'t the sea"]'),
    (".json", b'[["barely above"], ["wasn sea"], ["could help"]]'),
    (".json", b'[["barely above", 0.1], ["sea", 2]]'),
    (".json", b'{"barely above": 1, "sea": 0.5}'),
    (".json", b'[{"phrase": "barely above"}, {"regex": "[a-z]+ing\\\\b"}]'),
    (".json", b'{"override": {"slop_phrases": ["a"], "extra": {"banned_regex": ["^a(b|c)?d"]}}}'),
    (".json", b'{"preset": {"banned_tokens": "\\"barely above\\"\\nelara"}}'),
    (".jsonl", b'["barely above", 12]\n\n"elara"\n{"word": "sea"}\n'),
    (".csv", b'kind,phrase\nphrases,"barely above"\nregex,"a.{1,9}b"\nwords,\n'),
    (".yaml", b"banned_strings:\n- barely above\n- &x elara\nmore: {bigrams: [*x, 'the sea']}\n"),
)
LIST_INPUTS = tuple(bytes([LIST_KINDS.index(kind)]) + content for kind, content in _LISTS)
"""Lists in all shapes that are known."""


def dictionary() -> str:
    """Words of files with texts, for the fuzzer to put in: names of fields, what stands in JSON and before turns."""
    fields = (*names.CHATS, *names.ANSWERS, *names.ANYBODYS_TEXTS, *names.SEVERAL_TEXTS, *names.LABELS, *names.PROMPTS)
    more = (*names.GROUPS, *names.ASKING, *names.CHOICES, "role", "user", "assistant", "system", "parts", "thinking")
    marks = r"\\ud800 \\udfff \\u0000 </think> <think> [INST] [/INST] 1e999 NaN true false null \xef\xbb\xbf \xff\xfe"
    words = (*(f'\\"{name}\\": ' for name in (*fields, *more)), *marks.split(), '\\", \\"', "{}", "[]", "}, {", "[{")
    return "".join(f'"{word}"\n' for word in words)
