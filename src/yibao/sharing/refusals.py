"""What the exchange of packages refuses, by name. A refusal leaves the ledger as it was."""

from __future__ import annotations

from yibao.errors import YibaoError


class KeyRefused(YibaoError):
    """A key that cannot be read, is not safe, or may not be used for this."""


class PackageDamaged(YibaoError):
    """A package that is not, byte for byte, what its sender made."""


class PackageRefused(YibaoError):
    """A sound package that this ledger does not take: unknown key, other receiver, newer form, a gap."""


class NotMade(YibaoError):
    """A package that cannot be made as asked for."""


class JournalBroken(YibaoError):
    """The record of what left and came was changed after it was written."""
