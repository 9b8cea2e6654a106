"""Counts when prompts are drawn again."""
