"""Strings to words, windows to sparse matrices."""
