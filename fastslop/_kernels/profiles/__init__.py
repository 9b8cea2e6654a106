"""Rows of n-grams: packed, merged, hashed."""
