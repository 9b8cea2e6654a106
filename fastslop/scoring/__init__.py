"""Keyness: what a model overuses against a baseline, and its slop score."""
