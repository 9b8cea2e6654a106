"""What the documents say is so: commands, options, files, outputs, links and code."""

from __future__ import annotations

import io
import json
import re
import shlex
import xml.etree.ElementTree as ElementTree
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

import fastslop
from fastslop.cli.main import cli
from fastslop.pipeline.run import RUN_FILES
from scripts import check_site, make_commands, make_docs, notebook_page
from tests.corpora_of import called_here
from tests.test_end_to_end import report_data_of
from tests.test_rooms import BELOW

ROOT = Path(__file__).resolve().parents[1]
FENCE = re.compile(r"(?P<above>^[^\n]*\n)```(?P<language>\w*)\n(?P<body>.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\((?!https?:)(?P<path>[^)#\s]*)(?:#(?P<heading>[^)\s]*))?\)")


TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in make_docs.DOCUMENTS}
EVERYTHING = "\n".join(TEXTS.values())
PAGES = {
    path.relative_to(ROOT).as_posix()
    for path in [ROOT / "README.md", ROOT / "README.zh.md", *(ROOT / "docs").rglob("*.md")]
}
LINKING = {
    name: (ROOT / name).read_text(encoding="utf-8") for name in [*sorted(PAGES), "CONTRIBUTING.md", "CHANGELOG.md"]
}


COMMANDS = dict(make_commands.commands_in(cli))


@dataclass(frozen=True)
class Demo:
    """A folder in which the documents' commands have run, and the documents with what they printed."""

    place: Path
    texts: dict[str, str]


