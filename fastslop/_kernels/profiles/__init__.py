"""Packing, merging and searching rows."""
