"""The command line in a process that notes each of its steps on disk, and kills itself before one of them when told to.

    python -m yibao.benchmarks.dying STEP TRACE ingest … --into LEDGER

Steps are what makes a change durable or visible: making a directory, opening a file to write, forcing to disk,
renaming, removing. STEP counts from 1; 0 lets the command end by itself. TRACE is a file to which the steps are written
then, one a line: what it is and its places, with tabs between.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

#: Audit events of the interpreter that are steps; what C++ writes is seen when it is forced to disk.
EVENTS = {"os.mkdir": "mkdir", "os.rename": "rename", "os.remove": "remove", "os.rmdir": "rmdir"}
_WRITING = os.O_WRONLY | os.O_RDWR


def kill_self(_what: str) -> None:
    """End as ``kill -9`` ends a process: nothing is said, nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


class Steps:
    """Notes the steps of this process, and does something (by default: dies) before each from number ``first`` on.

    ``then`` is told what the step is: a value of :data:`EVENTS`, "fsync" or "write".
    """

    def __init__(self, first: int, then: Callable[[str], object] = kill_self) -> None:
        self.seen: list[str] = []
        self._first = first
        self._then = then
        self._lock = Lock()
        self._watching = False

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch what happens inside."""
        synced = os.fsync

        def fsync(handle: int) -> None:
            self._step("fsync", str(Path(f"/proc/self/fd/{handle}").readlink()))
            synced(handle)

        os.fsync = fsync  # type: ignore[assignment]
        # An audit hook stays for good, so it is told when to look away.
        sys.addaudithook(self._hook)
        self._watching = True
        try:
            yield
        finally:
            self._watching = False
            os.fsync = synced

    def _hook(self, event: str, about: tuple[Any, ...]) -> None:
        if not self._watching:
            return
        if event in EVENTS:
            self._step(EVENTS[event], *(str(place) for place in about if isinstance(place, (str, bytes, Path))))
        elif event == "open" and isinstance(about[0], (str, Path)) and (about[2] or 0) & _WRITING:
            self._step("write", str(about[0]))

    def _step(self, what: str, *places: str) -> None:
        with self._lock:
            self.seen.append("\t".join((what, *places)))
            due = 0 < self._first <= len(self.seen)
        if due:
            self._then(what)


def main() -> None:
    """See the module."""
    steps, trace = Steps(int(sys.argv[1])), Path(sys.argv[2])
    sys.argv[1:] = sys.argv[3:]
    try:
        with steps.watched():
            # What `python -m yibao` does.
            runpy.run_module("yibao", run_name="__main__", alter_sys=True)
    finally:
        trace.write_text("\n".join(steps.seen), encoding="utf-8")


if __name__ == "__main__":
    main()
