"""UTF-8 text to tokens, words and marks, and the guards against texts that loop, repeat others or break off."""
