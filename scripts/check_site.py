"""That the built site fetches nothing from other hosts, and that its links lead to files: check_site.py FOLDER."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHING = {
    "script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src", "embed": "src",
    "object": "data", "use": "href", "image": "href",
}  # fmt: skip
"""Attributes whose address a browser fetches by itself."""
FETCHING_LINKS = {
    "stylesheet",
    "icon",
    "preload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "modulepreload",
    "manifest",
}
OUTER = re.compile(r"^(?:https?:)?//", re.I)
IN_CSS = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])((?:https?:)?//[^'\")\s]+)", re.I)
DIAGRAMS = "https://unpkg.com/mermaid"
KNOWN_IN_SCRIPTS = {DIAGRAMS, "https://unpkg.com/resize-observer-polyfill"}
"""What the theme's script would fetch for diagrams, of which the site has none (a page with one is reported), and in
browsers older than 2020."""


class Addresses(HTMLParser):
    """The addresses in a page: those a browser fetches, and those of links."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.linked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of one tag's addresses."""
        values = {name: value or "" for name, value in attrs}
        if tag == "link" and FETCHING_LINKS & set(values.get("rel", "").split()):
            self.fetched.append(values.get("href", ""))
        elif tag in FETCHING and (address := values.get(FETCHING[tag]) or values.get("xlink:href")):
            self.fetched.append(address)
        elif tag == "a" and "href" in values:
            self.linked.append(values["href"])
        self.fetched += [part.split()[0] for part in values.get("srcset", "").split(",") if part.strip()]
        self.fetched += IN_CSS.findall(values.get("style", ""))
        if "mermaid" in values.get("class", "").split():
            self.fetched.append(DIAGRAMS)


def faults_of(folder: Path) -> Iterator[str]:
    """One line for each address that must not be there."""
    for page in sorted(folder.rglob("*.html")):
        addresses = Addresses()
        text = page.read_text(encoding="utf-8")
        addresses.feed(text)
        name = page.relative_to(folder)
        outer = [address for address in addresses.fetched if OUTER.match(address)] + IN_CSS.findall(text)
        yield from (f"{name} fetches {address}" for address in outer)
        inner = [a for a in addresses.fetched + addresses.linked if not OUTER.match(a) and not urlsplit(a).scheme]
        yield from (f"{name} links to {a}, which is not there" for a in inner if not _leads(a, page, folder))
    for sheet in sorted(folder.rglob("*.css")):
        yield from (f"{sheet.relative_to(folder)} fetches {a}" for a in IN_CSS.findall(sheet.read_text("utf-8")))
    for script in sorted(folder.rglob("*.js")):
        found = set(re.findall(r"https?://(?:unpkg|cdn|cdnjs|fonts|[\w.]*jsdelivr)[\w./-]*", script.read_text("utf-8")))
        yield from (f"{script.relative_to(folder)} names {a}" for a in sorted(found - KNOWN_IN_SCRIPTS))


def _leads(address: str, page: Path, folder: Path) -> bool:
    path = unquote(urlsplit(address).path)
    if not path:
        return True
    target = folder / path.lstrip("/") if path.startswith("/") else page.parent / path
    return target.exists() or page.name == "404.html"


def main() -> None:
    """Print the faults of the site in the folder named; exit with 1 where there are any."""
    folder = Path(sys.argv[1])
    pages = len(list(folder.rglob("*.html")))
    faults = list(faults_of(folder))
    print("\n".join(faults) or f"{pages} pages fetch nothing from other hosts, and their links lead to files")
    sys.exit(1 if faults or not pages else 0)


if __name__ == "__main__":
    main()
