"""JSON Lines, parsed in place, and documents copied together."""
