"""The developers' lock and the audit of dependencies are of what the project depends on."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDED = [Requirement(one) for one in PROJECT["dependencies"]]
OPTIONAL = [Requirement(one) for some in PROJECT["optional-dependencies"].values() for one in some]
LOCKED = {
    canonicalize_name(one.name): one
    for line in (ROOT / "requirements-dev.lock").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
    for one in [Requirement(line)]
}


@pytest.mark.parametrize("needed", [one for one in [*NEEDED, *OPTIONAL] if one.name != PROJECT["name"]], ids=str)
def test_lock__has_a_version_that_is_allowed_of_each_dependency(needed: Requirement) -> None:
    (pin,) = LOCKED[canonicalize_name(needed.name)].specifier
    assert pin.operator == "==" and needed.specifier.contains(pin.version)


@pytest.mark.parametrize("needed", NEEDED, ids=str)
def test_dependency__has_a_lower_bound_and_is_audited(needed: Requirement) -> None:
    assert any(one.operator == ">=" for one in needed.specifier)
    audited = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Dependencies")[2]
    assert re.search(rf"^\| {re.escape(needed.name)} \|", audited, re.M)
