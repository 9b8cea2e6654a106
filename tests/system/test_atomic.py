"""Files are written whole, under names that the system can have."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fastslop.base.errors import UsageError
from fastslop.system.atomic import write_text


def test_name_that_the_locale_cannot_spell__is_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsencode", lambda path: str(path).encode("ascii"))
    with pytest.raises(UsageError, match=r"模型\.json cannot be written: names of files are .* here; set PYTHONUTF8=1"):
        write_text(tmp_path / "模型.json", "{}")
    assert list(tmp_path.iterdir()) == []
