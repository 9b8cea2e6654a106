"""fastslop: fingerprint language models by the words, phrases and marks they overuse."""

from __future__ import annotations

__version__ = "0.1.0"
