"""The script that makes the human baseline: what it takes for prose, and that it makes the same bytes again."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from fastslop.profiles.files import read_profile
from scripts import human_sources, make_human_phrases
from scripts.human_sources import SOURCES, Source, mail, page, plain, prose, quoted, values

TEXT = "She shook her head, and the old man laughed aloud."


@pytest.fixture
def tiny(tmp_path: Path) -> tuple[Path, list[Source]]:
    """Two sources of one package, of texts that repeat a sentence."""
    folder = tmp_path / "npm" / "tales@1.0"
    folder.mkdir(parents=True)
    with tarfile.open(folder / "tales-1.0.tgz", "w:gz") as archive:
        for i in range(4):
            data = f"{TEXT} And a rare lantern {'abcd'[i]}.".encode()
            member = tarfile.TarInfo(f"package/{'tale' if i < 3 else 'letter'}-{i}.txt")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return tmp_path, [
        Source("tales", "novels", "npm:tales@1.0", "public domain", "*/tale-*.txt", plain),
        Source("letters", "letters", "npm:tales@1.0", "public domain", "*/letter-*.txt", plain),
    ]


def test_baseline__is_the_same_bytes_whenever_it_is_made(tiny: tuple[Path, list[Source]], tmp_path: Path) -> None:
    packages, sources = tiny
    made = []
    for name, ordered in (("a", sources), ("b", sources[::-1])):
        profile = make_human_phrases.baseline_of(make_human_phrases.documents(ordered, packages))
        profile.write(tmp_path / name)
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
    baseline = read_profile(tmp_path / "a")
    assert baseline.n_prompts == 2
    counted = dict(baseline.frame("content", 2).select("feature", "n").iter_rows())
    assert counted == {
        "shook head": 4,
        "head old": 4,
        "old man": 4,
        "man laughed": 4,
        "laughed aloud": 4,
        "rare lantern": 4,
    }


def test_documents__are_cut_and_none_is_there_twice(tiny: tuple[Path, list[Source]], monkeypatch) -> None:
    packages, sources = tiny
    monkeypatch.setattr(make_human_phrases, "MOST_CHARS", 40)
    found = list(make_human_phrases.documents([*sources, sources[0]], packages))
    assert len(found) == 2 * 4 and max(len(one["text"]) for one in found) == 40


def test_sources__have_names_of_their_own_but_for_parts_and_a_pinned_package() -> None:
    for source in SOURCES:
        assert source.package.startswith("../") or "=" in source.package or "@" in source.package.removeprefix("npm:@")
        assert source.licence and source.kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TEXT, TEXT),
        (f"{TEXT}\n\nint x = {{1, 2}}; y += x[0] * (z->a);\n\nSee also", TEXT),
        ("too few words", ""),
    ],
)
def test_prose__is_sentences_and_no_code(text: str, expected: str) -> None:
    assert prose(text) == expected


@pytest.mark.parametrize(
    ("read", "content"),
    [
        (mail, f"From: a@b.c\nSubject: a head\n\n> what they said to me then\n{TEXT}\n-- \nsome name of the writer"),
        (page, f"<title>x</title><p>{TEXT}</p><pre>some code that is not prose at all</pre>"),
        (values, f'{{"//": "a comment of five words or more", "text": ["{TEXT}"]}}'),
        (lambda path: quoted(path, "`([^`]+)`"), f"say `{TEXT}` and so on"),
    ],
)
def test_readers__take_what_people_wrote_and_nothing_around_it(tmp_path: Path, read, content: str) -> None:
    (tmp_path / "file").write_text(content)
    assert list(read(tmp_path / "file")) == [TEXT]


def test_articles__are_without_their_markup(tmp_path: Path) -> None:
    wiki = "'''Tea''' is a [[drink|hot drink]] that {{small|many {{x}} }}people have in the afternoon.\n== See =="
    (tmp_path / "dump").write_text(f"<text>{wiki}</text>")
    (text,) = human_sources.articles(tmp_path / "dump")
    assert text == "Tea is a hot drink that people have in the afternoon."