def called(command: str, place: Path) -> tuple[int, str]:
    """A command called in a place: in this process, which has imported all, if it is one of ours and needs no shell."""
    words = shlex.split(command.replace("scripts/demo", "fastslop demo"))
    if words[0] != "fastslop" or set(command) & set("|&;<>$*="):
        return make_docs.called_by_shell(command, place)
    printed = io.StringIO()
    with chdir(place):
        code = called_here(words[1:], out=printed, log=printed)
    return code, printed.getvalue()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    place = make_docs.make_place(tmp_path_factory.mktemp("docs"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        return Demo(place, {name: make_docs.renewed(text, {"demo": place}, called) for name, text in TEXTS.items()})


@pytest.mark.parametrize("name", COMMANDS)
def test_documents__show_every_command_with_all_its_options(name: str) -> None:
    assert re.search(rf"fastslop {name}\b", EVERYTHING)
    options = [param.opts for param in COMMANDS[name].params if isinstance(param, click.Option)]
    assert [
        opts for opts in options if not any(re.search(rf"(?<![\w-]){opt}(?![\w-])", EVERYTHING) for opt in opts)
    ] == []


def test_commands__are_described_as_they_are() -> None:
    assert make_commands.stale() == "", "renew it with: python scripts/make_commands.py"


def test_commands__are_put_into_the_order_of_the_command_line() -> None:
    sections = [f"## {name}\n\n<!-- command: {name} -->\n<!-- end -->\n\nAbout {name}.\n" for name in ("merge", "run")]
    page = make_commands.renewed("\n".join(["# Commands\n", *sections]), COMMANDS)
    assert re.findall(r"^## (.*)$", page, re.M) == list(COMMANDS)
    assert page.index("## run") < page.index("About run.") < page.index("## count")
    assert make_commands.renewed(page, COMMANDS) == page


def test_page_of_the_python_api__names_every_function() -> None:
    functions = {name for name in fastslop.__all__ if not isinstance(getattr(fastslop, name), type)}
    assert {name for name in functions if f"`{name}`" not in TEXTS["docs/reference/api.md"]} == set()


def test_architecture__names_rooms_and_files_that_are_there() -> None:
    text = TEXTS["docs/architecture.md"]
    files = re.findall(r"`([\w/]+\.py)`", text)
    assert len(files) > 20
    assert [name for name in files if not (ROOT / name).is_file() and not (ROOT / "fastslop" / name).is_file()] == []
    assert set(re.findall(r"^\*\*(\w+)\*\* ", text, re.M)) == {*BELOW, "_kernels"}


def test_documents__are_all_checked() -> None:
    assert set(make_docs.DOCUMENTS) == PAGES


@pytest.mark.parametrize("name", COMMANDS)
def test_command__says_what_it_does(name: str) -> None:
    assert COMMANDS[name].help


@pytest.mark.parametrize("name", RUN_FILES)
def test_documents__name_every_file_that_a_run_announces(name: str) -> None:
    assert f"`{name}`" in EVERYTHING


def test_documents__name_every_file_that_a_run_leaves(demo: Demo) -> None:
    left = {f"{path.name}/" if path.is_dir() else path.name for path in (demo.place / "fastslop-demo").iterdir()}
    assert {name for name in left - {"generations.jsonl"} if f"`{name}`" not in EVERYTHING} == set()


def test_outputs__are_what_the_commands_print(demo: Demo) -> None:
    stale = [make_docs.difference(name, text, demo.texts[name]) for name, text in TEXTS.items()]
    assert "\n".join(filter(None, stale)) == "", "renew them with: python scripts/make_docs.py"


def test_report__of_the_four_commands_shows_a_new_model_among_the_known_ones(demo: Demo) -> None:
    models = {model["label"]: model for model in report_data_of(demo.place / "among-known" / "report.html")["models"]}
    assert set(models) == {"my-model", *fastslop.open_known().labels}
    assert (models["my-model"]["n_docs"], models["my-model"]["panel"] == models["o3"]["panel"]) == (150, False)


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


@pytest.mark.parametrize("name", LINKING)
def test_links__lead_somewhere(name: str) -> None:
    for link in LINK.finditer(LINKING[name]):
        path = (ROOT / name).parent / link["path"] if link["path"] else ROOT / name
        assert path.exists(), link[0]
        if link["heading"]:
            assert link["heading"] in headings(path.read_text(encoding="utf-8")), link[0]


def headings(text: str) -> set[str]:
    """As GitHub links to them."""
    titles = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_picture__is_a_tree_of_the_models_in_the_example() -> None:
    shown = ElementTree.parse(ROOT / make_docs.PICTURE).getroot()
    texts = {element.text for element in shown.iter("{http://www.w3.org/2000/svg}text")}
    (block,) = (b for b in make_docs.blocks_of(EVERYTHING) if b.what.startswith("fastslop run ../shared"))
    table = block.body.partition("\nmodel ")[2].partition("\n\n")[0].splitlines()[1:]
    models = {line.split()[0] for line in table}
    assert len(models) == 22 and models <= texts


@pytest.mark.parametrize("name", ["README.md", "docs/speed.md"])
def test_speeds__are_those_that_were_measured(name: str) -> None:
    measured = rows_of_speeds((ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8"))
    shown = rows_of_speeds(TEXTS[name])
    assert len(shown) > 3
    assert [row for row in shown if not any(row.items() <= other.items() for other in measured)] == []


def rows_of_speeds(text: str) -> list[dict[str, str]]:
    """The rows of the table of files, by the names of its columns."""
    lines = re.search(r"^\| program \| file \|.*\n(?:\|.*\n)+", text, re.M)
    assert lines
    header, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines[0].splitlines())
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ('<img src="https://example.org/a.png">', "fetches https://example.org/a.png"),
        ('<link rel="preconnect stylesheet" href="//fonts.example.org/a.css">', "fetches //fonts.example.org/a.css"),
        ("<style>@import 'https://example.org/a.css';</style>", "fetches https://example.org/a.css"),
        ('<pre class="mermaid">a</pre>', "fetches https://unpkg.com/mermaid"),
        ('<a href="missing.html#x">a</a>', "links to missing.html#x, which is not there"),
        (
            '<a href="https://example.org">a</a> <img src="data:,"> <a href="index.html#x">b</a> <a href="#y">c</a>',
            None,
        ),
    ],
)
def test_check_site__says_what_a_page_fetches_and_links_to_in_vain(
    tmp_path: Path, page: str, fault: str | None
) -> None:
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    faults = set(check_site.faults_of(tmp_path))
    assert faults == ({f"index.html {fault}"} if fault else set())


def test_notebook__becomes_a_page_with_the_richest_form_of_each_output() -> None:
    shown = {"text/plain": "<Picture>", "image/svg+xml": ["<svg>", "</svg>"]}
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["said\n"]},
        {"output_type": "execute_result", "data": {"text/plain": "frame", "text/html": "<table>\n\n</table>"}},
        {"output_type": "display_data", "data": shown},
    ]
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "Text."]},
        {"cell_type": "code", "source": "print('said')", "outputs": outputs},
    ]
    page = notebook_page.page_of(json.dumps({"cells": cells}), "tutorial")
    assert page.text.startswith("# Title\nText.\n\n```python\nprint('said')\n```\n\n```text\nsaid\n```\n")
    assert '<div class="cell-output">\n<table>\n</table>\n</div>' in page.text
    assert "(tutorial_1.svg)" in page.text and "<Picture>" not in page.text
    assert page.pictures == {"tutorial_1.svg": b"<svg></svg>"}


def test_notebook__with_a_cell_that_failed_is_no_page() -> None:
    failed = {"output_type": "error", "ename": "NameError", "evalue": "x"}
    cells = [{"cell_type": "code", "source": "x", "outputs": [failed]}]
    with pytest.raises(ValueError, match="NameError: x"):
        notebook_page.page_of(json.dumps({"cells": cells}), "tutorial")
