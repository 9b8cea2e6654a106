"""Instructions that Numba has no words for, each with what it means in Python."""

from __future__ import annotations

import ctypes

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.cgutils import get_null_value
from numba.extending import intrinsic, overload


@intrinsic
def _borrowed(_, array):
    def codegen(context, builder, signature, args):
        without_owner = context.make_array(signature.args[0])(context, builder, args[0])
        without_owner.meminfo = get_null_value(without_owner.meminfo.type)
        without_owner.parent = get_null_value(without_owner.parent.type)
        return without_owner._getvalue()

    return array(array), codegen


def borrowed(array):
    """The same array, without counting references to it: for arrays that the kernel's caller keeps alive.

    Numba counts references wherever an array is passed on, by instructions that lock the memory. They took a sixth of
    the tokeniser's time, and more where two threads share an array. An array that a kernel makes itself is freed after
    its last use under its own name, and must not be used as borrowed after that.
    """
    return array


@overload(borrowed, jit_options={"forceinline": True})
def _(array):
    return lambda array: _borrowed(array)


@intrinsic
def _bits_from(_, array, i, least):
    def codegen(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        sixty_four = ir.VectorType(ir.IntType(8), 64)
        place = builder.bitcast(builder.gep(data, [args[1]]), sixty_four.as_pointer())
        first = builder.insert_element(ir.Constant(sixty_four, None), args[2], ir.Constant(ir.IntType(32), 0))
        limit = builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(ir.IntType(32), 64), None))
        bits = builder.icmp_unsigned(">=", builder.load(place, align=1), limit)
        return builder.bitcast(bits, ir.IntType(64))

    return types.uint64(array, types.uint64, types.uint8), codegen


def bits_from(array, i, least):
    """A mask u64 of the 64 bytes from ``i`` u64 on, the first the lowest bit: whether each is ``least`` or more."""
    return np.uint64(sum(1 << b for b in range(64) if array[int(i) + b] >= least))


@overload(bits_from, jit_options={"forceinline": True})
def _(array, i, least):
    return lambda array, i, least: _bits_from(array, i, least)


@intrinsic
def _first_bit(_, bits):
    def codegen(context, builder, signature, args):
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), codegen


def first_bit(bits):
    """The place of the lowest set bit of ``bits`` u64; 64 if no bit is set."""
    return np.uint64((int(bits) & -int(bits)).bit_length() - 1 if bits else 64)


@overload(first_bit, jit_options={"forceinline": True})
def _(bits):
    return lambda bits: _first_bit(bits)


@intrinsic
def _n_bits(_, bits):
    def codegen(context, builder, signature, args):
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), codegen


def n_bits(bits):
    """Number of set bits of ``bits`` u64."""
    return np.uint64(int(bits).bit_count())


@overload(n_bits, jit_options={"forceinline": True})
def _(bits):
    return lambda bits: _n_bits(bits)


@intrinsic
def _short_at(_, address, i):
    def codegen(_, builder, __, args):
        numbers = builder.inttoptr(args[0], ir.IntType(16).as_pointer())
        return builder.load(builder.gep(numbers, [args[1]]), align=2)

    return types.uint16(types.uint64, types.uint64), codegen


def short_at(address, i):
    """The ``i``-th number u16 from an address on, both u64; the caller keeps alive the array that lies there."""
    return np.uint16(ctypes.c_uint16.from_address(int(address) + 2 * int(i)).value)


@overload(short_at, jit_options={"forceinline": True})
def _(address, i):
    return lambda address, i: _short_at(address, i)


@intrinsic
def _store_line(_, records, i, lines, j):
    def codegen(context, builder, signature, args):
        four, word = ir.VectorType(ir.IntType(64), 4), ir.IntType(64)
        into = context.make_array(signature.args[0])(context, builder, args[0]).data
        line = context.make_array(signature.args[2])(context, builder, args[2]).data
        for first in (0, 4):
            source = builder.gep(line, [builder.add(args[3], word(first))])
            place = builder.gep(into, [builder.add(args[1], word(first))])
            half = builder.load(builder.bitcast(source, four.as_pointer()), align=8)
            stored = builder.store(half, builder.bitcast(place, four.as_pointer()), align=32)
            stored.set_metadata("nontemporal", builder.module.add_metadata([ir.IntType(32)(1)]))
        return context.get_dummy_value()

    return types.void(records, types.uint64, lines, types.uint64), codegen


def store_line(records, i, lines, j):
    """Copy the eight u64 from ``j`` u64 on of ``lines`` to ``i`` u64 on of ``records``, where a line of memory begins.

    The stores do not pass through the cache, and the line is not read before it is written. Other threads may read the
    line once the kernel has returned: taking the interpreter's lock orders such stores, too.
    """
    records[int(i) : int(i) + 8] = lines[int(j) : int(j) + 8]


@overload(store_line, jit_options={"forceinline": True})
def _(records, i, lines, j):
    return lambda records, i, lines, j: _store_line(records, i, lines, j)


@intrinsic
def _line_phase(_, records):
    def codegen(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        address = builder.ptrtoint(data, ir.IntType(64))
        return builder.and_(builder.lshr(address, ir.IntType(64)(3)), ir.IntType(64)(7))

    return types.uint64(records), codegen


def line_phase(records):
    """Number of u64, 0 to 7, between the begin of a line of memory and the begin of the array ``records`` u64 in it."""
    return np.uint64(records.ctypes.data >> 3 & 7)


@overload(line_phase, jit_options={"forceinline": True})
def _(records):
    return lambda records: _line_phase(records)


@intrinsic
def _prefetch(_, array, i):
    def codegen(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        place = builder.bitcast(builder.gep(data, [args[1]]), ir.IntType(8).as_pointer())
        word = ir.IntType(32)
        fetch = builder.module.declare_intrinsic(
            "llvm.prefetch", [place.type], ir.FunctionType(ir.VoidType(), [place.type, word, word, word])
        )
        builder.call(fetch, [place, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, types.uint64), codegen


def prefetch(array, i):
    """Start to load the line of memory with item ``i`` u64 of an array into the cache, since it is read soon."""


@overload(prefetch, jit_options={"forceinline": True})
def _(array, i):
    return lambda array, i: _prefetch(array, i)
