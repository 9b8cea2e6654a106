"""Errors a user can meet; each says what is wrong, where, and what to do about it."""

from __future__ import annotations

INTERRUPTED, TERMINATED = 130, 143
"""Exit codes after SIGINT and SIGTERM: 128 and the number of the signal, as shells have it."""


class FastslopError(Exception):
    """Base of all errors raised on purpose; the command line prints the text and exits with ``exit_code``."""

    exit_code = 1


class LostCountError(FastslopError):
    """What was read is not what was counted, set aside and left out together: a fault of fastslop itself."""


class BadInputError(FastslopError):
    """The data cannot be used; the text names the file, the place and the remedy."""


class NoTextsError(BadInputError):
    """No generation can be read of an input; among many files it is passed over."""


class UsageError(FastslopError):
    """A request cannot be carried out as it is (an unknown option value, an output that is already there)."""

    exit_code = 2


class NotThereError(UsageError, BadInputError):
    """A file or folder that was named is not there."""


class NoProfileError(BadInputError):
    """A file is no profile, nor a damaged one; it may hold texts."""


class UnevenColumnsError(BadInputError):
    """The columns of a table that belong together differ in length."""


class NoTextFieldError(UsageError, NoTextsError):
    """The field that was asked for as the text is not in an input."""


class IncompatibleProfilesError(FastslopError):
    """Two profiles must not be merged or compared; the text names the field that differs."""

    exit_code = 3
