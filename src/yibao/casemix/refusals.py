"""What the grouping room refuses, by name."""

from __future__ import annotations

from yibao.errors import UsageError, YibaoError


class PackError(YibaoError):
    """A grouping pack that cannot be evaluated."""


class CaseFileError(YibaoError):
    """A file of cases, weights or code maps that cannot be read as one."""


class NoSuchCase(UsageError):
    """A case was named that is not among those given."""
