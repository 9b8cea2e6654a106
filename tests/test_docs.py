"""What the documents say is so: commands, options, files, outputs, links and code."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from fastslop.cli.main import cli
from fastslop.pipeline import outputs
from scripts import make_docs

ROOT = Path(__file__).resolve().parents[1]
FENCE = re.compile(r"(?P<above>^[^\n]*\n)```(?P<language>\w*)\n(?P<body>.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\((?!https?:)(?P<path>[^)#\s]*)(?:#(?P<heading>[^)\s]*))?\)")


TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in make_docs.DOCUMENTS}
README = TEXTS["README.md"]


def commands_in(group: click.Group, above: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands_in(command, f"{above}{name} ")
        else:
            yield above + name, command


COMMANDS = dict(commands_in(cli))


@dataclass(frozen=True)
class Demo:
    """A folder in which the documents' commands have run, and the documents with what they printed."""

    place: Path
    texts: dict[str, str]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    place = make_docs.make_place(tmp_path_factory.mktemp("docs"))
    return Demo(place, {name: make_docs.renewed(text, {"demo": place}) for name, text in TEXTS.items()})


@pytest.mark.parametrize("name", COMMANDS)
def test_readme__shows_every_command_with_all_its_options(name: str) -> None:
    assert re.search(rf"fastslop {name}\b", README)
    options = [param.opts for param in COMMANDS[name].params if isinstance(param, click.Option)]
    assert [opts for opts in options if not any(re.search(rf"(?<![\w-]){opt}(?![\w-])", README) for opt in opts)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_command__says_what_it_does(name: str) -> None:
    assert COMMANDS[name].help


@pytest.mark.parametrize("name", outputs.RUN_FILES)
def test_readme__names_every_file_that_a_run_announces(name: str) -> None:
    assert f"`{name}`" in README


def test_readme__names_every_file_that_a_run_leaves(demo: Demo) -> None:
    left = {f"{path.name}/" if path.is_dir() else path.name for path in (demo.place / "fastslop-demo").iterdir()}
    assert {name for name in left - {"generations.jsonl"} if f"`{name}`" not in README} == set()


def test_outputs__are_what_the_commands_print(demo: Demo) -> None:
    stale = [make_docs.difference(name, text, demo.texts[name]) for name, text in TEXTS.items()]
    assert "\n".join(filter(None, stale)) == "", "renew them with: python scripts/make_docs.py"


@pytest.mark.parametrize("name", TEXTS)
def test_outputs__are_never_written_by_hand(name: str) -> None:
    by_hand = [
        m["body"] for m in FENCE.finditer(TEXTS[name]) if m["language"] == "console" and "output" not in m["above"]
    ]
    empty = [block.what for block in make_docs.blocks_of(TEXTS[name]) if not block.body.strip()]
    assert by_hand == empty == []


@pytest.mark.parametrize("name", TEXTS)
def test_python_in_documents__runs(name: str, demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo.place)
    names: dict[str, object] = {}
    for fence in FENCE.finditer(TEXTS[name]):
        if fence["language"] == "python":
            code = compile(fence["body"], f"{name} (a block)", "exec")
            if not fence["above"].startswith("<!-- file"):  # these are run by the outputs under them
                exec(code, names)


@pytest.mark.parametrize("name", TEXTS)
def test_links__lead_somewhere(name: str) -> None:
    for link in LINK.finditer(TEXTS[name]):
        path = (ROOT / name).parent / link["path"] if link["path"] else ROOT / name
        assert path.exists(), link[0]
        if link["heading"]:
            assert link["heading"] in headings(path.read_text(encoding="utf-8")), link[0]


def headings(text: str) -> set[str]:
    """As GitHub links to them."""
    titles = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_picture__is_a_tree_of_the_models_in_the_readme() -> None:
    shown = ElementTree.parse(ROOT / make_docs.PICTURE).getroot()
    texts = {element.text for element in shown.iter("{http://www.w3.org/2000/svg}text")}
    (block,) = (b for b in make_docs.blocks_of(README) if b.what.startswith("fastslop run ../shared"))
    table = block.body.partition("\nmodel ")[2].partition("\n\n")[0].splitlines()[1:]
    models = {line.split()[0] for line in table}
    assert len(models) == 22 and models <= texts
