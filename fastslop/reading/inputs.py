"""Names to input files: which files are meant, what kind each is, and what label it gives."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fastslop.base.errors import BadInputError, NotThereError
from fastslop.reading.frames import InMemory, Input
from fastslop.reading.own_files import is_profile, is_run, why_nothing
from fastslop.reading.pieces import Piece
from fastslop.reading.unusable import A_PROFILE, A_RUN, BESIDE_DATA, NO_FILE, READ_ME, UNKNOWN_TYPE
from fastslop.system.file_kinds import ENDINGS, is_pipe, kind_of
from fastslop.system.object_paths import AnyPath, by_names, matching_objects
from fastslop.system.stores import is_address

IN_MEMORY = "texts"
"""Label of inputs in memory, where neither a field nor the user names one."""

LEAST_TEXTS = 10
"""Texts of a folder that are a model's though data files lie beside them; fewer say something of these."""

SAMPLE = re.compile(
    r"(?:sample|gen|generation|output|completion|response|run|attempt|try|iter|rep|seed)[-_ ]?\d*", re.I
)
"""Names of texts that are one of several for a prompt."""

PassedOver = list[tuple[AnyPath, str]]


@dataclass(frozen=True)
class InputFile:
    """One input: a file, a folder's texts, stdin, an address that Polars reads, or what is in memory.

    ``kind``: json, parquet, csv, tsv, txt, frame or records. ``label`` names its documents where no field does.
    ``paths``: files or objects in a store; none for a stream. ``first``: number by which its first record is dealt to a
    shard, so that these share many small inputs evenly. ``memory``: the input, if it is in memory. ``is_one_of_many``:
    it was found in a folder or by a pattern, and nobody said that it has texts. ``requests``: prompts of a batch by
    their numbers.
    ``shared_names``: names of texts that texts of other folders bear too: their prompts. ``prompt``: the name of a
    folder of texts that folders of other models have too, whose prompt it is; "" elsewhere. ``piece``: what of it is
    read, None for all of it.
    """

    name: str
    kind: str
    label: str
    paths: tuple[AnyPath, ...] = ()
    first: int = 0
    memory: InMemory | None = None
    is_one_of_many: bool = False
    requests: Mapping[str, str] = field(default_factory=dict, compare=False)
    shared_names: frozenset[str] = frozenset()
    prompt: str = ""
    piece: Piece | None = None

    @property
    def folder(self) -> str:
        """Name of the folder that a file lies in; "" elsewhere."""
        return by_names(self.paths[0]).parent.name if self.paths else ""

    @property
    def on_disk(self) -> Path:
        """The file of an input that is one file on a disk."""
        (path,) = self.paths
        assert isinstance(path, Path)
        return path


def stored_bytes(file: InputFile) -> int | None:
    """Size of an input as it is stored; None where reading cannot tell how far in it is: a stream, a packed table."""
    is_packed_table = file.kind in ("csv", "tsv") and not file.name.lower().endswith(f".{file.kind}")
    if is_packed_table or not file.paths:
        return None
    return sum(path.stat().st_size for path in file.paths)


def find_inputs(inputs: Sequence[Input]) -> tuple[list[InputFile], PassedOver]:
    """Find the files behind names: each once, those of a folder sorted, the texts of each folder as one input.

    Returns them, and the files in folders that are passed over, with the reason.

    Raises
    ------
    BadInputError : nothing is found under a name, or its kind is unknown
    """
    files: list[InputFile] = []
    passed_over: PassedOver = []
    seen: set[str] = set()
    for name in inputs:
        if isinstance(name, InMemory):
            new = [InputFile(name.name, "frame" if name.frames else "records", IN_MEMORY, memory=name)]
        elif name == "-" or ("://" in name and not is_address(name)):
            new = [_stream(name)]
        else:
            paths_of_name, n_before = _expand(name), len(passed_over)
            new = [file for path in paths_of_name for file in _files_at(path, passed_over)]
            if len(paths_of_name) > 1 or paths_of_name[0].is_dir():
                new = [replace(file, is_one_of_many=True) for file in new]
            if not new:
                raise BadInputError(why_nothing(name, passed_over[n_before:]))
        for file in new:
            paths = tuple(path for path in file.paths if _identity(path) not in seen)
            seen.update(map(_identity, paths))
            if paths or not file.paths:
                files.append(replace(file, paths=paths))
    return _with_shared_names(_numbered(_tell_apart(_of_models_above(files)))), passed_over


