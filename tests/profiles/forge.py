"""Forged profiles: a real one in which one thing is changed, and all checksums are made right again.

A stranger who passes a profile on can do all of this, so nothing of it may harm who reads it. ``forgeries`` lists every
kind: each field of the footer, each section and each stream, broken in each way that its type allows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

import numpy as np
import polars as pl

from fastslop.profiles.files import FOOTER, FOOTER_CRC
from fastslop.profiles.packed import ALWAYS, CAPITALS, ENDED, PROMPT_TEXTS, STREAMS

HUGE = 10**30
WRONG: dict[str, Any] = {
    "null": None,
    "true": True,
    "negative": -1,
    "huge": HUGE,
    "beyond 64 bits": 1 << 63,
    "fraction": 0.5,
    "text": "x",
    "half a character": "\ud800",
    "list": ["x"],
    "list of lists": [[]],
    "object": {"x": 1},
    "empty": {},
}
"""Values of every type, by what they are."""
RIGHT = {
    "label": {"text"},
    "panel": {"null", "text"},
    "sources": {"list"},
    "pruned": {"null", "text"},
    "left_out": {"empty"},
}
"""Those that a field may have: a profile with another label is a profile."""


@dataclass(frozen=True)
class Content:
    """What is in a profile's file: the text of its footer, and a row for each part, without its checksum."""

    footer: str
    parts: tuple[dict[str, Any], ...]

    @staticmethod
    def of(path: Path) -> Content:
        """The content of a file."""
        rows = pl.read_parquet(path).drop("crc").to_dicts()
        return Content(pl.read_parquet_metadata(path)[FOOTER], tuple(rows))

    @property
    def values(self) -> dict[str, Any]:
        """The fields of the footer."""
        return dict(json.loads(self.footer))

    def saying(self, **values: Any) -> Content:
        """The same with other fields in its footer."""
        return replace(self, footer=json.dumps(self.values | values, sort_keys=True))

    def place(self, section: str) -> int:
        """The first part of a section."""
        return [part["section"] for part in self.parts].index(section)

    def having(self, section: str, **values: Any) -> Content:
        """The same with other columns of the first part of a section."""
        at = self.place(section)
        return replace(self, parts=(*self.parts[:at], self.parts[at] | values, *self.parts[at + 1 :]))

    def numbers(self, section: str) -> np.ndarray:
        """The numbers of a plain section, to be changed."""
        kind = np.uint8 if section == "tokens.kinds" else np.uint64 if section.endswith("keys") else np.int64
        return np.frombuffer(self.parts[self.place(section)]["heads"], kind).copy()

    def with_numbers(self, section: str, numbers: np.ndarray) -> Content:
        """The same with other numbers in a plain section."""
        return self.having(section, heads=numbers.tobytes(), n_rows=len(numbers))

    def with_text(self, section: str, text: bytes) -> Content:
        """The same with another text in a plain section, and as many rows as it has ends."""
        return self.having(section, heads=text, n_rows=text.count(0))

    @property
    def frame(self) -> pl.DataFrame:
        """The columns of its file."""
        numbers = {"n_rows": pl.Int64, "n_units": pl.Int64}
        schema = {"section": pl.String, **numbers, **dict.fromkeys(STREAMS, pl.Binary)}
        return pl.DataFrame(list(self.parts), schema=schema).with_columns(
            crc=pl.Series([_crc(part) for part in self.parts], dtype=pl.UInt32)
        )

    def write(self, path: Path) -> None:
        """Write it as a file whose checksums agree."""
        write_frame(self.frame, self.footer, path)


def write_frame(frame: pl.DataFrame, footer: str, path: Path, row_group_size: int = 1) -> None:
    """Write columns and a footer, with its checksum."""
    metadata = {FOOTER: footer, FOOTER_CRC: str(crc32(footer.encode()))}
    frame.write_parquet(path, row_group_size=row_group_size, statistics=False, metadata=metadata)


