"""Laws that are asked again and again of one person's rows: planned once, over slots whose rows are exchanged.

The laws of a check are shared out between two engines: a doctor waits for the sum of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from itertools import zip_longest
from typing import TypeAlias

import pyarrow as pa

from yibao.engine.standing import StandingEngine
from yibao.lawbook import Law, bind, run_body

#: The body of a law, or how it failed.
Answer: TypeAlias = "pa.Table | Exception"


class StandingLaws:
    """Two engines that hold the same tables. One thread at a time; :meth:`close` after use."""

    def __init__(self) -> None:
        self.first, self._second = StandingEngine(), StandingEngine()
        self._beside = ThreadPoolExecutor(1, "laws")

    def close(self) -> None:
        self._beside.shutdown()
        self.first.close()
        self._second.close()

    def keep(self, name: str, rows: pa.Table) -> None:
        """A table that stays as it is."""
        for engine in (self.first, self._second):
            engine.keep(name, rows)

    def view(self, name: str, sql: str) -> None:
        """A table that is computed from others by each statement that reads it."""
        for engine in (self.first, self._second):
            engine.view(name, sql)

    def exchange(self, rows: Mapping[str, pa.Table]) -> None:
        """Tables of the moment, by name, each always of the same columns."""
        for engine in (self.first, self._second):
            for name, table in rows.items():
                engine.register(name, table)

    def plan(self, laws: Iterable[Law]) -> None:
        """Ask each law once, so that nobody waits for its plan. One that cannot be asked is told of by each check."""
        now = datetime.now().replace(microsecond=0)
        for law in laws:
            for engine in (self.first, self._second):
                with suppress(Exception):
                    run_body(engine, law, bind(law, now))

    def ask(self, laws: Sequence[Law], instant: datetime) -> list[Answer]:
        """The body of each law, or how it failed; every other law is asked beside this thread."""
        if len(laws) < 2:
            return [_asked(self.first, law, instant) for law in laws]
        beside = self._beside.submit(lambda: [_asked(self._second, law, instant) for law in laws[1::2]])
        here = [_asked(self.first, law, instant) for law in laws[0::2]]
        return [one for pair in zip_longest(here, beside.result()) for one in pair if one is not None]


def _asked(engine: StandingEngine, law: Law, instant: datetime) -> Answer:
    try:
        return run_body(engine, law, bind(law, instant))
    except Exception as error:
        return error
