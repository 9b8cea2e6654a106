"""Pieces of inputs, which are read alone: ranges of a large file, for who shares its reading with others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fastslop.system.object_paths import AnyPath


@dataclass(frozen=True)
class Piece:
    """The part of an input that is read: from ``start`` up to ``stop``, None for its end.

    They are bytes of JSON Lines, whose piece has the lines that begin in it; rows of a table; texts of a folder.
    ``source`` is the name of the whole input in the division that the piece is of.
    """

    source: str
    start: int = 0
    stop: int | None = None

    @property
    def is_all(self) -> bool:
        """Whether it is the input from its beginning to its end."""
        return self.start == 0 and self.stop is None

    @property
    def length(self) -> int | None:
        """How much of the input it is; None if it goes on to the end."""
        return None if self.stop is None else self.stop - self.start


def lines_in(path: AnyPath, piece: Piece, at_once: int, seen: Callable[[int], object]) -> Iterator[bytes]:
    """Yield the lines of a file that begin in a piece, in blocks of whole lines of about ``at_once`` bytes; ``seen`` is
    told how many bytes of the piece are read."""
    with path.open("rb") as file:
        if piece.start:
            file.seek(piece.start - 1)
            file.readline()  # begins before the piece, unless it is the end of the line before
        at = file.tell()
        while piece.stop is None or at < piece.stop:
            size = at_once if piece.stop is None else min(at_once, piece.stop - at)
            file.seek(at + size - 1)  # to join a block to its last line's end would copy it
            file.readline()
            end = file.tell()
            file.seek(at)
            block = file.read(end - at)
            if not block:
                return
            at += len(block)
            seen(at - piece.start)
            yield block
