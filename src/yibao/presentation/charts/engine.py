"""The drawing engine: Vega-Lite in, SVG out, here or in a process of its own.

The engine holds Python's lock for as long as it draws, some 30 ms a picture. A service that answers doctors meanwhile
has its pictures drawn in another process (:func:`elsewhere`), which reads a line of JSON for each. It ends with its
input, so none is left behind when the service is killed.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import vl_convert

#: The version of Vega-Lite in the schema that a specification names; the engine holds several.
_VERSION = re.compile(r"/v(\d+\.\d+)")


def svg_of(spec: dict[str, Any]) -> str:
    """The drawing of a Vega-Lite specification. Raises :class:`ValueError` when the engine cannot read it."""
    process = _elsewhere
    return process.svg_of(spec) if process.wanted else _draw(spec)


@contextmanager
def elsewhere() -> Iterator[None]:
    """While this lasts, pictures of this process are drawn in another."""
    _elsewhere.enter()
    try:
        yield
    finally:
        _elsewhere.leave()


def _draw(spec: dict[str, Any]) -> str:
    version = _VERSION.search(spec["$schema"])
    return vl_convert.vegalite_to_svg(spec, vl_version=version and version[1])


class _Elsewhere:
    """One drawing process for all who want one; started by the first picture, and again should it have died."""

    def __init__(self) -> None:
        self.wanted = 0
        self._turn = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def enter(self) -> None:
        with self._turn:
            self.wanted += 1

    def leave(self) -> None:
        with self._turn:
            self.wanted -= 1
            if not self.wanted:
                self._end()

    def svg_of(self, spec: dict[str, Any]) -> str:
        line = json.dumps(spec, ensure_ascii=False) + "\n"
        with self._turn:
            answer = self._asked(line) or self._asked(line)
        if not answer:
            raise RuntimeError("the drawing process ends when it is asked")
        drawn, problem = json.loads(answer)
        if problem:
            raise ValueError(problem)
        return str(drawn)

    def _asked(self, line: str) -> str:
        """The answer to a line; nothing when the process has died."""
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
            )
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
            return self._process.stdout.readline()
        except BrokenPipeError:
            return ""

    def _end(self) -> None:
        if self._process is not None:
            with suppress(BrokenPipeError):
                self._process.communicate()
            self._process = None


_elsewhere = _Elsewhere()


def _serve() -> None:
    """Draw what comes on standard input, line by line; a stop of the service is the service's matter."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(5)  # whoever waits for a picture waits behind whoever waits for an answer
    for line in sys.stdin:
        try:
            answer = [_draw(json.loads(line)), None]
        except ValueError as problem:
            answer = [None, str(problem)]
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