def _crc(part: dict[str, Any]) -> int:
    sizes = f"{part['section']} {part['n_rows']} {part['n_units']}".encode()
    return crc32(b"".join([sizes, *((part[name] or b"") for name in STREAMS)]))


Writer = Callable[[Path], None]


def forgeries(real: Content) -> Iterator[tuple[str, Writer]]:
    """Every kind of forgery, by name, and what writes its file."""
    for name, footer in _footers(real):
        yield f"footer: {name}", replace(real, footer=footer).write
    for name, content in (*_plain(real), *_tables(real), *_parts(real)):
        yield name, content.write
    yield from _columns(real)


def changed_files(path: Path, n: int = 300) -> Iterator[tuple[str, Writer]]:
    """The file with some of its bytes changed, mostly in what Parquet says of pages; checksums are as they were."""
    whole = path.read_bytes()
    metadata = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    random = Random(1)

    def writer(changed: bytes) -> Writer:
        return lambda path: void(path.write_bytes(changed))

    for i in range(n):
        changed = bytearray(whole)
        for _ in range(random.choice((1, 1, 2, 5))):
            at = random.randrange(metadata, len(whole) - 8) if random.random() < 0.6 else random.randrange(len(whole))
            changed[at] = random.choice((0, 127, 128, 255, changed[at] ^ 1 << random.randrange(8)))
        yield f"file: {i}", writer(bytes(changed))


def void(_: object) -> None:
    """Nothing, of whatever a call gives."""


def _footers(real: Content) -> Iterator[tuple[str, str]]:
    values = real.values

    def text(changed: Any) -> str:
        return json.dumps(changed, sort_keys=True)

    for field, right in values.items():
        yield f"no {field}", text({name: value for name, value in values.items() if name != field})
        for kind, wrong in WRONG.items():
            if kind not in RIGHT.get(field, ()) and wrong != right:
                yield f"{field} {kind}", text(values | {field: wrong})
        for number in ("NaN", "Infinity", "1e400", "9" * 5000):
            yield f"{field} {number[:9]}", text(values | {field: "@"}).replace('"@"', number)
    for field in ("n_docs", "n_prompts", "n_words", "n_tokens", "n_bytes"):
        yield f"{field} one more", text(values | {field: values[field] + 1})
        yield f"{field} zero", text(values | {field: 0})
    for field in ("spec", "guarded", "n_parts"):
        for inner in values[field]:
            for kind, wrong in WRONG.items():
                if wrong != values[field][inner] and (field, inner, kind) != ("spec", "stopwords", "list"):
                    yield f"{field}.{inner} {kind}", text(values | {field: values[field] | {inner: wrong}})
        yield f"{field} of what is not there", text(values | {field: values[field] | {"x": 1}})
    for inner in ("looping", "duplicate"):
        without = {name: n for name, n in values["guarded"].items() if name != inner}
        yield f"guarded without {inner}", text(values | {"guarded": without})
    yield "one copy too many", text(values | {"guarded": values["guarded"] | {"duplicate": 1}})
    yield "left out of what is not there", text(values | {"pruned": "x", "left_out": {"x": 1}})
    yield "one n-gram in ten said of all", text(values | {"spec": values["spec"] | {"scaled": 10}})
    yield "left out below zero", text(values | {"pruned": "x", "left_out": {"word-1": -1}})
    yield "a field twice", real.footer.replace("{", '{"label": "x", ', 1)
    yield "nested deeply", real.footer.replace("{", '{"x": ' + "[" * 100_000 + "]" * 100_000 + ", ", 1)
    for whole in ("", "null", "[]", "1", '"x"', "{}", real.footer[:-1], real.footer + "x"):
        yield f"{whole[:9]} as a whole", whole


