"""Rates of features summed over the labels of a panel: what each label of it is measured against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from fastslop.base.arrays import Counts, Floats, Ids, Keys
from fastslop.base.spec import Table
from fastslop.profiles.profile_set import Member, comparison_groups, readers
from fastslop.profiles.rows import hashes_of
from fastslop.scoring.candidates import Index
from fastslop.scoring.dispersion import StratumCounts, stratum_counts
from fastslop.scoring.reference import Reference, mean_reference, panel_reference
from fastslop.scoring.strata import Strata
from fastslop.system.memory import trim
from fastslop.system.progress import Progress, tracked
from fastslop.system.threads import map_bounded


class Rates(NamedTuple):
    """Sums over labels of the rates of features in each stratum of prompts, by their numbers, and of these rates'
    variances: f64[strata, features]."""

    rate: Floats
    variance: Floats


class ComparisonGroup(NamedTuple):
    """The labels that a label is measured against, itself included: ``strata`` of their prompts; ``rates`` by table."""

    strata: Strata
    rates: Mapping[Table, Rates]

    def reference_of(self, label: str, table: Table, numbers: Ids, own: StratumCounts) -> Reference | None:
        """What the others wrote to the prompts of a label, as the reference of its features of these numbers.

        ``own`` are the counts of these. None where there is nothing to measure them against. Prompts that no other
        label answered do not count; if no prompt of the label was answered by another, all do.
        """
        if table not in self.rates:
            return None
        at, (rate, variance) = self.strata.labels.index(label), self.rates[table]
        references, n_own, n_others = [], [], []
        for s in range(len(self.strata)):
            others, n_words = self.strata.others(s, at).tolist(), int(self.strata.n_words[s, at])
            if not others:
                continue
            is_in = self.strata.has[s, at]  # a few answers to prompts of other labels were not added up
            added = (own.n[s] * is_in, own.variance[s] * is_in)
            references.append(panel_reference(rate[s, numbers], variance[s, numbers], *added, n_words, others))
            n_own.append(n_words)
            n_others.append(sum(others))
        return mean_reference(references, n_own if any(n_own) else n_others) if references else None


def rates_by_panel(
    members: Sequence[Member],
    index: Index,
    tables: Sequence[Table],
    strata: Mapping[str, Strata],
    progress: Progress,
) -> dict[str, ComparisonGroup]:
    """The comparison group of each panel, with its rates of these tables; several panels may have the same."""
    filters = {table: index[table].filter() for table in tables}
    by_names: dict[tuple[str, ...], ComparisonGroup] = {}
    by_panel = {}
    for panel, inside in comparison_groups(members).items():
        names = tuple(member.name for member in inside)
        if names not in by_names:
            rates = _summed_rates(inside, strata[panel], index, filters, progress)
            by_names[names] = ComparisonGroup(strata[panel], rates)
        by_panel[panel] = by_names[names]
    return by_panel


def _summed_rates(
    members: Sequence[Member], strata: Strata, index: Index, filters: Mapping[Table, Keys], progress: Progress
) -> dict[Table, Rates]:
    """Rates are added label by label in the order of the names: sums of floats depend on the order."""
    sums = {table: Rates(*np.zeros((2, len(strata), len(index[table])))) for table in filters}
    count = partial(_counts, strata=strata, index=index, filters=filters)
    read = map_bounded(count, members, readers(members)) if filters else ()
    told = tracked(read, progress, "adding up the panel", len(members), "models")
    for label, of_tables in enumerate(told):
        for s in np.flatnonzero(strata.has[:, label]):
            words = max(int(strata.n_words[s, label]), 1)
            for table, (numbers, own) in of_tables.items():
                sums[table].rate[s, numbers] += own.n[s] / words
                sums[table].variance[s, numbers] += own.variance[s] / words**2
    trim()
    return sums


def _counts(
    member: Member, strata: Strata, index: Index, filters: Mapping[Table, Keys]
) -> dict[Table, tuple[Counts, StratumCounts]]:
    """The features of the index that a label has, by table, in however few prompts: their numbers i64, and counts."""
    profile = member.read(tuple(filters), filters=filters)
    of_prompts, counts = strata.of(profile.prompts), {}
    for table in filters:
        numbers = index[table].find(hashes_of(profile, table, np.arange(len(profile.tables[table].n))))
        rows = np.flatnonzero(numbers >= 0)
        counts[table] = numbers[rows], stratum_counts(profile, table, rows, of_prompts, len(strata))
    return counts
