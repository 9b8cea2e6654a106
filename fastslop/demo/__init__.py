"""Texts by synthetic models, and what the program makes of them."""