def _identity(path: AnyPath) -> str:
    return os.path.realpath(path) if isinstance(path, Path) else str(path)


def _expand(name: str) -> Sequence[AnyPath]:
    """The paths meant by a name: itself, or what matches it as a pattern."""
    if is_address(name):
        return matching_objects(name)
    if os.path.exists(name):
        return [Path(name)]
    paths = sorted(_matches(name))
    if not paths:
        raise NotThereError(f"{name}: no such file or folder, and no file matches it as a pattern")
    return paths


def _matches(name: str) -> Iterator[Path]:
    """What matches a pattern; ``**`` does not follow links to folders, which may lead in circles, nor hidden names."""
    if "**" not in name:
        yield from map(Path, glob.glob(name))
        return
    parts = Path(name).parts
    n_plain = next(i for i, part in enumerate(parts) if glob.has_magic(part))
    above = Path(*parts[:n_plain])
    for path in above.glob(str(Path(*parts[n_plain:]))):
        if not any(part.startswith(".") for part in path.relative_to(above).parts):
            yield path


def _stream(name: str) -> InputFile:
    if name == "-":
        return InputFile("stdin", "json", "stdin")
    known = kind_of(name.rpartition("/")[2])
    if known is None or known[0] in ("txt", "eval"):
        raise BadInputError(
            f"{name}: unknown file type; at such an address known are {ENDINGS.replace(', .txt, .eval', '')}"
        )
    return InputFile(name, *known)


def _file(path: AnyPath) -> InputFile:
    known = kind_of(path.name)
    if known is None:
        raise BadInputError(f"{path}: unknown file type; known are {ENDINGS}")
    if is_pipe(path):
        raise BadInputError(f"{path} is a pipe, which can be read once only: give it as standard input, - < {path}")
    return InputFile(str(path), *known, paths=(path,))


def _files_at(path: AnyPath, passed_over: PassedOver) -> list[InputFile]:
    if path.is_dir():
        return _without_notes(_walk(path, passed_over), passed_over)
    file = _file(path)
    if file.kind == "parquet" and is_profile(path):
        passed_over.append((path, A_PROFILE))
        return []
    return [file]


def _without_notes(files: list[InputFile], passed_over: PassedOver) -> list[InputFile]:
    """The files of a folder without texts in Markdown, if data files are among them: those are about these."""
    if all(file.kind == "txt" for file in files):
        return files
    notes = {path for file in files if file.kind == "txt" for path in file.paths if ".md" in path.suffixes}
    passed_over += [(path, BESIDE_DATA) for path in sorted(notes)]
    rest = [replace(file, paths=tuple(path for path in file.paths if path not in notes)) for file in files]
    return [file for file in rest if file.paths]


def _walk(folder: AnyPath, passed_over: PassedOver) -> list[InputFile]:
    """The files of a folder and its sub-folders; each folder's texts are one input, and what a run left is none."""
    if is_run(folder):
        passed_over.append((folder, A_RUN))
        return []
    files: list[InputFile] = []
    texts: list[AnyPath] = []
    n_data = 0
    inside: list[AnyPath] = [*folder.iterdir()]
    for path in sorted(inside, key=lambda path: path.name):
        if path.name.startswith("."):
            continue
        known = kind_of(path.name)
        if path.is_dir():
            files.extend([] if path.is_symlink() else _walk(path, passed_over))
        elif known is None:
            passed_over.append((path, UNKNOWN_TYPE))
        elif not path.is_file():
            passed_over.append((path, NO_FILE))
        elif path.name.casefold() == "readme.txt":
            passed_over.append((path, READ_ME))
        elif known[0] == "parquet" and is_profile(path):
            passed_over.append((path, A_PROFILE))
        elif known[0] == "txt":
            texts.append(path)
        else:
            files.append(_file(path))
            n_data += 1
    if n_data and len(texts) < LEAST_TEXTS:  # README.txt, requirements.txt
        passed_over += [(path, BESIDE_DATA) for path in texts]
    elif texts:
        files.append(InputFile(str(folder), "txt", folder.resolve().name, tuple(texts)))
    return files


