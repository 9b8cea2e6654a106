"""Counts of profiles as plain columns, for programs that know nothing of profiles; a part of a table at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.io.plugins import register_io_source

from fastslop._kernels.profiles.packed_rows import NgramRows
from fastslop.base.errors import BadInputError, UsageError
from fastslop.base.hashing import hash_strings
from fastslop.base.spec import KINDS, CountSpec, Table
from fastslop.profiles.files import Footer, broken_inside, find_profiles, read_footer, read_packed
from fastslop.profiles.packed import PART_ROWS, Packed, from_frame, section_of, unpack_head
from fastslop.profiles.parts import Part
from fastslop.profiles.profile import Profile, empty_grams
from fastslop.profiles.row_reader import EVERY_ROW, RowReader
from fastslop.profiles.rows import n_prompts_of, rows_in, texts_of
from fastslop.tokens.tokeniser import tokenise

COUNTS = pl.Schema(
    {
        "label": pl.String(),
        "panel": pl.String(),
        "kind": pl.Enum(KINDS),
        "order": pl.UInt8(),
        "feature": pl.String(),
        "n": pl.Int64(),
        "n_docs": pl.Int64(),
        "n_prompts": pl.Int64(),
        "per_million": pl.Float64(),
    }
)
"""Columns of counts; docs/how-to/read-elsewhere.md says what each means."""
OF_A_TABLE = ("label", "panel", "kind", "order")
"""Columns that have one value in all rows of a table."""
OF_A_ROW = ("feature", "n", "n_docs", "n_prompts", "per_million")
"""Columns that have a value for each row of a table."""
Rows = NDArray[np.int64]
"""Places of rows in a part of a table."""


@dataclass(frozen=True)
class Opened:
    """A profile whose rows come a part at a time, by ``parts_of`` a table; ``head`` has its vocabulary and prompts."""

    head: Profile
    parts_of: Callable[[Table], Iterator[NgramRows]]


def count_frames(
    source: str | Path | Packed | Profile,
    *,
    kinds: Sequence[str] = (),
    orders: Sequence[int] = (),
    min_prompts: int = 0,
) -> Iterator[pl.DataFrame]:
    """
    Give the counts of a profile as frames with the columns ``COUNTS``, one for each part of up to 65,536 rows.

    Tables come in the order of the specification (words, content, marks, each by rising order), the rows of a table in
    the profile's own: sorted by the hash of their first token, then of their second, and so on. A file is read part by
    part, so that one is in memory at a time. A frame has no rows if none of its part is left.

    Parameters
    ----------
    source
        The profile, or its file.
    kinds, orders
        Only tables of these kinds and orders; empty for all.
    min_prompts
        Only rows in at least so many prompts, as ``profiles.rows.n_prompts_of`` counts them.

    Raises
    ------
    BadInputError
        If the file is no profile, or damaged.
    UsageError
        If there is no such kind, or the prompts of frequent rows are not known so far as ``min_prompts`` asks.
    """
    opened = _opened(source)
    for table in tables_of(opened.head.spec, kinds, orders):
        for grams in opened.parts_of(table):
            yield _frame(opened.head, table, grams, rows_in(opened.head, grams, min_prompts))


def scan_counts(
    places: str | Path | Sequence[str | Path],
    *,
    kinds: Sequence[str] = (),
    orders: Sequence[int] = (),
    min_prompts: int = 0,
) -> pl.LazyFrame:
    """
    Scan the counts of profiles as one table that is read as it is used.

    Nothing is made that a query does not ask for: files and tables that a filter on ``label``, ``panel``, ``kind`` or
    ``order`` leaves out are not read, and only of rows that a filter on numbers leaves is text made.

    Parameters
    ----------
    places
        Profiles, folders of them, or the folder of a run.
    kinds, orders, min_prompts
        Only tables of these kinds and orders (empty: of all), and rows in at least so many prompts.

    Raises
    ------
    BadInputError
        If there are no profiles; while it is read, if one of them is damaged.
    UsageError
        If there is no such kind, or the prompts of frequent rows are not known so far as ``min_prompts`` asks.
    """
    paths = find_profiles([places] if isinstance(places, str | Path) else places)
    check_kinds(kinds)

    def tables(footer: Footer) -> list[Table]:
        return tables_of(footer.spec, kinds, orders)

    def read(
        columns: list[str] | None, rule: pl.Expr | None, n_rows: int | None, _: int | None
    ) -> Iterator[pl.DataFrame]:
        query = _Query(tuple(columns or COUNTS), () if rule is None else tuple(_clauses(rule)), min_prompts, n_rows)
        return _scanned(paths, tables, query)

    return register_io_source(read, schema=COUNTS, is_pure=True)


def profile_frame(profile: Profile, kind: str = "word", order: int = 1, *, min_prompts: int = 0) -> pl.DataFrame:
    """
    Give a table of a profile as a frame, the most frequent n-gram first; those of one frequency by their text.

    Columns: ``feature``, ``n``, ``n_docs``, ``n_prompts``, ``per_million``.

    Parameters
    ----------
    kind, order
        The table.
    min_prompts
        Only rows in at least so many prompts.

    Raises
    ------
    UsageError
        If the profile has no such table, or for the reasons of ``count_frames``.
    """
    if (kind, order) not in profile.spec.tables:
        raise UsageError(f"{profile.label!r} has no table {kind} {order}; it has {names_of(profile.spec.tables)}")
    frames = [
        frame.select(OF_A_ROW) for frame in count_frames(profile, kinds=[kind], orders=[order], min_prompts=min_prompts)
    ]
    frame = pl.concat([COUNTS.to_frame().select(OF_A_ROW), *frames])
    return frame.sort("n", "feature", descending=[True, False])


def find_rows(profile: Profile, text: str) -> pl.DataFrame:
    """
    Find the rows of all tables whose n-gram is this text: as it stands in a profile, or else by its tokens.

    Columns: ``kind``, ``order`` and those of ``profile_frame``. No rows if the profile has no such n-gram.

    Parameters
    ----------
    text
        A word, phrase or mark; "Don’t stop" finds what profiles hold as "don't stop".
    """
    text = text.encode("utf-8", "replace").decode()  # from a command line it may hold half a character
    columns = (*OF_A_TABLE[2:], *OF_A_ROW)
    # First the text as it stands: to the tokeniser, a line's end at the end of a text is no token.
    for tokens in (text.split(" "), tokenise(text, profile.spec)):
        ids = _ids_of(profile, tokens)
        tables = [table for table in profile.spec.tables if table[1] == len(ids)]
        frames = [
            _frame(profile, table, row, np.arange(len(row.n))) for table, row in _rows_of_ngram(profile, tables, ids)
        ]
        if frames:
            return pl.concat(frames).select(columns)
    return COUNTS.to_frame().select(columns)


def tables_of(spec: CountSpec, kinds: Sequence[str] = (), orders: Sequence[int] = ()) -> list[Table]:
    """The tables of a specification of these kinds and orders (empty: of all), in its order."""
    check_kinds(kinds)
    return [
        (kind, order) for kind, order in spec.tables if (not kinds or kind in kinds) and (not orders or order in orders)
    ]


def check_kinds(kinds: Sequence[str]) -> None:
    """Raise UsageError if one of these is no kind of n-grams."""
    for kind in kinds:
        if kind not in KINDS:
            raise UsageError(f"there is no kind {kind!r}; there are {', '.join(KINDS)}")


def names_of(tables: Sequence[Table]) -> str:
    """Tables as they are named in messages: ``word 1, word 2``."""
    return ", ".join(f"{kind} {order}" for kind, order in tables)


def _opened(source: str | Path | Packed | Profile) -> Opened:
    """A profile ready to give its rows."""
    if isinstance(source, Profile):
        return Opened(source, lambda table: _slices(source.tables[table]))
    if isinstance(source, Packed):
        return _opened_parts(source, lambda section: map(source.parts.__getitem__, source.of_section(section)))
    return _opened_file(Path(source))


def _opened_file(path: Path) -> Opened:
    """A profile's file: its parts are read one by one, each when it is wanted, and their checksums verified."""
    n_parts = read_footer(path).values["n_parts"]
    head = read_packed(path, ())
    sections = pl.scan_parquet(path, glob=False).select("section").collect().to_series().to_list()

    def parts(section: str) -> Iterator[Part]:
        places = [i for i, name in enumerate(sections) if name == section]
        if len(places) != n_parts.get(section, 0):  # no checksum tells that one is gone
            raise BadInputError(
                f"{path} is damaged: it has {len(places)} of {n_parts.get(section, 0)} parts of {section}; "
                "write it again from its source"
            )
        return (_read_part(path, i, section) for i in places)

    return _opened_parts(head, parts)


