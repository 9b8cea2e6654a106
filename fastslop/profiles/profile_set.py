"""The profiles that are scored or compared together: which labels, of which panel, in which file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastslop.base.errors import IncompatibleProfilesError, UsageError
from fastslop.base.spec import CountSpec
from fastslop.profiles.files import find_profiles, read_footer, read_profile
from fastslop.profiles.panels import display_labels, find_panels
from fastslop.profiles.profile import Prompts


@dataclass(frozen=True)
class Member:
    """A label among those that are scored or compared; ``name`` is how outputs show it."""

    label: str
    name: str
    panel: str
    path: Path
    spec: CountSpec
    prompts: Prompts


def open_members(places: Sequence[str | Path]) -> list[Member]:
    """The profiles in these files and folders, sorted by name, with their panels.

    Raises
    ------
    IncompatibleProfilesError
        If two of them were counted differently.
    UsageError
        If one label has several profiles in one panel.
    """
    paths = list({path.resolve(): path for path in find_profiles(places)}.values())
    footers = sorted(
        (read_footer(path) for path in paths), key=lambda f: (f.label, str(f.values["panel"]), str(f.path))
    )
    paths = [footer.path for footer in footers]
    specs = [footer.spec for footer in footers]
    for footer, spec in zip(footers[1:], specs[1:], strict=True):
        differences = specs[0].differences(spec)
        if differences:
            raise IncompatibleProfilesError(
                f"{footers[0].path} and {footer.path} were counted differently: {'; '.join(differences)}"
            )
    prompts = [read_profile(path, ()).prompts for path in paths]
    panels = find_panels([p.keys for p in prompts], [footer.values["panel"] for footer in footers])
    names = display_labels([footer.label for footer in footers], panels)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"{twice[0]!r} has several profiles in one panel; merge them, or name their panels (--panel)")
    rows = zip((f.label for f in footers), names, panels, paths, specs, prompts, strict=True)
    return sorted((Member(*row) for row in rows), key=lambda member: member.name)


def companies(members: Sequence[Member]) -> dict[str, list[Member]]:
    """The labels that each label is measured against, by panel: the panel's, or all where it has no other."""
    by_panel: dict[str, list[Member]] = {}
    for member in members:
        by_panel.setdefault(member.panel, []).append(member)
    return {panel: inside if len(inside) > 1 else list(members) for panel, inside in by_panel.items()}
