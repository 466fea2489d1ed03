"""Failures that a user can act on. Everything else that is raised is a defect of ours."""

from __future__ import annotations


class YibaoError(Exception):
    """A named refusal: what is wrong, where, and how to mend it.

    The command line prints it without a traceback, in the user's language, and exits with ``exit_code``. ``zh`` and
    ``mend_zh`` are ``what`` and ``mend`` in Chinese.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", mend: str = "", zh: str = "", mend_zh: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        self.zh, self.mend_zh = zh or what, mend_zh or mend
        super().__init__(": ".join(part for part in (where, what) if part) + (f" ({mend})" if mend else ""))


class UsageError(YibaoError):
    """The command was called in a way that cannot work (exit code 2)."""

    exit_code = 2
