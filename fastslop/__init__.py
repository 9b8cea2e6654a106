"""fastslop: fingerprint language models by the words, phrases and marks they overuse.

Everything a notebook or a program needs is a name of this package, and is loaded when it is first used: importing
fastslop loads neither NumPy nor Numba nor Polars.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastslop.base.errors import BadInputError, FastslopError, IncompatibleProfilesError, UsageError
    from fastslop.base.spec import CountSpec
    from fastslop.comparing.compare import Comparison, compare
    from fastslop.counting.count import count
    from fastslop.counting.result import CountResult
    from fastslop.drawing.pictures import Picture
    from fastslop.engines.tasks import count_in_tasks, map_task, plan_tasks, reduce_tasks
    from fastslop.evidence.explain import Explanation, explain
    from fastslop.evidence.identify import Identification
    from fastslop.evidence.neighbours import Neighbours, explain_neighbours
    from fastslop.generating.generate import Generated, generate
    from fastslop.known.exchange import export_known, import_known
    from fastslop.known.models import add_known, open_known, remove_known
    from fastslop.lists.build import SlopLists, slop_lists
    from fastslop.pipeline.export import export_counts
    from fastslop.pipeline.identify import identify
    from fastslop.pipeline.report import write_report
    from fastslop.pipeline.run import RunResult, run
    from fastslop.profiles.columns import scan_counts
    from fastslop.profiles.files import read_profile
    from fastslop.profiles.merge_files import merge
    from fastslop.profiles.profile import Profile
    from fastslop.profiles.profile_set import ProfileSet, open_profiles
    from fastslop.reading.look import Look, look
    from fastslop.scoring.score import Scores, score
    from fastslop.search.filter import FilterResult, filter_texts
    from fastslop.system.progress import Progress
    from fastslop.tokens.tokeniser import tokenise
    from fastslop.trees.build import build_tree
    from fastslop.trees.tree import Tree
    from fastslop.vectors.count_vectorizer import CountVectorizer

__version__ = "0.1.0"

# The way of the data: generate, look, count, open, merge, score, compare, weigh, list, write.
# Then what they take and return.
_MODULES = {
    "generate": "generating.generate",
    "look": "reading.look",
    "count": "counting.count",
    "count_in_tasks": "engines.tasks",
    "plan_tasks": "engines.tasks",
    "map_task": "engines.tasks",
    "reduce_tasks": "engines.tasks",
    "open_profiles": "profiles.profile_set",
    "read_profile": "profiles.files",
    "merge": "profiles.merge_files",
    "scan_counts": "profiles.columns",
    "export_counts": "pipeline.export",
    "score": "scoring.score",
    "compare": "comparing.compare",
    "build_tree": "trees.build",
    "explain": "evidence.explain",
    "explain_neighbours": "evidence.neighbours",
    "identify": "pipeline.identify",
    "open_known": "known.models",
    "add_known": "known.models",
    "remove_known": "known.models",
    "export_known": "known.exchange",
    "import_known": "known.exchange",
    "slop_lists": "lists.build",
    "filter_texts": "search.filter",
    "write_report": "pipeline.report",
    "run": "pipeline.run",
    "tokenise": "tokens.tokeniser",
    "CountVectorizer": "vectors.count_vectorizer",
    "CountSpec": "base.spec",
    "Generated": "generating.generate",
    "Look": "reading.look",
    "CountResult": "counting.result",
    "Profile": "profiles.profile",
    "ProfileSet": "profiles.profile_set",
    "Scores": "scoring.score",
    "Comparison": "comparing.compare",
    "Tree": "trees.tree",
    "Picture": "drawing.pictures",
    "Explanation": "evidence.explain",
    "Neighbours": "evidence.neighbours",
    "Identification": "evidence.identify",
    "SlopLists": "lists.build",
    "FilterResult": "search.filter",
    "RunResult": "pipeline.run",
    "Progress": "system.progress",
    "FastslopError": "base.errors",
    "BadInputError": "base.errors",
    "UsageError": "base.errors",
    "IncompatibleProfilesError": "base.errors",
}

__all__ = [
    "BadInputError",
    "Comparison",
    "CountResult",
    "CountSpec",
    "CountVectorizer",
    "Explanation",
    "FastslopError",
    "FilterResult",
    "Generated",
    "Identification",
    "IncompatibleProfilesError",
    "Look",
    "Neighbours",
    "Picture",
    "Profile",
    "ProfileSet",
    "Progress",
    "RunResult",
    "Scores",
    "SlopLists",
    "Tree",
    "UsageError",
    "add_known",
    "build_tree",
    "compare",
    "count",
    "count_in_tasks",
    "explain",
    "explain_neighbours",
    "export_counts",
    "export_known",
    "filter_texts",
    "generate",
    "identify",
    "import_known",
    "look",
    "map_task",
    "merge",
    "open_known",
    "open_profiles",
    "plan_tasks",
    "read_profile",
    "reduce_tasks",
    "remove_known",
    "run",
    "scan_counts",
    "score",
    "slop_lists",
    "tokenise",
    "write_report",
]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'fastslop' has no attribute {name!r}")
    found = getattr(import_module(f"fastslop.{_MODULES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
