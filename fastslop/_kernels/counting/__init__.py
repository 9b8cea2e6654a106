"""N-gram tables: hash, sort, sum."""