def _plain(real: Content) -> Iterator[tuple[str, Content]]:
    for section in ALWAYS:  # of a profile that has them all
        heads = real.parts[real.place(section)]["heads"]
        n = len(heads)
        streams = {
            "cut by a byte": heads[:-1],
            "cut by a number": heads[:-8],
            "half": heads[: n // 2],
            "empty": b"",
            "longer": heads + b"\1",
            "longer by a number": heads + bytes(8),
            "random": Random(section).randbytes(n),
        }
        for kind, stream in streams.items():
            yield f"{section} {kind}", real.having(section, heads=stream)
        yield f"{section} has units", real.having(section, n_units=1)
        yield f"{section} has other streams", real.having(section, spread=b"\1")
        for size in (-1, 0, HUGE % 2**62, len(heads) + 1):
            yield f"{section} of {size} rows", real.having(section, n_rows=size)
        if section not in ENDED:
            yield from ((f"{section} {kind}", real.with_numbers(section, x)) for kind, x in _numbers(real, section))
        else:
            yield from ((f"{section} {kind}", real.with_text(section, text)) for kind, text in _texts(heads))
    swapped = real.numbers("prompts.n_words")
    other = int(np.flatnonzero(swapped != swapped[0])[0])
    swapped[[0, other]] = swapped[[other, 0]]
    yield "prompts.n_words of two prompts changed over", real.with_numbers("prompts.n_words", swapped)
    n_inside, n_capital = map(real.numbers, CAPITALS)
    yield "tokens.n_capital more than inside", real.with_numbers(CAPITALS[1], n_inside + 1)
    yield "tokens.n_inside less than capitals", real.with_numbers(CAPITALS[0], n_capital - 1)


def _numbers(real: Content, section: str) -> Iterator[tuple[str, np.ndarray]]:
    """Numbers of a section that cannot be: keys that do not rise, counts below zero."""
    numbers = real.numbers(section)
    yield "one less", numbers[:-1]
    yield "one more", np.append(numbers, numbers[-1:] + 1 if section.endswith("keys") else numbers[-1:])
    if section.endswith("keys"):
        yield "reversed", numbers[::-1].copy()
        twice = numbers.copy()
        twice[1] = twice[0]
        yield "twice the same", twice
    elif section == "tokens.kinds":
        for kind in (0, 3, 4, 8, 255):
            yield f"of kind {kind}", np.where(np.arange(len(numbers)) == 1, kind, numbers).astype(np.uint8)
    else:
        for name, value in {"negative": -1, "least": -(2**63), "greatest": 2**63 - 1}.items():
            changed = numbers.copy()
            changed[1] = value
            yield name, changed
        if section == "prompts.n_docs":
            changed = numbers.copy()
            changed[:2] += [-changed[0], changed[0]]
            yield "of nothing", changed
        wrapped = numbers.copy()
        wrapped[:2] += [2**62, -(2**62)]
        yield "of a sum that agrees", wrapped


def _texts(text: bytes) -> Iterator[tuple[str, bytes]]:
    """Texts of a section that cannot be."""
    first, second, *_ = text.split(b"\0")
    yield "not in UTF-8", b"\xff" + text[1:]
    yield "half a character", text.replace(first, b"\xed\xa0\x80", 1)
    yield "one less", text[text.index(b"\0") + 1 :]
    yield "one more", text + b"qqq\0"
    yield "without its last end", text[:-1]
    if len(first) < 20:
        yield "an empty one", text[len(first) :]
        yield "twice the same", text.replace(second, first, 1)
        yield "with a space", b"a b" + text[len(first) :]
    else:
        yield "of many bytes", b"x" * 20_000 + text


def _tables(real: Content) -> Iterator[tuple[str, Content]]:
    for section in [name for name in real.values["n_parts"] if name not in ALWAYS]:
        part = real.parts[real.place(section)]
        for name in STREAMS:
            stream = part[name]
            n, random = len(stream), Random(f"{section} {name}")
            changed = {
                "cut by a byte": stream[:-1],
                "half": stream[: n // 2],
                "empty": b"",
                "longer": stream + b"\0",
                "much longer": stream + random.randbytes(1000),
                "all ones": b"\xff" * n,
                "all 128": b"\x80" * n,
                "all zeros": bytes(n),
                "random": random.randbytes(n),
                "reversed": stream[::-1],
                "a number without end": stream[: n // 3] + b"\xff" * 40 + stream[n // 3 + 40 :],
                "a huge number": stream[: n // 3] + b"\xff" * 8 + b"\x7f" + stream[n // 3 + 9 :],
                "a number below zero": stream[: n // 3] + b"\xff" * 9 + b"\x01" + stream[n // 3 + 10 :],
            }
            for kind, other in changed.items():
                if other != stream:
                    yield f"{section} {name} {kind}", real.having(section, **{name: other})
            for at in random.sample(range(n), min(n, 6)):
                other = stream[:at] + bytes([stream[at] ^ 1 << random.randrange(8)]) + stream[at + 1 :]
                yield f"{section} {name} a bit of byte {at}", real.having(section, **{name: other})
        for size in ("n_rows", "n_units"):
            for value in (-1, 0, part[size] - 1, part[size] + 1, 1 << 40, 2**63 - 1):
                yield f"{section} {size} {value}", real.having(section, **{size: value})
        for repeats in (-3, 1 << 62):
            spread = _repeating(part["spread"], repeats)
            yield f"{section} {repeats} more occurrences than documents", real.having(section, spread=spread)
        empty = dict.fromkeys(STREAMS, b"")
        yield f"{section} without rows", real.having(section, n_rows=0, n_units=0, **empty)


def _repeating(spread: bytes, repeats: int) -> bytes:
    """A stream whose first row has so many occurrences more than documents: a number below zero has ten bytes."""
    end = next(i for i, byte in enumerate(spread) if byte < 128) + 1
    behind = end + next(i for i, byte in enumerate(spread[end:]) if byte < 128) + 1 if spread[0] & 1 else end
    bits = (repeats - 1) % (1 << 64)
    number = bytes([*(bits >> 7 * i & 127 | 128 for i in range(9)), bits >> 63])
    return bytes([spread[0] | 1]) + spread[1:end] + number + spread[behind:]


def _parts(real: Content) -> Iterator[tuple[str, Content]]:
    """Parts that are not there, are there twice, or lie in another order."""
    for section in real.values["n_parts"]:
        at = real.place(section)
        parts, without = real.parts, (*real.parts[:at], *real.parts[at + 1 :])
        n_parts = real.values["n_parts"]
        yield f"{section} gone", replace(real, parts=without)
        yield f"{section} twice", replace(real, parts=(*parts, parts[at]))
        fewer = {name: n for name, n in n_parts.items() if name != section}
        # A table without rows has no parts; word-1 without any, and plain sections that are not there, are told.
        if section in (*ALWAYS, "word-1", "mark-1"):
            yield f"{section} gone, and not told of", replace(real, parts=without).saying(n_parts=fewer)
        twice = n_parts | {section: 2}
        yield f"{section} twice, as told", replace(real, parts=(*parts, parts[at])).saying(n_parts=twice)
    yield "no parts", replace(real, parts=())
    yield (
        "prompts' texts without keys",
        replace(real, parts=tuple(part for part in real.parts if part["section"] != PROMPT_TEXTS[0])),
    )


def _columns(real: Content) -> Iterator[tuple[str, Writer]]:
    """Other columns, and cells that are empty."""
    frame = real.frame

    def writer(changed: pl.DataFrame) -> Writer:
        return lambda path: write_frame(changed, real.footer, path)

    for name in frame.columns:
        yield f"no column {name}", writer(frame.drop(name))
        yield f"column {name} of nulls", writer(frame.with_columns(pl.lit(None, frame.schema[name]).alias(name)))
        yield f"column {name} of fractions", writer(frame.with_columns(pl.lit(0.5).alias(name)))
        yield f"column {name} of lists", writer(frame.with_columns(pl.lit([1]).alias(name)))
        yield f"column {name} of texts", writer(frame.with_columns(pl.lit("x").alias(name)))
    yield "no columns", writer(pl.DataFrame())
    yield "another column", writer(frame.with_columns(x=1))