def _read_part(path: Path, place: int, section: str) -> Part:
    """The part at this place of a file: a row group of its own. One read takes 1.3 ms, a 20th of it for the footer."""
    try:
        parts = from_frame(pl.scan_parquet(path, glob=False, use_statistics=False).slice(place, 1).collect())
        if [part.section for part in parts] != [section]:
            raise BadInputError(f"damaged: part {place} is none of {section}; write it again from its source")
        return parts[0]
    except BadInputError as error:
        raise BadInputError(f"{path} is {error}") from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise broken_inside(path, error) from None


def _opened_parts(packed: Packed, parts: Callable[[str], Iterator[Part]]) -> Opened:
    """A packed profile ready to give its rows; ``parts`` gives those of a section."""
    prompts, vocabulary, ranks = unpack_head(packed)

    def decoded(table: Table) -> Iterator[NgramRows]:
        scaled = packed.profile.spec.scaled_of(table[1])
        reader = RowReader(packed.title, table, scaled, prompts, vocabulary.keys, ranks)
        for part in parts(section_of(table)):
            grams = empty_grams(part.n_rows, table[1], part.n_units)
            reader.begin(part)
            reader.read_whole(grams, np.empty(part.n_rows, np.int64), 0, 0, EVERY_ROW)
            yield grams

    return Opened(replace(packed.profile, prompts=prompts, vocabulary=vocabulary), decoded)


