"""Phrases found again in texts: matching, quotes, contrasts, filtering."""
