"""Defaults and choices that the command line shows and the functions share; light to import."""

from __future__ import annotations

DEFAULT_BASELINE = "wordfreq:en"
"""Human writing that labels are scored against."""
DEFAULT_METHOD, SLOP_FORENSICS = "fastslop", "slop-forensics"
METHOD_NAMES = (DEFAULT_METHOD, SLOP_FORENSICS)
"""Fingerprints by which labels are compared."""
LINKAGES = ("average", "ward", "nj", "parsimony")
"""How labels are joined to a tree."""
LAYOUTS = ("rectangular", "circular")
"""Shapes in which a tree is drawn."""
REPLICATES = 200
"""How often prompts are drawn anew, for support and intervals."""
PARSIMONY_REPLICATES = 50
"""As ``REPLICATES``, for parsimony trees: each is a search of its own, which takes half a second for 22 models."""
EXPLAIN_REPLICATES, IDENTIFY_REPLICATES = 100, 50
"""As ``REPLICATES``, where one pair or a query is looked at."""
LEAST_REPLICATES = 20
"""Fewer replicates say too little of one pair or one query."""
MAX_BAD = 0.001
"""Share of bad records of a file above which reading stops."""
MAX_Q = 0.05
"""The false discovery rate at which a feature counts as over-represented."""
MIN_PROMPTS_SCORED = 3
"""Features in fewer prompts are not scored: they cannot be told from the topics of those prompts."""
LIST_ENTRIES = 300
"""Entries of each kind of a slop list."""
MAX_ORDER = 16
"""The longest n-grams that are counted."""
JSON_FORMAT = 1
"""Version of the shapes of ``--json`` and of the files that a run leaves."""
