"""Tokens of a label in a file: what a task of a count leaves for the reduction, which counts those of all tasks.

A file has the tokens' text, and chunks of documents whose tokens are numbers, the smaller the more often a token occurs
in the file. So it takes less than half of the text that was read, where a profile of so few texts takes more than that;
and a row of a profile costs as much to add up as several n-grams to count.

Layout: ``MAGIC``, the streams one behind the other, then the index, JSON that tells where they are, with its CRC-32 and
length, and ``MAGIC`` again.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.counting.renumbering import renumber
from fastslop._kernels.counting.windows import LONG
from fastslop._kernels.machine.constants import BREAK_TOKEN, IS_BREAK
from fastslop.base.arrays import Bytes, Counts, Ids, Shorts
from fastslop.base.errors import BadInputError
from fastslop.base.prompt_texts import PromptTexts
from fastslop.base.spec import CountSpec
from fastslop.counting.label_numbering import LabelNumbering
from fastslop.counting.token_chunks import Tokenised
from fastslop.profiles.files import SUFFIX, profile_name
from fastslop.profiles.packed import codes_by_number, unpacked_vocabulary
from fastslop.system.atomic import write_atomically
from fastslop.system.threads import map_bounded
from fastslop.tokens.guards import Guarded
from fastslop.tokens.vocabulary import Vocabulary, union_of_vocabularies

TOKENS = ".tokens"
"""Ending of the names of these files."""
MAGIC = b"fastslop tokens 1\n"
_TRAILER = struct.Struct(f"<IQ{len(MAGIC)}s")
_COLUMNS = ("doc_ends", "prompt_keys", "n_words", "n_marks", "n_bytes", "text_keys")
"""Columns of documents, 64 bits each, in the order in which a chunk's stream has them."""


def token_file_name(label: str) -> str:
    """The name of the file of a label's tokens."""
    return profile_name(label).removesuffix(SUFFIX) + TOKENS


def write_tokens(path: Path, chunks: Sequence[Tokenised], asked: PromptTexts, workers: int = 1) -> int:
    """Write the tokens of a label's chunks, one at least, and the texts of its prompts; returns the size of the file.

    Chunks are written in the order of their texts' hashes, since threads finish them in any order.
    """
    numbering = LabelNumbering(chunks, workers)
    codes = codes_by_number(numbering.n_of_each)
    new = codes[numbering.ranks] + np.uint32(1) if len(codes) else np.zeros(len(numbering.ranks), np.uint32)
    new[numbering.bases + BREAK_TOKEN] = BREAK_TOKEN
    ordered = sorted(chunks, key=lambda chunk: (chunk.text_keys.tobytes(), chunk.prompt_keys.tobytes()))

    def encoded(chunk: Tokenised) -> tuple[list[int | str], list[NDArray[Any]]]:
        return _encoded(chunk, new[numbering.base_of(chunk) :][: len(chunk.tokeniser.keys)])

    def write(beside: Path) -> None:
        with beside.open("wb") as file:
            file.write(MAGIC)
            order = np.argsort(codes)
            by_code = numbering.vocabulary.take(order)
            vocabulary = [by_code.kinds, numbering.flags[order], by_code.ended()]
            index = {
                "label": chunks[0].label,
                "vocabulary": [len(codes), *_put(file, vocabulary)],
                "asked": list(zip(asked.keys.tolist(), asked.texts, strict=True)),
                "chunks": [[*about, *_put(file, of)] for about, of in map_bounded(encoded, ordered, workers)],
            }
            _put_index(file, index)

    write_atomically(path, write, force=True)
    return path.stat().st_size


def _encoded(chunk: Tokenised, new: Ids) -> tuple[list[int | str], list[NDArray[Any]]]:
    """What the index says of a chunk, and the arrays of its stream, with the tokens' ``new`` numbers u32."""
    numbers, ends = _renumbered(chunk.read(), chunk.doc_ends, new)
    columns = [ends, *(getattr(chunk, name) for name in _COLUMNS[1:])]
    tokens, *counts = chunk.capital_counts()
    capitals = np.stack([new[tokens], *counts]).astype(np.uint32)
    capitals = capitals[:, np.argsort(capitals[0])]  # tokenisers number words as they come to them
    guarded = asdict(chunk.guarded).values()
    about = [chunk.n_docs, len(tokens), len(numbers), *guarded, chunk.bytes_aside, chunk.cut_by]
    return about, [np.stack([column.view(np.uint64) for column in columns]), capitals, numbers]


