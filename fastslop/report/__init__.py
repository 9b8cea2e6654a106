"""One page that works offline: what was found, and how sure it is."""
