"""The features of each label that are scored, with one number for each over all labels."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from fastslop.base.arrays import Ids, Keys
from fastslop.base.defaults import MIN_PROMPTS_SCORED
from fastslop.base.spec import CountSpec, Table
from fastslop.profiles.echo import Echo
from fastslop.profiles.feature_index import FeatureIndex
from fastslop.profiles.origins import Origins
from fastslop.profiles.profile_set import Member, readers
from fastslop.profiles.rows import hashes_of, rows_in
from fastslop.scoring.damage import Damage, find_damage
from fastslop.scoring.dispersion import (
    BlockDesign,
    FeatureRows,
    StratumCounts,
    feature_rows,
    own_variance,
    stratum_counts,
)
from fastslop.scoring.strata import Strata
from fastslop.system.memory import trim
from fastslop.system.progress import Progress, tracked
from fastslop.system.threads import map_bounded
from fastslop.tokens.vocabulary import Vocabulary

Index = Mapping[Table, FeatureIndex]


@dataclass(frozen=True)
class Candidates:
    """Features of a label that are scored, by table, and its totals.

    ``numbers`` u32[features]: their numbers over all labels; ``echo``: their echo of prompts; ``are_names``: which
    tokens of the vocabulary are names, None where that is not known; ``n_tests``: the features
    of the table, those in too few prompts to be scored included; ``by_stratum``: counts in strata of prompts, where
    there are several; ``damage``: fragments of words that are no features, if the texts have any.
    """

    design: BlockDesign
    n_docs: int
    n_tokens: int
    vocabulary: Vocabulary
    rows: Mapping[Table, FeatureRows]
    numbers: Mapping[Table, Ids]
    echo: Mapping[Table, Echo]
    are_names: NDArray[np.bool_] | None
    n_tests: Mapping[Table, int]
    by_stratum: Mapping[Table, StratumCounts]
    damage: Damage | None

    def counts(self, table: Table) -> StratumCounts:
        """The features of a table in each stratum of prompts; all prompts are one where there are no others."""
        if table in self.by_stratum:
            return self.by_stratum[table]
        rows = self.rows[table]
        n = rows.n.astype(np.float64)
        return StratumCounts(n[None], own_variance(n, rows.squares, rows.products, self.design)[None])


def read_candidates(
    members: Sequence[Member],
    spec: CountSpec,
    origins: Origins,
    progress: Progress,
    strata: Mapping[str, Strata] = MappingProxyType({}),
) -> tuple[deque[Candidates], Index]:
    """The candidates of each label, to be given up label by label, and the index that has their numbers.

    ``strata``, by panel, are those of the labels that are measured against each other, if any are.
    """
    index = {table: FeatureIndex() for table in spec.tables}
    read = map_bounded(lambda member: _candidates(member, origins, strata.get(member.panel)), members, readers(members))
    candidates: deque[Candidates] = deque()
    for of_label, hashes in tracked(read, progress, "reading profiles", len(members), "models"):
        numbers = {table: index[table].enter(of_table) for table, of_table in hashes.items()}
        candidates.append(replace(of_label, numbers=numbers))
    trim()
    return candidates, index


def _candidates(member: Member, origins: Origins, strata: Strata | None) -> tuple[Candidates, dict[Table, Keys]]:
    """The candidates of a label, without numbers, and their hashes."""
    profile = member.read(min_prompts=MIN_PROMPTS_SCORED)
    rows, hashes, echo, n_tests, by_stratum = {}, {}, {}, {}, {}
    damage = find_damage(member, profile)
    for table, grams in profile.tables.items():
        scored = rows_in(profile, grams, MIN_PROMPTS_SCORED)
        if damage is not None:
            scored = scored[~damage.tokens(profile.vocabulary)[grams.ids[scored]].any(axis=1)]
        rows[table], hashes[table] = feature_rows(profile, table, scored), hashes_of(profile, table, scored)
        echo[table] = origins.asked.echo_of(member.name, profile, table, scored, hashes[table])
        n_tests[table] = len(grams.n) + profile.left_out.get(table, 0)
        if strata is not None and len(strata) > 1:
            by_stratum[table] = stratum_counts(profile, table, scored, strata.of(profile.prompts), len(strata))
    design, are_names = BlockDesign.of(profile), origins.names.among(profile.vocabulary)
    totals = (design, profile.n_docs, profile.n_tokens, profile.vocabulary)
    return Candidates(*totals, rows, {}, echo, are_names, n_tests, by_stratum, damage), hashes
