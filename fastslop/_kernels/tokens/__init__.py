"""UTF-8 to words and marks."""
