"""Texts to numbers: the tokeniser, the guards and the vocabulary."""
