"""What the ledger refuses, by name. A refusal leaves the ledger as it was."""

from __future__ import annotations

from yibao.errors import YibaoError


class LedgerError(YibaoError):
    """The ledger cannot do this."""


class NotALedger(LedgerError):
    """The directory is not a ledger, or one of a version that this program does not know."""


class NoSuchSnapshot(LedgerError):
    """The ledger has no snapshot of this number."""


class LedgerLocked(LedgerError):
    """Another process is writing."""


class LedgerWriteFailed(LedgerError):
    """The storage refused a write (disk full, no permission); the previous snapshot stands."""


class DamagedLedger(LedgerError):
    """A data file of the ledger is gone, or is not what was written."""


class MergeRefused(LedgerError):
    """A merged file does not say what its sources say; it is not published."""


class SnapshotDropped(LedgerError):
    """The snapshot that somebody reads was dropped, and its files with it."""


class WrongCurrency(LedgerError):
    """Amounts of one currency do not go into a ledger of another."""


class InputRefused(YibaoError):
    """A raw file, or a set of them, that is not read at all. Nothing of the batch is kept."""


class NothingToRead(InputRefused):
    """No file of a known table where one was expected."""


class UnknownTable(InputRefused):
    """A file name that names no table."""


class HeaderRefused(InputRefused):
    """Column names that do not fit the table's contract."""


class ExtensionRefused(InputRefused):
    """An extension column of a type that cannot be read together with what the ledger has under its name."""


class EmptyFile(InputRefused):
    """A file without even a header."""


class TruncatedFile(InputRefused):
    """A compressed file that ends too early or is damaged."""


class BinaryFile(InputRefused):
    """A file that is not text."""


class MixedEncoding(InputRefused):
    """A file whose lines are in different encodings, or in none that is accepted."""


class UnreadableFile(InputRefused):
    """The operating system does not let the file be read."""


def unreadable(error: OSError, where: str) -> UnreadableFile:
    """The refusal for a file or directory that the operating system does not give."""
    return UnreadableFile(
        error.strerror or str(error),
        where=where,
        mend="check that it is there and that you may read it",
        zh="操作系统不让读取此文件：" + (error.strerror or str(error)),
        mend_zh="请确认文件存在、且您有读取权限",
    )