def _tell_apart(files: Sequence[InputFile]) -> list[InputFile]:
    """Lengthen labels taken from names by folders above, where several places would bear the same one."""
    homes: dict[str, set[Path]] = {}
    home_of = [_home(file) for file in files]
    for file, home in zip(files, home_of, strict=True):
        homes.setdefault(file.label, set()).add(home)
    labels: list[str] = []
    for file, home in zip(files, home_of, strict=True):
        above = os.path.commonpath([home.parent for home in homes[file.label]])
        labels.append(home.relative_to(above).as_posix() if len(homes[file.label]) > 1 else file.label)
    return [replace(file, label=label) for file, label in zip(files, labels, strict=True)]


def _of_models_above(files: Sequence[InputFile]) -> list[InputFile]:
    """Find folders of samples (``MODEL/PROMPT/sample_1.txt``): prompts of the models that the folders above name.

    So it is where two folders, at least, hold several folders each with texts that are called samples, half of whose
    names are in another one too. Texts of other names, and numbers, are of the model that their own folder names.
    """
    leaves = {file.name: Path(file.name).absolute() for file in files if _has_samples(file)}
    names_in: dict[Path, set[str]] = {}
    for leaf in leaves.values():
        names_in.setdefault(leaf.parent, set()).add(leaf.name)
    beside = {
        above: [own for other, own in names_in.items() if other != above and other.parent == above.parent]
        for above in names_in
    }
    models = {
        above
        for above, names in names_in.items()
        if len(names) > 1 and 2 * len(names.intersection(*[set().union(*beside[above])])) >= len(names)
    }
    return [
        replace(file, label=leaves[file.name].parent.name, prompt=leaves[file.name].name)
        if file.name in leaves and leaves[file.name].parent in models
        else file
        for file in files
    ]


def _has_samples(file: InputFile) -> bool:
    return _is_folder(file) and all(SAMPLE.fullmatch(path.name.partition(".")[0]) for path in file.paths)


def _is_folder(file: InputFile) -> bool:
    """Whether an input is the texts of a folder."""
    return file.kind == "txt" and str(file.paths[0]) != file.name


def _home(file: InputFile) -> Path:
    """The path that a file's label names: the file without extensions, or the folder of texts."""
    if not file.paths:
        return Path("/", file.label)
    parent = by_names(file.paths[0]).parent
    if _is_folder(file):
        parent = parent.parent if file.prompt else parent
        return Path(os.path.normpath(parent))
    return Path(os.path.normpath(parent / file.label))


def _numbered(files: Sequence[InputFile]) -> list[InputFile]:
    """Number the texts through all inputs, and other inputs as one text each: how many records they have is not known
    yet, but many of one record are then shared evenly, too."""
    numbered: list[InputFile] = []
    n_before = 0
    for file in files:
        numbered.append(replace(file, first=n_before))
        n_before += len(file.paths) if file.kind == "txt" else 1
    return numbered


def _with_shared_names(files: Sequence[InputFile]) -> list[InputFile]:
    """Find texts that answer one prompt: those of one name in the folders of several models (``MODEL/PROMPT.txt``).

    Names mean prompts in a folder of which half the names, at least, are in another one too.
    """
    folders = [file for file in files if _is_folder(file) and not file.prompt]
    names_of = [{path.name for path in file.paths} for file in folders]
    n_folders = Counter(name for names in names_of for name in names)
    shared = {
        file.name: frozenset(common)
        for file, names in zip(folders, names_of, strict=True)
        if 2 * len(common := {name for name in names if n_folders[name] > 1}) >= len(names)
    }
    return [replace(file, shared_names=shared.get(file.name, frozenset())) for file in files]
