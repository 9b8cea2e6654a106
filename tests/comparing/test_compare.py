"""Labels that cannot be compared are refused, and it is said what comparing takes."""

from __future__ import annotations

from typing import Any

import pytest

from fastslop.base.errors import BadInputError, FastslopError, UsageError
from fastslop.comparing.compare import compare
from fastslop.counting.count import count

NOTHING = "no feature in common that each uses in two prompts; count more text"


@pytest.mark.parametrize(
    ("texts", "options", "kind", "message"),
    [
        (
            {"a": "sea", "b": "sea"},
            {"method": "delta"},
            UsageError,
            "unknown method 'delta'; there are fastslop, slop-",
        ),
        ({"a": "sea"}, {}, BadInputError, "comparing takes two labels, and there is only 'a'; count another"),
        ({"a": "sea", "b": "hill"}, {}, BadInputError, NOTHING),
        ({"a": "", "b": ""}, {"method": "slop-forensics"}, BadInputError, NOTHING),
    ],
)
def test_compare__says_what_it_takes(
    texts: dict[str, str], options: dict[str, Any], kind: type[FastslopError], message: str
) -> None:
    profiles = count([{"model": m, "prompt": str(i), "text": f"{t} {m}{i}"} for m, t in texts.items() for i in "xy"])
    with pytest.raises(kind, match=message):
        compare(profiles, **options)
