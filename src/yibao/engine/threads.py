"""How many threads the embedded engine takes, where several processes share a machine."""

from __future__ import annotations

import os

from yibao.errors import UsageError

#: The environment variable that says it.
VARIABLE = "YIBAO_THREADS"


def chosen_threads() -> int | None:
    """What the environment says, None where it says nothing. Raises :class:`UsageError` for what is no number.

    Processes side by side, each with as many threads as there are cores, wait for each other more than they compute:
    many statements over a few rows then take up to three times as long.
    """
    written = os.environ.get(VARIABLE, "").strip()
    if not written:
        return None
    if not (written.isascii() and written.isdigit() and int(written) > 0):
        raise UsageError(
            f"{VARIABLE}={written}: no number of threads",
            mend="write a whole number from 1, or leave it unset for all cores",
            zh=f"{VARIABLE}={written}：不是线程数",
            mend_zh="请写不小于 1 的整数；不设置则使用全部核心",
        )
    return int(written)