def _renumbered(numbers: Shorts, doc_ends: Counts, new: Ids) -> tuple[Shorts, Counts]:
    """Numbers u16 of tokens that have ``new`` numbers u32, and where those of each document end.

    Raises
    ------
    ValueError
        If a token has no new number.
    """
    room = len(numbers) * (1 if int(new.max(initial=0)) < LONG else 3)
    out, ends = np.empty(room, np.uint16), np.empty_like(doc_ends)
    if not renumber(numbers, doc_ends, new, out, ends):
        raise ValueError("a token is beyond the vocabulary")
    return out[: int(ends[-1]) if len(ends) else 0].copy(), ends


def _put(file: BinaryIO, arrays: Sequence[NDArray[Any]]) -> tuple[int, int, int]:
    """Write arrays as a stream; returns the place of it, its length and its checksum."""
    place, check = file.tell(), 0
    for array in arrays:
        data = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        check = crc32(data, check)
        file.write(data)
    return place, file.tell() - place, check


def _put_index(file: BinaryIO, index: Mapping[str, Any]) -> None:
    text = json.dumps(index).encode()
    file.write(text + _TRAILER.pack(crc32(text), len(text), MAGIC))


class TokenFile:
    """A file of the tokens of a label.

    Raises
    ------
    BadInputError
        If it is no such file or is damaged; so do all methods.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._telling():
            self._index = self._read_index()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Have what is wrong with the file be told with its name."""
        try:
            yield
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise BadInputError(
                f"{self.path} is no file of tokens of this version, or a damaged one ({error}); remove the folder that "
                "it is in, and run the task of this number again"
            ) from None

    def _read_index(self) -> Mapping[str, Any]:
        size = self.path.stat().st_size
        with self.path.open("rb") as file:
            file.seek(max(size - _TRAILER.size, 0))
            trailer = file.read()
            if len(trailer) < _TRAILER.size or not trailer.endswith(MAGIC):
                raise ValueError("its end is not there")
            check, length, _ = _TRAILER.unpack(trailer)
            file.seek(max(size - _TRAILER.size - length, 0))
            text = file.read(min(length, size))
        if crc32(text) != check:
            raise ValueError("its index's checksum does not agree")
        index: Mapping[str, Any] = json.loads(text)
        return index

    def _stream(self, place: int, length: int, check: int) -> Bytes:
        stream = np.fromfile(self.path, np.uint8, min(length, self.path.stat().st_size), offset=place)
        if len(stream) != length or crc32(stream.data) != check:
            raise ValueError("a checksum does not agree")
        return stream

    @property
    def prompt_texts(self) -> PromptTexts:
        """The texts of the label's prompts."""
        with self._telling():
            asked = self._index["asked"]
            return PromptTexts(np.array([key for key, _ in asked], np.uint64), tuple(text for _, text in asked))

    def tokens(self) -> FileTokens:
        """The tokens of the file."""
        with self._telling():
            n, *where = self._index["vocabulary"]
            stream = self._stream(*where)
            vocabulary, ranks = unpacked_vocabulary(stream[2 * n :].tobytes(), stream[:n].tobytes())
            numbers = np.empty(n, np.uint32)
            numbers[ranks] = np.arange(1, n + 1, dtype=np.uint32)
            return FileTokens(vocabulary, numbers, stream[n : 2 * n][numbers - 1])

    def chunks(self, known: KnownTokens) -> Iterator[Tokenised]:
        """The documents of the file, with the numbers of tokens that are ``known``."""
        own = self.tokens()
        new = np.zeros(len(own.numbers) + 1, np.uint32)  # the break's is 0 everywhere
        new[own.numbers] = known.numbers_of(own.vocabulary)
        for about in self._index["chunks"]:
            with self._telling():
                yield self._chunk(known, new, *about)

    def _chunk(self, known: KnownTokens, new: Ids, *about: Any) -> Tokenised:
        n_docs, n_capitals, n_numbers, looping, refused, truncated, bytes_aside, cut_by, *where = about
        if not isinstance(cut_by, str):
            raise TypeError("what cut its texts into words is no name")
        stream = self._stream(*where)
        columns, capitals, numbers = np.split(stream, np.cumsum([8 * len(_COLUMNS) * n_docs, 12 * n_capitals]))
        ends, *keys_and_sizes = columns.view(np.uint64).reshape(len(_COLUMNS), n_docs).copy()
        prompts, *sizes, text_keys = keys_and_sizes
        doc_ends = ends.view(np.int64)
        if len(numbers) != 2 * n_numbers or np.any(np.diff(doc_ends, prepend=0, append=n_numbers) < 0):
            raise ValueError("its documents have other tokens than it says")
        n_words, n_marks, n_bytes = (column.view(np.int64) for column in sizes)
        renumbered, doc_ends = _renumbered(numbers.view(np.uint16), doc_ends, new)
        tokens, *counts = capitals.view(np.uint32).reshape(3, n_capitals)
        of_capitals = np.concatenate([new[tokens], *counts]).view(np.uint16)
        of_documents = (renumbered, doc_ends, prompts, n_words, n_marks, n_bytes, text_keys)
        guarded = Guarded(looping, refused, truncated)
        return Tokenised(self._index["label"], known, *of_documents, of_capitals, guarded, bytes_aside, cut_by)


