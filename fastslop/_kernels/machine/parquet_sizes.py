"""How large the columns of a Parquet file will be in memory, by the headers of its pages.

Parquet writes its metadata in Thrift's compact protocol: structs of numbered fields, each with its type, and lists.
Nothing is read beyond an array, whatever is in it.

References
----------
Apache Parquet, parquet.thrift; Apache Thrift, thrift-compact-protocol.md.
"""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import ZERO
from fastslop._kernels.machine.jit import helper, kernel

STOP, TRUE, FALSE, SMALL, DOUBLE, BINARY, LIST, SET, STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 12
NUMBERS = (4, 5, 6)
"""Types of the protocol, and those of whole numbers of three sizes; 11 is a map, which none has."""
DEEPEST = 16
"""Most structs and lists inside of each other."""


@helper
def read_number(data, at):
    """The LEB128 number at ``at``, and the position behind it; -1 if there is none of 63 bits."""
    value = ZERO
    shift = ZERO
    while 0 <= at < len(data) and shift < 63:
        byte = np.int64(data[at])
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    return ZERO, np.int64(-1)


@helper
def next_type(data, at, kind, left, ids, depth):
    """The type of what comes next in the struct or list at ``depth``, and where its value begins, -1 if it has none.

    The type is ``STOP`` at the end. The number of a field goes into ``ids``; of a list, this is the type of its values.
    """
    if kind != STRUCT:
        if left[depth] == 0:
            return STOP, at
        left[depth] -= 1
        return ids[depth], at
    head = np.int64(data[at])
    at += 1
    if head & 15 and head >> 4:
        ids[depth] += head >> 4
    elif head & 15:
        value, at = read_number(data, at)
        ids[depth] = (value >> 1) ^ -(value & 1)
    return head & 15, at


@helper
def skip_value(data, at, of_type, is_field):
    """The position behind a value that is no number, struct or list; -1 if there is none."""
    if of_type in (TRUE, FALSE):
        return at if is_field else at + 1  # of a field it is the type that says which
    if of_type == SMALL:
        return at + 1
    if of_type == DOUBLE:
        return at + 8
    if of_type == BINARY:
        length, at = read_number(data, at)
        return at + length if 0 <= at <= len(data) - length else np.int64(-1)
    return np.int64(-1)


@helper
def begin_list(data, at):
    """How many values a list has, of which type, and where they begin; -1 if it has no head."""
    if at >= len(data):
        return ZERO, ZERO, np.int64(-1)
    head = np.int64(data[at])
    at += 1
    n = head >> 4
    if n == 15:
        n, at = read_number(data, at)
    return n, head & 15, at


@helper
def read_fields(data, at, path, fields, out):
    """Read a struct; return the position behind it, -1 if it is broken, and how many rows of ``out`` were written.

    Of each struct that is reached from it by the fields ``path`` i64, through structs and lists, the numbers of
    ``fields`` i64 go into a row of ``out`` i64[structs, fields]; -1 for a field that it lacks. What has no room is
    counted only.
    """
    kinds, left, ids = np.zeros(DEEPEST, np.int64), np.zeros(DEEPEST, np.int64), np.zeros(DEEPEST, np.int64)
    on_way = np.zeros(DEEPEST, np.int64)  # how much of the path leads to each struct or list, -1 if it does not
    kinds[0] = STRUCT
    depth, n = ZERO, ZERO
    if len(path) == 0:
        n = np.int64(1)
        out[0] = -1
    while depth >= 0:
        if at < 0 or at >= len(data):
            return np.int64(-1), n
        is_field = kinds[depth] == STRUCT
        of_type, at = next_type(data, at, kinds[depth], left, ids, depth)
        if at < 0:
            return at, n
        if of_type == STOP:
            depth -= 1
        elif of_type in NUMBERS:
            value, at = read_number(data, at)
            if is_field and on_way[depth] == len(path):
                for k in range(len(fields)):
                    if ids[depth] == fields[k] and n <= len(out):
                        out[n - 1, k] = (value >> 1) ^ -(value & 1)
        elif of_type not in (LIST, SET, STRUCT):
            at = skip_value(data, at, of_type, is_field)
        elif depth + 1 >= DEEPEST:
            return np.int64(-1), n
        else:
            way = on_way[depth]
            if is_field and way >= 0:
                way = way + 1 if way < len(path) and ids[depth] == path[way] else np.int64(-1)
            depth += 1
            kinds[depth], on_way[depth], ids[depth] = of_type, way, 0
            if of_type != STRUCT:
                left[depth], ids[depth], at = begin_list(data, at)
            elif way == len(path):
                n += 1
                if n <= len(out):
                    out[n - 1] = -1
    return at, n


@kernel
def find_numbers(data, path, fields, out):
    """Write numbers of structs in the struct that ``data`` u8 begins with into ``out``, as ``read_fields`` does; return
    how many structs there are, which may be more than ``out`` has room for, or -1 if the data are broken."""
    at, n = read_fields(data, ZERO, path, fields, out)
    return n if at >= 0 else np.int64(-1)


@kernel
def sum_of_pages(file, chunks, n_rows, path, fields, counts):
    """Bytes in memory of all pages; -1 if one is broken, or has more values than there are rows.

    Parameters
    ----------
    file
        The bytes of the file, u8.
    chunks
        i64[chunks, 4]: bytes in the file, where the pages begin, where the dictionary does (0 or less: none), and
        the number of values.
    n_rows
        Rows of the file.
    path, fields
        No fields, i64, and those of a page's header that tell its bytes in memory and in the file, i64[2].
    counts
        i64[kinds of pages, 2]: the field of the header that a kind of page has, and in it that of its values.
    """
    total = ZERO
    header, values = np.empty((1, 2), np.int64), np.empty((1, 1), np.int64)
    for i in range(len(chunks)):
        size, at, dictionary, n_values = chunks[i]
        if dictionary > 0:
            at = min(at, dictionary)
        if at < 0 or size < 0 or at > len(file) or size > len(file) - at or n_values < 0 or n_values > n_rows:
            return np.int64(-1)
        end = at + size
        while at < end:
            begin = at
            at, _ = read_fields(file, at, path, fields, header)
            in_memory, in_file = header[0]
            if at < 0 or in_memory < 0 or in_file < 0 or in_file > len(file) - at:
                return np.int64(-1)
            for k in range(len(counts)):
                values[0, 0] = 0
                read_fields(file, begin, counts[k, :1], counts[k, 1:], values)
                if values[0, 0] < 0 or values[0, 0] > n_rows:
                    return np.int64(-1)
            total += in_memory
            at += in_file
    return total
