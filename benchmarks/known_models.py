"""Whether profiles that are cut down name models as whole ones do: 40 texts each, on prompts that the library lacks.

``python -m benchmarks.known_models PROFILES [N_SPLITS]`` cuts the prompts into random halves. The library is of one,
whole and cut down to the most frequent n-grams of each kind; each model's query is of 40 prompts of the other, asked
about alone. It prints a row for each split and library, and how many models keep their nearest neighbour.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

import fastslop as fs
from fastslop.base.arrays import Keys
from fastslop.comparing.fingerprint import STYLE_TABLES
from fastslop.evidence.identify import IDENTIFIED, identify_queries
from fastslop.evidence.nearness import QUERY_PANEL
from fastslop.known.cutting import cut_profiles
from fastslop.profiles.packed import pack
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import Member, ProfileSet, set_of_packed

N_TEXTS = 40
N_FEATURES = (5000, 3000, 1000)
REPLICATES = 20
PANEL = "known"


def in_memory(profiles: Sequence[Profile]) -> ProfileSet:
    """Profiles as a library of one panel, of which nothing is kept beside files."""
    found = set_of_packed([pack(replace(profile, panel=PANEL)) for profile in profiles])
    return ProfileSet(found.members)


def libraries(profiles: ProfileSet, prompts: Keys) -> Iterator[tuple[str, ProfileSet]]:
    """The library on these prompts: whole, and cut down."""
    known = ProfileSet([member.on_prompts(prompts, STYLE_TABLES) for member in profiles.members])
    yield "whole", in_memory(list(known))
    for n in N_FEATURES:
        yield f"{n:,}", in_memory(list(cut_profiles(known, n)))


def queries(profiles: ProfileSet, prompts: Keys) -> list[Member]:
    """Each model's answers to the first of these prompts that it answered, as a query that is alone."""
    found = []
    for i, member in enumerate(profiles.members):
        answered = prompts[np.isin(prompts, member.prompts.keys)][:N_TEXTS]
        found.append(replace(member.on_prompts(answered, STYLE_TABLES), panel=f"{QUERY_PANEL}{i}"))
    return found


def main(folder: str, n_splits: str = "6") -> None:
    """Measure and print."""
    profiles = fs.open_profiles(folder)
    keys = np.unique(np.concatenate([member.prompts.keys for member in profiles.members]))
    print("split  library  nearest  named  misnamed  of")
    for split in range(int(n_splits)):
        order = np.random.default_rng([11, split]).permutation(keys)
        one, other = order[: len(keys) // 2], order[len(keys) // 2 :]
        asked = queries(profiles, other)
        for name, library in libraries(profiles, one):
            answers = identify_queries(library.members, asked, replicates=REPLICATES, seed=split)
            is_right = np.array([answer.candidates[0].label == answer.label for answer in answers])
            is_named = np.array([answer.verdict == IDENTIFIED for answer in answers])
            counts = (is_right.sum(), (is_named & is_right).sum(), (is_named & ~is_right).sum(), len(answers))
            print(f"{split:5}  {name:>7}  {counts[0]:7}  {counts[1]:5}  {counts[2]:8}  {counts[3]:2}", flush=True)
    print_neighbours(profiles)


def print_neighbours(profiles: ProfileSet) -> None:
    """How many models keep their nearest neighbour, all prompts being taken, and how far distances move."""
    whole = fs.compare(profiles, replicates=0)
    for n in N_FEATURES:
        cut = fs.compare(in_memory(list(cut_profiles(profiles, n))), replicates=0)
        nearest = [c.neighbours.filter(rank=1)["neighbour"].to_list() for c in (whole, cut)]
        n_kept = sum(a == b for a, b in zip(*nearest, strict=True))
        r = np.corrcoef(whole.condensed, cut.condensed)[0, 1]
        print(f"{n:,}: {n_kept} of {len(profiles)} models keep their nearest; correlation of distances {r:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
