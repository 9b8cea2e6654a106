"""Rates of features summed over the labels of a panel: what each label of it is measured against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from fastslop.base.arrays import Counts, Floats, Keys
from fastslop.base.spec import Table
from fastslop.profiles.profile_set import Member, comparison_groups, readers
from fastslop.scoring.candidates import Index
from fastslop.scoring.dispersion import Spread, spread_of
from fastslop.system.memory import trim
from fastslop.system.progress import Progress, tracked
from fastslop.system.threads import map_bounded


class Rates(NamedTuple):
    """Sums over labels of the rates of features, by their numbers, and of these rates' variances: f64[features]."""

    rate: Floats
    variance: Floats


class ComparisonGroup(NamedTuple):
    """The labels that a label is measured against, itself included, and their ``rates`` by table."""

    members: Sequence[Member]
    rates: Mapping[Table, Rates]


def rates_by_panel(
    members: Sequence[Member], index: Index, tables: Sequence[Table], progress: Progress
) -> dict[str, ComparisonGroup]:
    """The comparison group of each panel, with its rates of these tables; several panels may have the same."""
    filters = {table: index[table].filter() for table in tables}
    by_names: dict[tuple[str, ...], ComparisonGroup] = {}
    by_panel = {}
    for panel, inside in comparison_groups(members).items():
        names = tuple(member.name for member in inside)
        if names not in by_names:
            by_names[names] = ComparisonGroup(inside, _summed_rates(inside, index, filters, progress))
        by_panel[panel] = by_names[names]
    return by_panel


def _summed_rates(
    members: Sequence[Member], index: Index, filters: Mapping[Table, Keys], progress: Progress
) -> dict[Table, Rates]:
    """Rates are added label by label in the order of the names: sums of floats depend on the order."""
    sums = {table: Rates(np.zeros(len(index[table])), np.zeros(len(index[table]))) for table in filters}
    read = map_bounded(partial(_spreads, index=index, filters=filters), members, readers(members)) if filters else ()
    told = tracked(read, progress, "adding up the panel", len(members), "models")
    for member, spreads in zip(members, told, strict=False):
        words = max(member.n_words, 1)
        for table, (numbers, spread) in spreads.items():
            sums[table].rate[numbers] += spread.n / words
            sums[table].variance[numbers] += spread.variance / words**2
    trim()
    return sums


def _spreads(member: Member, index: Index, filters: Mapping[Table, Keys]) -> dict[Table, tuple[Counts, Spread]]:
    """The features of the index that a label has, by table, in however few prompts."""
    profile = member.read(tuple(filters), filters=filters)
    return {table: spread_of(profile, table, index[table]) for table in filters}
