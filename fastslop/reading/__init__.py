"""Texts in: find inputs, decompress them, parse JSON, frames and text, pick the fields, make documents."""