def _slices(grams: NgramRows) -> Iterator[NgramRows]:
    """A table in parts of ``PART_ROWS`` rows, which are not copied."""
    return (_slice(grams, first, min(first + PART_ROWS, len(grams.n))) for first in range(0, len(grams.n), PART_ROWS))


def _slice(grams: NgramRows, first: int, last: int) -> NgramRows:
    """Rows ``first:last`` of a table, with their units."""
    begin = int(grams.ends[first - 1]) if first else 0
    end = int(grams.ends[last - 1]) if last else 0
    return NgramRows(
        ids=grams.ids[first:last],
        n=grams.n[first:last],
        n_docs=grams.n_docs[first:last],
        ends=grams.ends[first:last] - begin,
        units=grams.units[begin:end],
        unit_n=grams.unit_n[begin:end],
    )


def _frame(
    head: Profile,
    table: Table,
    grams: NgramRows,
    rows: Rows,
    columns: Sequence[str] = tuple(COUNTS),
    rules: Sequence[pl.Expr] = (),
) -> pl.DataFrame:
    """Columns of the rows that pass all rules.

    Text takes most time, so it is made only of the rows that rules on other columns leave.

    Parameters
    ----------
    head : the profile, whose tables are not looked at
    table : kind and order of the n-grams
    grams : a part of the table
    rows : places i64 of the rows wanted of the part
    columns : some of ``COUNTS``
    rules : expressions on columns of ``COUNTS``
    """
    of_text, of_others = list[pl.Expr](), list[pl.Expr]()
    for rule in rules:
        (of_text if "feature" in rule.meta.root_names() else of_others).append(rule)
    numbers = {"n": grams.n, "n_docs": grams.n_docs, "n_prompts": n_prompts_of(head, grams)}
    frame = pl.DataFrame({"row": rows, **{name: values[rows] for name, values in numbers.items()}})
    # Not by Polars, which multiplies by the reciprocal: its rates differed from those of keyness in the last digit.
    rate = pl.Series(grams.n[rows] / head.n_words * 1e6) if head.n_words else pl.lit(None, pl.Float64)
    frame = _filtered(frame.with_columns(*_of_a_table(head.label, head.panel, table), per_million=rate), of_others)
    if of_text or "feature" in columns:
        part = replace(head, tables={table: grams})
        frame = frame.with_columns(feature=texts_of(part, table, frame["row"].to_numpy()))
    return _filtered(frame, of_text).select(columns)


