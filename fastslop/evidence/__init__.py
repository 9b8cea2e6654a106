"""Verdicts on a link between two models, and on who wrote a text."""
