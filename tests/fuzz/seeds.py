"""What the fuzzers begin with, in words of our own."""

from __future__ import annotations

PROFILE_PAIRS = (
    ("p1", "the sea was grey and cold — Anna said no, no sea!"),
    ("p2", "a gull over the sea, and no sea"),
    ("p2", "no gull said no"),
    ("p3", "Anna said a gull was cold"),
)
"""Documents of a small profile, with their prompts: rows of one prompt, of a few, and of several occurrences."""
PROFILE_INPUTS = (
    b"\x00\x06\x00\x00\x00",
    b"\x0d\x08\x01\x00\x02\xff\xff",
    b"\x0c\x18\x03\x00\x01\x80\x0d\x04\x00\x00\x01\x01",
    b"\x0e\x1c\x00\x00\x03\xff\xff\x7f",
    b"\x11\x00\x20\x00\x04null",
    b'\x12\x01\x01\x00\x08"x": [],',
    b"\x06\x09\x02\x00\x01\x00",
)
"""Edits of it, as the fuzzer spells them."""
