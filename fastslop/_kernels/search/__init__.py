"""Phrases and patterns of words found in tokens."""
