"""Rows of a table to documents: column by column where they are texts as they stand, else record by record."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop.reading.chats import ENDING_OF
from fastslop.reading.documents import Made, Plan, documents_of, read_records
from fastslop.reading.fields import Columns
from fastslop.tokens.guards import WHOLE

STRINGS = (pl.String, pl.Categorical, pl.Enum)
WHOLE_NUMBERS = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64)


def documents_of_rows(frame: pl.DataFrame, numbers: NDArray[np.int64], plan: Plan) -> Made:
    """The documents of rows, whose numbers are ``numbers`` i64."""
    columns = plan.columns
    is_flat = plan.is_flat and all(frame.schema.get(name) in (*STRINGS, *WHOLE_NUMBERS) for name in columns.flat_names)
    if is_flat and frame.schema[columns.text] in STRINGS:
        return documents_of(_flat(frame, numbers, columns), plan)
    return read_records(zip(numbers.tolist(), frame.iter_rows(named=True), strict=True), plan)


def _flat(frame: pl.DataFrame, numbers: NDArray[np.int64], columns: Columns) -> pl.DataFrame:
    """The columns of ``documents.FRAME``, from fields that are strings and whole numbers."""
    parts = [pl.col(name).cast(pl.String) for name in columns.prompt]
    if len(parts) > 1:
        parts = [part.str.replace_all(r"\s+", " ").str.strip_chars() for part in parts]
    if columns.optional:  # a part that is blank is missing
        parts = [pl.when(part != "").then(part) for part in parts]
    needed = [part for part, name in zip(parts, columns.prompt, strict=True) if name not in columns.optional]
    joined = (
        pl.concat_str(parts, separator=columns.joint, ignore_nulls=bool(columns.optional)) if parts else pl.lit(None)
    )
    prompt = pl.when(pl.all_horizontal([part.is_not_null() for part in needed])).then(joined) if needed else joined
    return frame.select(
        record=pl.Series(numbers, dtype=pl.Int64),
        text=pl.col(columns.text).cast(pl.String),
        label=(pl.lit(None) if columns.label is None else pl.col(columns.label)).cast(pl.String),
        prompt=prompt.cast(pl.String),
        ending=pl.lit(WHOLE, pl.UInt8) if columns.ending is None else _ending(pl.col(columns.ending)),
        asked=pl.concat_str([pl.col(name).cast(pl.String) for name in columns.asked], separator=" ", ignore_nulls=True)
        if columns.asked
        else pl.lit(None, pl.String),
    )


def _ending(reason: pl.Expr) -> pl.Expr:
    """How texts ended, by the reasons that a service gave."""
    name = reason.cast(pl.String).str.to_lowercase().str.replace_all("-", "_", literal=True)
    return name.replace_strict(ENDING_OF, default=WHOLE, return_dtype=pl.UInt8)
