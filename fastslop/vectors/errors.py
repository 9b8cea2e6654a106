"""Errors of vectorisers: what fastslop raises on purpose, and the built-in kinds that scikit-learn's users catch."""

from __future__ import annotations

from fastslop.base.errors import BadInputError, UsageError


class ParameterError(UsageError, ValueError):
    """A parameter's value cannot be used."""


class DocumentsError(BadInputError, ValueError):
    """The documents cannot be used, or nothing is left of them."""


class NotFittedError(UsageError, ValueError, AttributeError):
    """A vectoriser has not seen documents, nor was it given a vocabulary."""


EMPTY = "empty vocabulary; perhaps the documents only contain stop words"
"""Message of an empty vocabulary, the same as scikit-learn's."""
