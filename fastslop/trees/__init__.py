"""From distances to trees: linkage, joining, parsimony, consensus, and their formats."""
