"""Texts by models that never were, and what the program makes of them."""
