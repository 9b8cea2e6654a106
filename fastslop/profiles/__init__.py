"""Counts of a label: in memory, packed, in files, merged, in sets, as plain columns."""
