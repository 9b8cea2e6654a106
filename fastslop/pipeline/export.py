"""Counts of profiles as files that other programs read: Parquet, CSV or JSON Lines, with plain columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import polars as pl
from polars.io.plugins import register_io_source

from fastslop.base.csv_cells import inert_cells
from fastslop.base.errors import UsageError
from fastslop.base.spec import Table
from fastslop.profiles.columns import COUNTS, count_frames, names_of, tables_of
from fastslop.profiles.files import SUFFIX, Footer, find_profiles, read_footer
from fastslop.profiles.packed import section_of
from fastslop.system.atomic import refuse_to_overwrite, write_atomically
from fastslop.system.progress import Progress, silent, tracked

JSON_LINES = (".jsonl", ".ndjson")
SUFFIXES = (SUFFIX, ".csv", *JSON_LINES)
"""Endings of files that counts are written to."""
ROW_GROUP = 1 << 17
"""Rows that a reader of Parquet takes at once: four times as many made files no smaller, and held 25 MB more."""


@dataclass(frozen=True)
class Exported:
    """A file that was written: the labels whose counts it has, and how many rows; of n-grams there is one in
    ``scaled``, or more of some labels."""

    path: Path
    labels: tuple[str, ...]
    rows: int
    scaled: int


def export_counts(
    places: Sequence[str | Path],
    out: Path,
    *,
    kinds: Sequence[str] = (),
    orders: Sequence[int] = (),
    min_prompts: int = 0,
    force: bool = False,
    progress: Progress = silent,
) -> list[Exported]:
    """
    Write the counts of profiles as the columns ``columns.COUNTS``, a part at a time; equal inputs give equal bytes.

    Rows come label by label, those of a label as ``columns.count_frames`` gives them. The profiles may have been
    counted by different specifications.

    Parameters
    ----------
    places
        Profiles, folders of them, or the folder of a run.
    out
        One file for all, in the format its ending names (.parquet, .csv, .jsonl or .ndjson), or a folder that gets a
        Parquet file for each profile, of the same name.
    kinds, orders
        Only tables of these kinds and orders; empty for all.
    min_prompts
        Only rows in at least so many prompts.
    force
        Replace files that are there already.

    Raises
    ------
    BadInputError
        If there are no profiles, or one of them is damaged.
    UsageError
        If no profile has such tables, the format is unknown, a file is there already or would replace a profile, or
        rows of two profiles could not be told apart; and see ``columns.count_frames``.
    """
    job = _Job(_footers(places), tuple(kinds), tuple(orders), min_prompts)
    job.check_tables()
    files = job.files(out)
    for path in files:
        _check_place(path, job.footers, force=force)
    told = tracked(range(job.n_parts), progress, "exporting", job.n_parts, "parts")
    exported = [job.write(path, footers, told, force=force) for path, footers in files.items()]
    next(told, None)
    return exported


@dataclass(frozen=True)
class _Job:
    """Profiles whose counts are written, and which of their rows."""

    footers: Sequence[Footer]
    kinds: tuple[str, ...]
    orders: tuple[int, ...]
    min_prompts: int

    def tables(self, footer: Footer) -> list[Table]:
        """The tables of a profile that are written."""
        return tables_of(footer.spec, self.kinds, self.orders)

    @property
    def n_parts(self) -> int:
        """Number of parts, as profiles keep them, that are written."""
        tables = ((footer, table) for footer in self.footers for table in self.tables(footer))
        return sum(footer.values["n_parts"].get(section_of(table), 0) for footer, table in tables)

    def check_tables(self) -> None:
        """Raise UsageError if a kind or an order was asked for that no profile has, in tables of the others."""
        found = {table for footer in self.footers for table in self.tables(footer)}
        lacking = [*({*self.kinds} - {kind for kind, _ in found}), *({*self.orders} - {order for _, order in found})]
        if lacking or not found:
            there = list(dict.fromkeys(table for footer in self.footers for table in footer.spec.tables))
            asked = f"{' '.join(self.kinds) or 'any kind'}, order {', '.join(map(str, self.orders)) or 'any'}"
            raise UsageError(f"no profile has all of this: {asked}; there are {names_of(there)}")

    def files(self, out: Path) -> Mapping[Path, Sequence[Footer]]:
        """The files that are written, and the profiles that go into each."""
        if out.is_dir() or not out.suffix:
            return _files_in(out, self.footers)
        if out.suffix.lower() not in SUFFIXES:
            raise UsageError(
                f"{out}: counts are written as {', '.join(SUFFIXES)}, by the ending of its name, or into a folder"
            )
        _check_labels(self.footers)
        return {out: self.footers}

    def write(self, path: Path, footers: Sequence[Footer], told: Iterator[int], *, force: bool) -> Exported:
        """Write the counts of these profiles to one file."""
        sizes: list[int] = []

        def frames() -> Iterator[pl.DataFrame]:
            for footer in footers:
                for frame in count_frames(
                    footer.path, kinds=self.kinds, orders=self.orders, min_prompts=self.min_prompts
                ):
                    next(told, None)
                    sizes.append(frame.height)
                    yield frame

        def write(beside: Path) -> None:
            with beside.open("r+b") as file:
                _sink(register_io_source(lambda *_: frames(), schema=COUNTS), file, path.suffix.lower())

        write_atomically(path, write, force=force)
        labels = tuple(dict.fromkeys(footer.label for footer in footers))
        return Exported(path, labels, sum(sizes), max(footer.spec.scaled for footer in footers))


def _sink(source: pl.LazyFrame, file: IO[bytes], suffix: str) -> None:
    """Write what a source gives, as it comes, in the format of that ending."""
    if suffix == SUFFIX:
        source.sink_parquet(file, row_group_size=ROW_GROUP, maintain_order=True)
    elif suffix in JSON_LINES:
        source.sink_ndjson(file, maintain_order=True)
    else:
        inert_cells(source).sink_csv(file, maintain_order=True)


def _footers(places: Sequence[str | Path]) -> list[Footer]:
    """The profiles in these places, each once, by label and panel: in whatever order they were named."""
    paths = {path.resolve(): path for path in find_profiles(places)}.values()
    return sorted(map(read_footer, paths), key=lambda f: (f.label, str(f.panel), str(f.path)))


def _files_in(folder: Path, footers: Sequence[Footer]) -> dict[Path, list[Footer]]:
    """A file for each profile, of the profile's name."""
    files: dict[Path, list[Footer]] = {}
    for footer in footers:
        path = folder / f"{footer.path.stem}{SUFFIX}"
        if path in files:
            raise UsageError(
                f"{files[path][0].path} and {footer.path} would both be written to {path}; "
                "rename one of them, or write all to one file"
            )
        files[path] = [footer]
    return files


def _check_labels(footers: Sequence[Footer]) -> None:
    """Raise UsageError if two profiles have one label and panel: in one table each n-gram would be there twice."""
    seen: dict[tuple[str, str | None], Path] = {}
    for footer in footers:
        name = footer.label, footer.panel
        if name in seen:
            raise UsageError(
                f"{footer.label!r} has two profiles of one panel, {seen[name]} and {footer.path}, whose rows could not "
                "be told apart in one file; merge them (`fastslop merge`), or write to a folder"
            )
        seen[name] = footer.path


def _check_place(path: Path, footers: Sequence[Footer], *, force: bool) -> None:
    """Raise UsageError if a file is there already, and if it is a profile that is read, whether forced or not."""
    if path.exists() and any(path.samefile(footer.path) for footer in footers):
        raise UsageError(f"{path} is a profile, which its counts must not replace; choose another place")
    refuse_to_overwrite(path, force=force)
