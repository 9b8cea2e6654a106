"""Texts to numbers: the tokeniser, what its guards catch, and the vocabulary."""
