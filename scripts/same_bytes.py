"""Whether the same texts give the same bytes everywhere: with the lowest and the newest allowed dependencies, on the
oldest and the newest Python, with any number of workers, size of chunks and order of merging, compiled or not.

``python scripts/same_bytes.py python3.11 python3.13`` makes an environment of the lowest versions for the first
interpreter and one of the newest for the second (with uv, which is installed if it is not there), and does the same
jobs in both. It ends with 1 if something differs that must not.

What may differ between versions of libraries, and nothing else:

- ``versions`` in ``run.json`` and in the report, which quotes it;
- the last digits of numbers that SciPy's special functions and LAPACK compute, by ``CLOSE`` at most: p- and q-values in
  ``keyness.parquet``, places on the map in ``compare.json``, and these and intervals in the report.

With the same versions, all bytes are the same.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from math import isclose
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CLOSE = 1e-9
"""Greatest relative difference of numbers that libraries compute."""
COMPUTED = {"keyness.parquet", "compare.json", "run.json", "report.html"}
"""Files in which such numbers are."""
SMALL = 3
"""Texts that are counted without compiling, which takes a thousand times as long."""
N_SHARDS = 3


def main() -> int:
    """Make the environments, do the jobs and say what differs."""
    if len(sys.argv) != 3:
        print(__doc__)
        return 2
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        uv = find_uv(work)
        environments = {
            "lowest": environment(uv, work / "lowest", sys.argv[1], "lowest-direct"),
            "newest": environment(uv, work / "newest", sys.argv[2], "highest"),
        }
        texts = work / "demo" / "generations.jsonl"
        run(environments["newest"], "demo", "-o", work / "demo")
        few = work / "few.jsonl"
        few.write_text("".join(f"{line}\n" for line in texts.read_text(encoding="utf-8").splitlines()[:SMALL]))
        outs = {name: jobs(python, texts, few, work / f"out-{name}") for name, python in environments.items()}
        wrong = [
            *outs["lowest"],
            *outs["newest"],
            *differences(work / "out-lowest", work / "out-newest", computed=True),
        ]
    print("\n".join(wrong) or "the same bytes everywhere")
    return int(bool(wrong))


def find_uv(work: Path) -> str:
    """The command uv, which resolves to the lowest versions, as pip cannot."""
    found = shutil.which("uv")
    if found:
        return found
    subprocess.run([sys.executable, "-m", "venv", work / "uv"], check=True)
    subprocess.run([work / "uv" / "bin" / "pip", "install", "--quiet", "uv"], check=True)
    return str(work / "uv" / "bin" / "uv")


def environment(uv: str, folder: Path, python: str, resolution: str) -> Path:
    """The interpreter of a new environment with the package, and the versions that it was given, which are printed."""
    subprocess.run([uv, "venv", "--quiet", "--python", python, folder], check=True)
    interpreter = folder / "bin" / "python"
    to = ["--quiet", "--python", interpreter]
    subprocess.run([uv, "pip", "install", *to, "--resolution", resolution, ROOT], check=True)
    frozen = subprocess.run([uv, "pip", "freeze", *to], check=True, capture_output=True, text=True).stdout
    print(f"{resolution}, {python}: {', '.join(line for line in frozen.split() if '==' in line)}", flush=True)
    return interpreter


def run(python: Path, *args: object, **variables: str) -> None:
    """Run a command in an environment, away from the source."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "NUMBA_CACHE_DIR")}
    command = [python, "-P", "-m", "fastslop", *map(str, args)]
    answer = subprocess.run(command, env=clean | variables, cwd=python.parent, capture_output=True, text=True)
    if answer.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{answer.stderr}")


def jobs(python: Path, texts: Path, few: Path, out: Path) -> list[str]:
    """Do the jobs of one environment; returns what differs between them."""
    run(python, "run", texts, "-o", out / "run", "--workers", 1)
    run(python, "run", texts, "-o", out / "other", "--workers", 3, "--memory", "1GB", LC_ALL="C", PYTHONHASHSEED="7")
    for i in range(N_SHARDS):
        run(python, "count", texts, "-o", out / f"shard-{i}", "--shard", f"{i}/{N_SHARDS}", "--workers", 2)
    run(python, "merge", *(out / f"shard-{i}" for i in reversed(range(N_SHARDS))), "-o", out / "merged")
    run(python, "count", few, "-o", out / "compiled")
    run(python, "count", few, "-o", out / "interpreted", NUMBA_DISABLE_JIT="1")
    pairs = {"other": "run", "merged": "run/profiles", "interpreted": "compiled"}
    return [one for a, b in pairs.items() for one in differences(out / a, out / b, computed=False)]


def differences(a: Path, b: Path, *, computed: bool) -> list[str]:
    """The files that differ between two folders; numbers that are ``computed`` by other versions need only be close."""
    names = [sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file()) for one in (a, b)]
    if names[0] != names[1]:
        return [f"{a} and {b} do not have the same files"]
    return [
        f"{a / name} and {b / name} differ"
        for name in names[0]
        if (a / name).read_bytes() != (b / name).read_bytes()
        and not (computed and name.name in COMPUTED and are_alike(content(a / name), content(b / name)))
    ]


def content(path: Path) -> Any:
    """What a file with computed numbers holds, without the versions that it names."""
    if path.suffix == ".parquet":
        import polars as pl

        return pl.read_parquet(path).to_dict(as_series=False)
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":  # what is not data must be the same
        data = re.search(r'(<script type="application/json" id="data">)(.*?)(</script>)', text, re.S)
        assert data is not None
        return [text.replace(data[2], ""), without_versions(json.loads(data[2]))]
    return without_versions(json.loads(text))


def without_versions(value: Any) -> Any:
    """JSON without what is under the key ``versions``, however deep that is."""
    if isinstance(value, Mapping):
        return {key: without_versions(inner) for key, inner in value.items() if key != "versions"}
    return [without_versions(inner) for inner in value] if isinstance(value, list) else value


def are_alike(a: Any, b: Any) -> bool:
    """Whether two values are the same but for the last digits of fractions."""
    if isinstance(a, float) and isinstance(b, float):
        return isclose(a, b, rel_tol=CLOSE, abs_tol=CLOSE) or (a != a and b != b)
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return list(a) == list(b) and all(are_alike(a[key], b[key]) for key in a)
    if isinstance(a, Sequence) and not isinstance(a, str) and isinstance(b, Sequence):
        return len(a) == len(b) and all(map(are_alike, a, b))
    return bool(a == b)


if __name__ == "__main__":
    sys.exit(main())
