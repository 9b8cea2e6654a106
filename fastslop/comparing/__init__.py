"""Distances between models with prompts held fixed, and their support from prompts drawn anew."""
