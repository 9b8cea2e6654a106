"""Write ``fastslop/known/profiles``: profiles of the models that come with the package, from their generations.

    python scripts/make_known_models.py GENERATIONS

GENERATIONS is the folder of slop-score's generations (github.com/sam-paech/slop-score, MIT), a file of JSON Lines for
each model. Profiles are counts: no texts, and no prompts. Equal generations give equal bytes.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import fastslop as fs
from fastslop.known.cutting import cut_profiles
from fastslop.known.models import BUILT_IN
from fastslop.profiles.files import profile_name, write_profile

PANEL = "slop-score"
N_FEATURES = 5000
"""N-grams of each table: with fewer, neighbours change (benchmarks/known_models.py)."""


def main(generations: str) -> None:
    """Count, cut down and write."""
    with TemporaryDirectory() as folder:
        whole = fs.count([generations], out=folder, panel=PANEL)
        shutil.rmtree(BUILT_IN, ignore_errors=True)
        for profile in cut_profiles(whole, N_FEATURES):
            path = BUILT_IN / profile_name(profile.label, profile.panel)
            write_profile(profile, path)
            print(f"{path.name}  {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
