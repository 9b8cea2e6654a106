"""Tokens to windows, windows to sorted records, records to the rows of n-gram tables."""
