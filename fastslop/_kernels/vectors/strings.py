"""Python strings where they lie: their characters are read in place, without a copy in UTF-8."""

from __future__ import annotations

import ctypes

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.cgutils import alloca_once, pack_array
from numba.extending import intrinsic, overload

from fastslop._kernels.machine.intrinsics import borrowed
from fastslop._kernels.machine.jit import kernel

ONE_BYTE, TWO_BYTES = 1, 2
"""Bytes of a character of a string; characters of other strings have four."""


@intrinsic
def _view_of(_, address):
    def codegen(_, builder, __, args):
        word, half, byte = ir.IntType(64), ir.IntType(32), ir.IntType(8).as_pointer()
        places = [alloca_once(builder, kind) for kind in (word, half, half, word)]
        kinds = [byte, *(place.type for place in places)]
        function = ir.FunctionType(byte, kinds)
        extract = builder.module.globals.get("numba_extract_unicode")
        if extract is None:
            extract = ir.Function(builder.module, function, "numba_extract_unicode")
        data = builder.call(extract, [builder.inttoptr(args[0], byte), *places])
        length, width = builder.load(places[0]), builder.zext(builder.load(places[1]), word)
        return pack_array(builder, [builder.ptrtoint(data, word), length, width])

    return types.UniTuple(types.uint64, 3)(types.uint64), codegen


def view_of(address):
    """The address of the characters of the Python string at ``address``, their number, and their width in bytes.

    Numba's own function does this: it knows the layout of each Python's strings. The caller keeps the string alive.
    """
    from numba import _helperlib

    numbers = [ctypes.c_ssize_t(), ctypes.c_int(), ctypes.c_uint(), ctypes.c_ssize_t()]
    extract = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, *([ctypes.c_void_p] * 4))
    data = extract(_helperlib.c_helpers["extract_unicode"])(int(address), *map(ctypes.addressof, numbers))
    return np.uint64(data), np.uint64(numbers[0].value), np.uint64(numbers[1].value)


@overload(view_of, jit_options={"forceinline": True})
def _(address):
    return lambda address: _view_of(address)


@intrinsic
def _character_at(_, address, i, like):
    def codegen(context, builder, signature, args):
        kind = context.get_value_type(signature.return_type)
        characters = builder.inttoptr(args[0], kind.as_pointer())
        return builder.load(builder.gep(characters, [args[1]]), align=kind.width // 8)

    return like(types.uint64, types.uint64, like), codegen


def character_at(address, i, like):
    """The ``i``-th character from an address on, both u64, of the type of ``like``: u8, u16 or u32."""
    kind = {1: ctypes.c_uint8, 2: ctypes.c_uint16, 4: ctypes.c_uint32}[like.itemsize]
    return type(like)(kind.from_address(int(address) + like.itemsize * int(i)).value)


@overload(character_at, jit_options={"forceinline": True})
def _(address, i, like):
    return lambda address, i, like: _character_at(address, i, like)


@kernel
def view_strings(strings, addresses, n_chars, widths):
    """Write the address u64, the number i64 and the width u8 of the characters of Python strings at addresses u64."""
    strings, addresses, n_chars, widths = borrowed(strings), borrowed(addresses), borrowed(n_chars), borrowed(widths)
    for i in range(len(strings)):
        data, n, width = view_of(strings[i])
        addresses[i] = data
        n_chars[i] = n
        widths[i] = width
