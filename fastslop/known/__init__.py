"""Models that are known: profiles cut down to what tells models apart, in the package and in a folder of the user's."""
