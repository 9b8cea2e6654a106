"""Profiles cut down to what fingerprints are made of: a twelfth of the size, and no more of a text than its counts.

A fingerprint counts n-grams of ``STYLE_TABLES`` that are in ``MIN_PROMPTS`` prompts of a label, and of these the most
frequent over all labels. A profile without the rest tells models apart as the whole one does.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastslop.base.arrays import Counts
from fastslop.base.spec import Table
from fastslop.comparing.candidates import Candidates, choose_candidates
from fastslop.comparing.fingerprint import MIN_LABELS, MIN_PROMPTS, STYLE_TABLES, require_tables
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import ProfileSet
from fastslop.profiles.rows import hashes_of, rows_in
from fastslop.profiles.some_rows import with_rows
from fastslop.system.progress import Progress, silent, tracked

CUT = f"words, marks and pairs of them in {MIN_PROMPTS} prompts only"
CUT_TO_MOST = CUT + ", of these the {:,} most frequent of each kind"
"""What ``Profile.pruned`` says of a profile that was cut down."""


def cut_profiles(profiles: ProfileSet, n_features: int | None = None, progress: Progress = silent) -> Iterator[Profile]:
    """The profiles without what fingerprints do not need, one after the other.

    With ``n_features`` only the most frequent n-grams of each table over all of the profiles, of those that two of
    them have; else every n-gram that is in two prompts of a profile. Texts of prompts and capitals are left out.

    Raises
    ------
    IncompatibleProfilesError
        If a profile was counted without n-grams that fingerprints need.
    """
    members = profiles.members
    rule = CUT
    of_tables: list[Candidates] | list[None] = [None] * len(STYLE_TABLES)
    if n_features is not None:
        rule = CUT_TO_MOST.format(n_features)
        of_tables = choose_candidates(members, MIN_LABELS, progress, n_features)
    for member in tracked(members, progress, "cutting down", len(members), "models"):
        profile = member.read()  # all tables, to say how many rows each of them loses
        require_tables(profile, STYLE_TABLES, "fastslop")
        rows = {t: _rows_kept(profile, t, some) for t, some in zip(STYLE_TABLES, of_tables, strict=True)}
        yield with_rows(profile, rows, rule)


def _rows_kept(profile: Profile, table: Table, chosen: Candidates | None) -> Counts:
    """Places of a table's rows that are kept."""
    rows = rows_in(profile, profile.tables[table], MIN_PROMPTS)
    if chosen is None:
        return rows
    return rows[chosen.columns(hashes_of(profile, table, rows)) >= 0]
