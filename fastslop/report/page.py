"""The report's data into one HTML file that needs nothing else: our own style and scripts, and no request to any host.

A content-security policy allows the one script and the one style by their hashes and nothing beside them. Labels and
n-grams are untrusted text: they travel as JSON that cannot end its element, and the scripts set them as text only.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SCRIPTS = (
    *("core", "names", "own", "families", "state", "verdicts", "tree_layout", "pictures", "tables", "tree", "map"),
    *("heatmap", "scores", "overview", "model", "pair", "panel", "words", "text", "find", "about", "page"),
)
"""Parts of the page's script (``assets/*.js``), in the order in which they are joined."""
_ASSETS = Path(__file__).with_name("assets")
_ESCAPED = {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}


def report_html(data: Mapping[str, Any]) -> str:
    """The page that shows the data of ``data.report_data``."""
    body = "\n".join(_asset(f"{name}.js") for name in SCRIPTS)
    script = f'"use strict";\n(() => {{\n{body}\n}})();\n'
    style = _asset("page.css")
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"  # nothing of the page makes HTML of a text
    )
    parts = {"policy": policy, "style": style, "data": inert_json(data), "script": script}
    page = _asset("page.html")
    before, *rest = page.split("{{")
    return before + "".join(parts[name] + after for name, _, after in (part.partition("}}") for part in rest))


def inert_json(value: Mapping[str, Any]) -> str:
    """JSON in ASCII that an HTML parser reads as nothing but text. NaN is refused."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.translate(_ESCAPED)


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
