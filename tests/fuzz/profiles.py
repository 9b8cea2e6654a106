"""Fuzzing of what reads profiles: ``NUMBA_DISABLE_JIT=1 python -m tests.fuzz.profiles [CORPUS] [-max_total_time=N]``.

Needs Atheris (``pip install --group fuzz``). An input is a list of edits of a real profile's footer, sizes and streams;
checksums are right again after them. The kernels are interpreted, so that their branches guide the fuzzer, and a place
beyond an array is an error, where the compiled ones would read on. What is found goes to ``found/profiles``, which
``tests/profiles/test_forgeries.py`` tries from then on, compiled.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from zlib import crc32

from fastslop.base.errors import FastslopError
from fastslop.base.prompt_texts import kept_texts
from fastslop.base.spec import CountSpec
from fastslop.counting.one_label import count_documents
from fastslop.profiles.checks import check_rows
from fastslop.profiles.files import footer_of, packed_of, profile_footer
from fastslop.profiles.merge import merge_packed
from fastslop.profiles.packed import STREAMS, pack, sections_of, unpack
from fastslop.profiles.profile import Profile
from tests.fuzz.seeds import PROFILE_INPUTS, PROFILE_PAIRS
from tests.profile_checks import check_possible, same
from tests.profiles.forge import Content
from tests.strategies import chunk

SPEC = CountSpec(orders=(1, 2), content_orders=(2,), stopwords=("the", "and", "a"))
HEAD = struct.Struct("<BBHB")
COLUMNS = ("n_rows", "n_units", *STREAMS)


class Edit(NamedTuple):
    """One change: of which ``part`` (or the footer), in which ``column``, at which place, by which bytes."""

    part: int
    kind: int
    at: int
    data: bytes


def edits_of(data: bytes) -> Iterator[Edit]:
    """The edits that an input spells."""
    while len(data) >= HEAD.size:
        part, kind, at, n = HEAD.unpack_from(data)
        yield Edit(part, kind, at, data[HEAD.size : HEAD.size + n % 32])
        data = data[HEAD.size + n % 32 :]


def edited(stream: bytes, kind: int, at: int, data: bytes) -> bytes:
    """A stream in which bytes are replaced, put in or taken out."""
    at %= len(stream) + 1
    behind = (at + len(data), at, at + max(len(data), 1), len(stream))[kind % 4]
    return stream[:at] + (b"" if kind % 4 == 2 else data) + stream[behind:]


def applied(content: Content, edit: Edit) -> Content:
    """The content after one edit."""
    n = len(content.parts)
    if edit.part % (n + 1) == n:
        footer = edited(content.footer.encode(), edit.kind, edit.at, edit.data)
        return replace(content, footer=footer.decode(errors="replace"))
    at = edit.part % (n + 1)
    part, name = content.parts[at], COLUMNS[edit.kind // 4 % len(COLUMNS)]
    if name in STREAMS:
        value: Any = edited(part[name], edit.kind, edit.at, edit.data)
    else:
        value = part[name] + int.from_bytes(edit.data[:8].ljust(1, b"\1"), "little", signed=True)
        value = min(max(value, -(2**63)), 2**63 - 1)
    return replace(content, parts=(*content.parts[:at], part | {name: value}, *content.parts[at + 1 :]))


@cache
def real() -> tuple[Profile, Content]:
    """A small profile with all that profiles can have, and its content."""
    counted = count_documents(chunk(list(PROFILE_PAIRS)), SPEC)
    texts = kept_texts({int(key): f"Tell of {key % 7}." for key in counted.prompts.keys})
    profile = replace(counted, prompt_texts=texts, sources=frozenset({"a"}))
    packed = pack(profile)
    parts = [
        {"section": p.section, "n_rows": p.n_rows, "n_units": p.n_units} | dict(zip(STREAMS, p.streams, strict=True))
        for p in packed.parts
    ]
    return profile, Content(json.dumps(profile_footer(packed), sort_keys=True), tuple(parts))


def opened(content: Content) -> None:
    """Open, read and merge a profile of this content, as commands do; what is taken must be whole."""
    text = content.footer
    footer = footer_of(Path("forged.parquet"), text, str(crc32(text.encode())))
    packed = packed_of(footer, content.frame, sections_of(footer.spec.tables))
    profile = unpack(packed)
    check_possible(profile)
    unpack(packed, min_prompts=2)
    check_rows(packed)
    assert same(unpack(pack(profile)), profile)
    with suppress(FastslopError):  # it may have another specification, or hold the same source
        merge_packed([pack(replace(real()[0], label=profile.label, sources=frozenset({"b"}))), packed])


def one_input(data: bytes) -> None:
    """Try one input: any error but those that are meant for people goes through."""
    content = real()[1]
    for edit in edits_of(data):
        content = applied(content, edit)
    if content == real()[1]:
        return
    with suppress(FastslopError):
        opened(content)


def main() -> None:
    """Fuzz."""
    import atheris

    with atheris.instrument_imports(include=["fastslop._kernels.profiles", "fastslop.profiles", "fastslop.base.spec"]):
        for name in [name for name in sys.modules if name.startswith(("fastslop", "tests."))]:
            del sys.modules[name]
        from tests.fuzz.profiles import one_input as instrumented
        from tests.fuzz.profiles import real as made

    made()
    with TemporaryDirectory() as folder:
        for i, data in enumerate(PROFILE_INPUTS):
            Path(folder, str(i)).write_bytes(data)
        atheris.Setup([*sys.argv, folder], instrumented)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
