"""The known models: those of the package, and those that the user has added to a folder of their own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fastslop.base.errors import UsageError
from fastslop.base.wording import meant
from fastslop.known.cutting import cut_profiles
from fastslop.profiles.files import SUFFIX, CountedProfile, counted_profile, profile_name, write_profile
from fastslop.profiles.profile_set import Member, ProfileSet, found_in_files, profile_set
from fastslop.system.progress import Progress, silent

BUILT_IN = Path(__file__).parent / "profiles"
"""Folder of the profiles that come with the package; ``scripts/make_known_models.py`` makes them."""
KNOWN = "known"
"""What the known models are called where profiles are named."""
FOLDER_VARIABLE = "FASTSLOP_LIBRARY"
"""Environment variable that names the folder of the user's own models."""
CAVEAT = (
    "known models wrote to other prompts, at another time and perhaps under other settings than these: a likeness to "
    "one is a place to look, and a service of that name may have changed since"
)


def own_folder() -> Path:
    """The folder of the models that the user has added, which need not be there."""
    if named := os.environ.get(FOLDER_VARIABLE):
        return Path(named)
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "fastslop" / "library"


def open_known() -> ProfileSet:
    """
    Open the known models: those that come with the package, and those that were added.

    Their profiles hold what tells models apart (words, marks and pairs of them), and no trigrams.

    Raises
    ------
    BadInputError
        If a profile that was added is damaged.
    IncompatibleProfilesError
        If one was counted differently.

    Examples
    --------
    >>> import fastslop as fs
    >>> "o3" in fs.open_known().labels  # doctest: +SKIP
    True
    """
    return profile_set(found_in_files([*_profiles_in(BUILT_IN), *_profiles_in(own_folder())]))


def is_built_in(member: Member) -> bool:
    """Whether a known model comes with the package."""
    return isinstance(member.place, Path) and member.place.parent == BUILT_IN


def add_known(
    profiles: ProfileSet, *, panel: str | None = None, force: bool = False, progress: Progress = silent
) -> list[CountedProfile]:
    """
    Add models to the known ones, cut down to what tells models apart.

    Parameters
    ----------
    profiles
        The models, counted with the default specification.
    panel
        Name of the prompts that they answered, for all of them; if not given, as they were counted.
    force
        Replace models of the same name and panel that were added before.
    progress
        Is told how many are cut down.

    Returns
    -------
    added
        Totals and file of each.

    Raises
    ------
    UsageError
        If a model of that name and panel is known already.
    IncompatibleProfilesError
        If they were counted in another way than the known ones.

    Examples
    --------
    >>> import fastslop as fs
    >>> added = fs.add_known(fs.open_profiles("out"), panel="my prompts")  # doctest: +SKIP
    """
    _check_spec(profiles)
    cut = [
        replace(profile, panel=profile.panel if panel is None else panel)
        for profile in cut_profiles(profiles, progress=progress)
    ]
    paths = [own_folder() / profile_name(profile.label, profile.panel) for profile in cut]
    for path in paths:
        _refuse_known(path, force=force)
    twice = sorted(path.stem for path in {*paths} if paths.count(path) > 1)
    if twice:
        raise UsageError(f"several of these models are called {twice[0]!r}; merge them, or add them panel by panel")
    for profile, path in zip(cut, paths, strict=True):
        write_profile(profile, path, force=force)
    return [counted_profile(profile, path) for profile, path in zip(cut, paths, strict=True)]


def remove_known(labels: Sequence[str]) -> list[Path]:
    """Remove models that were added, by their names among the known ones; returns the files that are gone.

    Raises
    ------
    UsageError
        If one is not known, or comes with the package.
    """
    paths = []
    for member in known_of(labels):
        assert isinstance(member.place, Path)
        if is_built_in(member):
            raise UsageError(f"{member.name!r} comes with the package and cannot be removed; only added models can")
        paths.append(member.place)
    for path in paths:
        path.unlink()
    return paths


def known_of(labels: Sequence[str]) -> list[Member]:
    """The known models of these names.

    Raises
    ------
    UsageError
        If one is not known.
    """
    members = {member.name: member for member in open_known().members}
    for label in labels:
        if label not in members:
            raise UsageError(f"no model {label!r} is known; {meant(label, [*members])}")
    return [members[label] for label in dict.fromkeys(labels)]


def _profiles_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))


def _check_spec(profiles: ProfileSet) -> None:
    """Raise IncompatibleProfilesError if profiles were counted in another way than those of the package."""
    spec = found_in_files(_profiles_in(BUILT_IN)[:1])[0].spec
    said = "the profiles to add were counted in another way than the known models"
    spec.check_same(profiles.spec, said, "count their texts again with the default specification")


def _refuse_known(path: Path, *, force: bool) -> None:
    """Raise UsageError if a model of this file is known, unless it was added and ``force``."""
    if (BUILT_IN / path.name).exists():
        raise UsageError(
            f"a model of the name {path.stem!r} comes with the package; give yours another panel (--panel NAME)"
        )
    if path.exists() and not force:
        raise UsageError(f"a model {path.stem!r} was added before; give another panel (--panel NAME), or say --force")
