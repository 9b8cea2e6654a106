"""Strings to words, and words and n-grams to sparse matrices."""
