"""The base of all other rooms: errors, defaults, the counting specification, array types, hashes, wording."""
