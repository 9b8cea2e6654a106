"""From documents to profiles: chunks, n-gram tables, one queue for each label."""