def _filtered(frame: pl.DataFrame, rules: Sequence[pl.Expr]) -> pl.DataFrame:
    """The rows that pass all rules."""
    for rule in rules:
        frame = frame.filter(rule)
    return frame


def _of_a_table(label: str, panel: str | None, table: Table) -> list[pl.Expr]:
    """Expressions for the columns ``OF_A_TABLE``."""
    values = zip(OF_A_TABLE, (label, panel, *table), strict=True)
    return [pl.lit(value, COUNTS[name]).alias(name) for name, value in values]


@dataclass(frozen=True)
class _Query:
    """A query of counts: ``columns`` of the rows in at least ``min_prompts`` prompts that pass all ``rules``; with
    ``n_rows``, of the first ``n_rows`` rows, taken before the rules."""

    columns: tuple[str, ...]
    rules: tuple[pl.Expr, ...]
    min_prompts: int
    n_rows: int | None

    def may_have(self, footer: Footer, table: Table) -> bool:
        """Whether a table can have rows that are wanted; with ``n_rows`` each table can, since all its rows count."""
        if self.n_rows is not None:
            return True
        one = pl.select(_of_a_table(footer.label, footer.panel, table))
        rules = [rule for rule in self.rules if {*rule.meta.root_names()} <= {*OF_A_TABLE}]
        return _filtered(one, rules).height > 0


def _scanned(paths: Sequence[Path], tables: Callable[[Footer], list[Table]], query: _Query) -> Iterator[pl.DataFrame]:
    """Yield the frames that answer a query. Polars leaves ``n_rows`` and the rules to its sources, in this order."""
    left = query.n_rows
    for path in paths:
        footer = read_footer(path)
        wanted = [table for table in tables(footer) if query.may_have(footer, table)]
        if not wanted or left == 0:
            continue
        opened = _opened_file(path)
        for table in wanted:
            for grams in opened.parts_of(table):
                rows = rows_in(opened.head, grams, query.min_prompts)[:left]
                yield _frame(opened.head, table, grams, rows, query.columns, query.rules)
                if left is not None:
                    left -= len(rows)
                    if left == 0:
                        return


def _clauses(rule: pl.Expr) -> list[pl.Expr]:
    """The rules that together are this one: ``a`` and ``b`` of ``a & b``."""
    inside = rule.meta.pop()  # the last operand first
    if len(inside) == 2 and (inside[1] & inside[0]).meta.eq(rule):
        return [*_clauses(inside[1]), *_clauses(inside[0])]
    return [rule]


def _ids_of(profile: Profile, tokens: Sequence[str]) -> NDArray[np.uint32]:
    """The ids of these tokens, or none at all if the profile lacks one of them."""
    keys, known = hash_strings(list(tokens)), profile.vocabulary.keys
    ids = np.searchsorted(known, keys)
    is_known = len(known) > 0 and bool(np.all(known[np.minimum(ids, len(known) - 1)] == keys))
    return ids.astype(np.uint32) if is_known else np.zeros(0, np.uint32)


def _rows_of_ngram(
    profile: Profile, tables: Sequence[Table], ids: NDArray[np.uint32]
) -> Iterator[tuple[Table, NgramRows]]:
    """The row of this n-gram in each of these tables that has it, found by bisection of their sorted rows."""
    for table in tables:
        grams = profile.tables[table]
        first, last = 0, len(grams.n)
        for i, token in enumerate(ids):
            column = grams.ids[first:last, i]
            first, last = (first + int(np.searchsorted(column, token, side)) for side in ("left", "right"))
        if first < last:
            yield table, _slice(grams, first, last)