class FileTokens(NamedTuple):
    """Tokens of files: the ``vocabulary``; by rank, the least of their ``numbers`` u32 in the files, from 1 on, and
    their ``flags`` u8."""

    vocabulary: Vocabulary
    numbers: Ids
    flags: Bytes

    def joined(self, other: FileTokens) -> FileTokens:
        """The tokens of both; errors are those of ``union_of_vocabularies``."""
        vocabulary = union_of_vocabularies(self.vocabulary, other.vocabulary)
        numbers = np.full(len(vocabulary.keys), np.iinfo(np.uint32).max, np.uint32)
        flags = np.empty(len(numbers), np.uint8)
        for one in (self, other):
            at = np.searchsorted(vocabulary.keys, one.vocabulary.keys)
            numbers[at] = np.minimum(numbers[at], one.numbers)
            flags[at] = one.flags
        return FileTokens(vocabulary, numbers, flags)


class KnownTokens:
    """Tokens of files, numbered as one: what `Tokenised` asks of a tokeniser.

    What has a small number in a file gets a small one here, so that it takes one u16 in most places. Number 0 is the
    break, which has no text.
    """

    def __init__(self, spec: CountSpec, files: Sequence[TokenFile]) -> None:
        """Number the tokens of files, one at least; errors are those of these and of ``union_of_vocabularies``."""
        self.spec = spec
        of_all = _joined(files)
        self._sorted_keys = of_all.vocabulary.keys
        order = np.argsort(of_all.numbers, kind="stable")
        self._numbers = np.empty(len(order), np.uint32)
        self._numbers[order] = np.arange(1, len(order) + 1, dtype=np.uint32)
        by_number = of_all.vocabulary.take(order)
        self._vocabulary = Vocabulary(
            np.concatenate((np.zeros(1, np.uint64), by_number.keys)),
            np.concatenate((np.zeros(1, np.uint8), by_number.kinds)),
            by_number.text,
            np.concatenate((np.zeros(1, np.int64), by_number.ends)),
        )
        self.keys = self._vocabulary.keys
        self.flags = np.concatenate((np.full(1, IS_BREAK, np.uint8), of_all.flags[order]))

    def numbers_of(self, vocabulary: Vocabulary) -> Ids:
        """The numbers u32 of tokens of one of the files."""
        return self._numbers[np.searchsorted(self._sorted_keys, vocabulary.keys)]

    def vocabulary_of(self, is_used: NDArray[np.bool_]) -> tuple[Vocabulary, Ids]:
        """The vocabulary of the tokens in use, and the rank u32 of each token in it, 0 for tokens not in use."""
        return self._vocabulary.of_used(is_used)


def _joined(files: Sequence[TokenFile]) -> FileTokens:
    """The tokens of all files, joined by halves, so that each is copied about log2 of their number times."""
    if len(files) == 1:
        return files[0].tokens()
    middle = len(files) // 2
    return _joined(files[:middle]).joined(_joined(files[middle:]))
