"""``python -m fastslop``."""

from __future__ import annotations

from fastslop.cli import main

main()
