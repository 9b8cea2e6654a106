"""A count in two steps: pieces of inputs to files of tokens, one a label, and the files of a label to its profile.

The first step is done by many processes, on many machines, and the second is a count of all documents of a label, as
``count`` itself makes one of tokens that wait. So a count in tasks does the work of one count, and writes and reads the
tokens besides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastslop.base.prompt_texts import sum_of_texts
from fastslop.base.spec import CountSpec
from fastslop.counting.label_queue import LabelQueue
from fastslop.counting.options import CountOptions, memory_shares
from fastslop.counting.sums import CountSums
from fastslop.counting.token_chunks import Tokenised
from fastslop.counting.token_files import KnownTokens, TokenFile, token_file_name, write_tokens
from fastslop.profiles.packed import Packed, with_prompt_texts
from fastslop.reading.asked import Asked
from fastslop.reading.chunks import chunk_bytes_of
from fastslop.reading.corpus import read_files
from fastslop.reading.inputs import InputFile
from fastslop.reading.tally import Tally
from fastslop.system.budget import Budget
from fastslop.system.progress import Progress, silent
from fastslop.system.spill import Spill
from fastslop.system.threads import do_all


@dataclass(frozen=True)
class PiecesRead:
    """What was read of pieces of inputs: its tally, the bytes of text that were set aside, and the size of each label's
    file of tokens."""

    tally: Tally
    bytes_aside: int
    sizes: Mapping[str, int]


def tokenise_pieces(
    files: Sequence[InputFile], out: Path, options: CountOptions, progress: Progress = silent
) -> PiecesRead:
    """Read pieces of inputs into files of tokens, one for each label, in the folder ``out``.

    There may be no text in them, and so no file. Files that are already there are replaced.

    Raises
    ------
    BadInputError
        If an input cannot be read.
    """
    asked, budget = Asked(), options.budget
    tally, bytes_aside, sizes = Tally(asked=asked), Counter[str](), dict[str, int]()
    counted: list[tuple[int, int, int]] = []
    with Spill(budget.temp) as spill:
        queue = LabelQueue(options.spec, budget.n_workers, memory_shares(budget), spill, bytes_aside=bytes_aside)
        queue.tokenise(read_files(files, options.read, chunk_bytes_of(budget), tally, progress))
        for label in sorted(queue.chunks):
            chunks = queue.chunks.pop(label)
            counted += map(_totals, chunks)
            path = out / token_file_name(label)
            sizes[label] = write_tokens(path, chunks, asked.of_label(label), budget.n_workers)
    n_docs, n_aside, n_bytes = (sum(column) for column in zip(*counted, strict=True)) if counted else (0, 0, 0)
    if not options.spec.sets_aside:
        n_aside = 0
    CountSums(tally.n_docs, n_docs, n_aside, tally.n_bytes, n_bytes, bytes_aside.total()).check()
    return PiecesRead(tally, bytes_aside.total(), sizes)


def _totals(chunk: Tokenised) -> tuple[int, int, int]:
    """Documents of a chunk, those that loop or refuse, and bytes of the documents."""
    return chunk.n_docs, chunk.guarded.looping + chunk.guarded.refused, int(chunk.n_bytes.sum())


def count_token_files(
    paths: Sequence[Path], spec: CountSpec, budget: Budget, spill: Spill, min_prompts: int = 0
) -> Packed:
    """Count the documents of a label in files of tokens, one at least; rows in fewer than ``min_prompts`` are left out.

    What memory has no room for waits in ``spill``, perhaps the profile, too.

    Raises
    ------
    BadInputError
        If a file is damaged.
    UsageError
        If a profile could not know which rows are in fewer than ``min_prompts``.
    """
    files = [*map(TokenFile, paths)]
    known = KnownTokens(spec, files)
    queue = LabelQueue(spec, budget.n_workers, memory_shares(budget), spill, min_prompts)

    def take(file: TokenFile) -> None:
        for chunk in file.chunks(known):
            queue.add(chunk)

    do_all(take, files, budget.n_workers)
    (packed,) = queue.counted()
    return with_prompt_texts(packed, sum_of_texts(file.prompt_texts for file in files))
