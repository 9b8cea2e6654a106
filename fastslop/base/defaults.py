"""Defaults and choices that the command line shows and the functions share; light to import."""

from __future__ import annotations

DEFAULT_BASELINE = "wordfreq"
"""Human writing that labels are scored against: wordfreq's list of the language that they were counted in."""
DEFAULT_METHOD, SLOP_FORENSICS = "fastslop", "slop-forensics"
METHOD_NAMES = (DEFAULT_METHOD, SLOP_FORENSICS)
"""Fingerprints by which labels are compared."""
LINKAGES = ("average", "ward", "nj", "parsimony")
"""Methods by which labels are joined to a tree."""
LAYOUTS = ("rectangular", "circular")
"""Shapes in which a tree is drawn."""
REPLICATES = 200
"""Replicates, in each of which prompts are drawn anew, for support and intervals."""
PARSIMONY_REPLICATES = 50
"""Replicates of a parsimony tree: fewer, since each is a search of its own, half a second long for 22 models."""
EXPLAIN_REPLICATES, IDENTIFY_REPLICATES = 100, 50
"""Replicates of one pair (``explain``), and of a query (``identify``)."""
LEAST_REPLICATES = 20
"""Least replicates that can be asked for of one pair or a query: fewer say too little."""
MAX_BAD = 0.001
"""Share of bad records of a file above which reading stops."""
REASONINGS = ("drop", "keep", "only")
"""What is done with reasoning: it is left out, counted with the answer, or counted alone."""
DROP_REASONING = REASONINGS[0]
ENGINES = ("processes", "ray")
"""What runs the tasks of a count: processes of this machine, or a Ray cluster."""
CONFIDENCE = 0.95
"""Level of intervals."""
MAX_Q = 0.05
"""The false discovery rate at which a feature counts as over-represented."""
MIN_PROMPTS_SCORED = 3
"""Least prompts of a feature that is scored: features in fewer cannot be told from the topics of those prompts."""
LIST_ENTRIES = 300
"""Entries of each kind of a slop list."""
TIERS = ("cliche", "name", "topic", "foreign", "typography")
"""What an entry of a list is: a turn of phrase, one that holds a proper name, one that the prompts explain, one in
other letters than those of the language, marks."""
LIST_TIERS = ("cliche", "name", "typography")
"""Tiers that lists have unless others are asked for: what the prompts explain is no habit of a model, and what is in
other letters than those of the language is hardly in the baseline, so that all of it would lead."""
STANDARD_PANEL = "standard-1"
"""The prompts that models are asked unless others are named."""
TEMPERATURE, MOST_ANSWER_TOKENS = 0.7, 4096
"""How models are asked to write: at the temperature of the known models, and with room for what they think before."""
CONCURRENCY, RETRIES, TIMEOUT_S = 4, 8, 600.0
"""Requests under way at once, how often one is sent again, and how many seconds it may be silent."""
KEY_VARIABLE = "OPENAI_API_KEY"
"""Environment variable that holds the key of an endpoint."""
MAX_ORDER = 16
"""Most tokens of an n-gram: a packed row has four bits for how many it shares with the row before."""
MAX_SCALED = 1_000_000
"""The smallest share of n-grams that a scaled profile has: one in so many."""
JSON_FORMAT = 1
"""Version of the shapes of ``--json`` and of the files that a run leaves."""
