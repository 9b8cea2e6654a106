"""JSON lines, parsed in place."""
