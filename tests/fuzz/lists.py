"""Fuzzing of what reads lists: ``NUMBA_DISABLE_JIT=1 python -m tests.fuzz.lists [CORPUS] [-max_total_time=N]``.

Needs Atheris (``pip install --group fuzz``). The first byte of an input says what kind of file it is, the others are
the file. What is found goes to ``found/lists``, which ``tests/hostile/test_found.py`` tries from then on, compiled.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from fastslop.base.errors import BadInputError
from fastslop.base.spec import PRESETS
from fastslop.search.expressions import n_apart
from fastslop.search.list_entries import understand
from fastslop.search.list_files import read_list
from fastslop.search.list_matcher import matcher_of_list
from fastslop.search.matcher import stream_of
from tests.fuzz.seeds import LIST_INPUTS, LIST_KINDS
from tests.strategies import chunk

SPEC = PRESETS["default"]
TEXTS = [
    "A tapestry of light, and the sea; it wasn't the sea, but the rain.",
    "aaaa aaaa ... [x] \\d+ — no.",
    "不是终点，而是起点。カタカナ 使用户",
]
SECONDS = 0.5
"""Time that an expression may take for one of these texts."""


def one_input(data: bytes, folder: Path) -> None:
    """Try one input by way of a file in ``folder``: it is refused in words for people, or every entry is somewhere."""
    if not data:
        return
    path = folder / f"list{LIST_KINDS[data[0] % len(LIST_KINDS)]}"
    path.write_bytes(data[1:])
    try:
        groups = read_list(path)
        entries = understand(groups, str(path), SPEC)
    except BadInputError as error:
        assert path.name in str(error), f"no file is named: {error}"
        return
    finally:
        path.unlink()
    entries.summary.encode()
    matcher = matcher_of_list(entries, SPEC)
    documents = chunk([("", text) for text in TEXTS])
    stream = stream_of(documents.text, documents.doc_offsets, SPEC)
    assert (matcher._docs_of_words(documents.text, documents.doc_offsets, stream) < len(TEXTS)).all()
    for expression in entries.expressions:
        for text in TEXTS:
            try:
                spans = list(expression.spans(text, SECONDS))
            except BadInputError as error:
                assert expression.place in str(error)
            else:
                assert n_apart(spans) <= len(text)


def main() -> None:
    """Fuzz."""
    import atheris

    own = ["list_files", "list_entries", "expressions", "list_matcher", "matcher"]
    with atheris.instrument_imports(include=[f"fastslop.search.{name}" for name in own] + ["json", "yaml", "regex"]):
        for name in [name for name in sys.modules if name.startswith(("fastslop", "json", "yaml", "regex", "tests."))]:
            del sys.modules[name]
        from tests.fuzz.lists import one_input as instrumented

    with TemporaryDirectory() as folder:
        seeds = Path(folder) / "seeds"
        seeds.mkdir()
        for i, data in enumerate(LIST_INPUTS):
            (seeds / str(i)).write_bytes(data)
        atheris.Setup([*sys.argv, str(seeds)], lambda data: instrumented(data, Path(folder)))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
