"""Units of a row: prompts, or blocks of prompts."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import BLOCK_FLAG
from fastslop._kernels.machine.jit import inlined


@inlined
def add_to_blocks(units, unit_n, begin, end, prompt_blocks, block_n):
    """Add the counts of ``units[begin:end]``, prompts or blocks, to their blocks."""
    for u in range(begin, end):
        unit = units[u]
        block = unit ^ BLOCK_FLAG if unit & BLOCK_FLAG else prompt_blocks[unit]
        block_n[block] += unit_n[u]


@inlined
def put_blocks(block_n, units, unit_n, at):
    """Write the blocks that are not empty as units from ``at`` on; return the end of these."""
    for block in range(len(block_n)):
        if block_n[block] > 0:
            units[at] = np.uint32(block) | BLOCK_FLAG
            unit_n[at] = block_n[block]
            at += 1
    return at


@inlined
def to_blocks(units, unit_n, begin, end, prompt_blocks, block_n):
    """Replace the row's prompts in ``units[begin:end]`` by their blocks; return the row's new end."""
    block_n.fill(0)
    add_to_blocks(units, unit_n, begin, end, prompt_blocks, block_n)
    return put_blocks(block_n, units, unit_n, begin)
