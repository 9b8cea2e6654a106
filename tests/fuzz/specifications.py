"""Fuzzing of specifications in JSON: ``python -m tests.fuzz.specifications [CORPUS] [-max_total_time=N]``.

Needs Atheris (``pip install --group fuzz``). What is found goes to ``found/specifications``, which
``tests/base/test_spec.py`` tries from then on.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from fastslop.base.errors import UsageError
from fastslop.base.spec import CountSpec, spec_of


def one_input(data: bytes, path: Path) -> None:
    """Try one input, by way of the file ``path``: it is refused in words for people, or is a specification."""
    path.write_bytes(data)
    with suppress(UsageError):
        spec = spec_of(str(path))
        assert CountSpec.from_dict(spec.to_dict()) == spec
        hash(spec)
        assert spec.tables


def main() -> None:
    """Fuzz."""
    import atheris

    with atheris.instrument_imports(include=["fastslop.base.spec", "json"]):
        for name in [name for name in sys.modules if name.startswith(("fastslop", "json", "tests."))]:
            del sys.modules[name]
        from tests.fuzz.specifications import one_input as instrumented

    with TemporaryDirectory() as folder:
        atheris.Setup(sys.argv, lambda data: instrumented(data, Path(folder) / "spec.json"))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
