"""Sums of keyness and dispersion."""
