"""Moments of occurrences over blocks, for keyness and dispersion."""
