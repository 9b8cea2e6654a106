"""Phrases found in tokens."""
