"""The budget of a job is what was asked for; what cannot be is refused with the least that can."""

from __future__ import annotations

import pytest

from fastslop.base.errors import UsageError
from fastslop.system.budget import budget_of


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": 0}, "workers 0: there must be one at least"),
        ({"memory": "much"}, "'much' is no size; write for example 800MB or 2GB"),
        ({"memory": "64MB"}, "'64MB' is too little to work with; the least is 500MB"),
    ],
)
def test_budget__that_cannot_be_is_refused(options, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        budget_of(**options)


def test_budget__is_what_was_asked_for() -> None:
    assert (budget_of(2, "2GB").n_workers, budget_of(2, "2GB").memory_bytes) == (2, 2 * 10**9)
