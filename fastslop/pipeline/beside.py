"""Models that stand beside those of a run: the known ones, or those of other profiles."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from fastslop.base.spec import CountSpec
from fastslop.known.models import CAVEAT, KNOWN, open_known
from fastslop.profiles.files import read_footer
from fastslop.profiles.packed import Packed
from fastslop.profiles.profile_set import Member, OpenedProfile, ProfileSet, open_profiles, profile_set

OTHERS = "models beside those of the texts were counted before, of other texts, and perhaps on other prompts"


@dataclass(frozen=True)
class Beside:
    """Models beside those of a run, and what a reader must know of them."""

    profiles: ProfileSet
    name: str
    caveat: str

    def joined(self, own: ProfileSet) -> tuple[ProfileSet, ProfileSet]:
        """The run's own profiles, and all together; names are those among all.

        Errors are those of ``open_profiles``.
        """
        everyone = profile_set([*map(_opened, own.members), *map(_opened, self.profiles.members)])
        places = {str(member.place) for member in own.members}
        return ProfileSet([m for m in everyone.members if str(m.place) in places]), everyone

    def to_dict(self) -> dict[str, Any]:
        """What a run's manifest says of them."""
        sources = {member.name: len(member.prompts.keys) for member in self.profiles.members}
        return {"name": self.name, "n_prompts": sources}


def open_beside(place: str | PathLike[str], spec: CountSpec) -> Beside:
    """The known models, where ``place`` is ``known`` and no file or folder, or the profiles in a place.

    Raises
    ------
    IncompatibleProfilesError
        If they were counted in another way than by ``spec``.
    BadInputError
        If there are none, or one is damaged.
    """
    name = fspath(place)
    is_known = name == KNOWN and not Path(name).exists()
    found = Beside(open_known() if is_known else open_profiles(name), name, CAVEAT if is_known else OTHERS)
    said = f"the models beside ({name}) were counted in another way than this run would"
    spec.check_same(found.profiles.spec, said, "leave --spec, --orders and --scaled as they are, or --beside out")
    return found


def _opened(member: Member) -> OpenedProfile:
    panel = member.place.profile.panel if isinstance(member.place, Packed) else read_footer(member.place).panel
    return OpenedProfile(member.label, panel, member.spec, member.place, member.prompts)
