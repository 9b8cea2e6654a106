"""Documents to profiles: tokens wait label by label, and each label's n-gram tables are counted as a whole."""
