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

SMALL, DOUBLE, BINARY, LIST, SET, STRUCT = 3, 7, 8, 9, 10, 12
"""Types of the protocol; 1 and 2 are true and false, 4 to 6 whole numbers of three sizes, 11 a map, which none has."""
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
def read_fields(data, at, path, fields, out):
    """Read a struct; return the position behind it, -1 if it is broken, and how many rows of ``out`` were written.

    Of each struct that is reached from it by the fields ``path`` i64, through structs and lists, the numbers of
    ``fields`` i64 go into a row of ``out`` i64[structs, fields]; -1 for a field that it lacks. What has no room is
    counted only.
    """
    kinds, left, ids = np.zeros(DEEPEST, np.int64), np.zeros(DEEPEST, np.int64), np.zeros(DEEPEST, np.int64)
    kinds[0] = STRUCT
    depth = ZERO  # of structs and lists
    on_way = np.zeros(DEEPEST, np.int64)  # how much of the path leads to each of them, -1 if it does not
    n = ZERO
    if len(path) == 0:
        n = np.int64(1)
        out[0] = -1
    while depth >= 0:
        if at < 0 or at >= len(data):
            return np.int64(-1), n
        if kinds[depth] == STRUCT:
            head = np.int64(data[at])
            at += 1
            kind = head & 15
            if kind == 0:
                depth -= 1
                continue
            if head >> 4:
                ids[depth] += head >> 4
            else:
                value, at = read_number(data, at)
                ids[depth] = (value >> 1) ^ -(value & 1)
        else:
            if left[depth] == 0:
                depth -= 1
                continue
            left[depth] -= 1
            kind = ids[depth]  # of a list, the type of what is in it
            if kind in (1, 2):
                at += 1
                continue
        if kind == SMALL:
            at += 1
        elif kind in (4, 5, 6):
            value, at = read_number(data, at)
            if kinds[depth] == STRUCT and on_way[depth] == len(path):
                for k in range(len(fields)):
                    if ids[depth] == fields[k] and n <= len(out):
                        out[n - 1, k] = (value >> 1) ^ -(value & 1)
        elif kind == DOUBLE:
            at += 8
        elif kind == BINARY:
            value, at = read_number(data, at)
            at = at + value if 0 <= at <= len(data) - value else np.int64(-1)
        elif kind in (LIST, SET, STRUCT):
            if depth + 1 >= DEEPEST:
                return np.int64(-1), n
            way = on_way[depth]
            if kinds[depth] == STRUCT and way >= 0:
                way = way + 1 if way < len(path) and ids[depth] == path[way] else np.int64(-1)
            depth += 1
            kinds[depth], on_way[depth], ids[depth] = kind, way, 0
            if kind != STRUCT:
                if at < 0 or at >= len(data):
                    return np.int64(-1), n
                head = np.int64(data[at])
                at += 1
                left[depth], ids[depth] = head >> 4, head & 15
                if head >> 4 == 15:
                    left[depth], at = read_number(data, at)
            elif way == len(path):
                n += 1
                if n <= len(out):
                    out[n - 1] = -1
        elif kind not in (1, 2):
            return np.int64(-1), n
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
