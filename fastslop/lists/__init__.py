"""Lists of words and phrases for others to ban, train against, or read."""
