"""Distances and drawn prompts."""
