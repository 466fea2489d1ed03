"""Laws that are asked again and again of one person's rows: planned once, over slots whose rows are exchanged.

The laws of a check are shared out between two engines: a doctor waits for the sum of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
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
        """The body of each law, or how it failed; whichever engine is free takes the next."""
        answers: dict[int, Answer] = {}
        waiting = deque(enumerate(laws))

        def take(engine: StandingEngine) -> None:
            with suppress(IndexError):
                while True:
                    place, law = waiting.popleft()
                    answers[place] = _asked(engine, law, instant)

        beside = self._beside.submit(take, self._second) if len(laws) > 1 else None
        take(self.first)
        if beside is not None:
            beside.result()
        return [answers[place] for place in range(len(laws))]


def _asked(engine: StandingEngine, law: Law, instant: datetime) -> Answer:
    try:
        return run_body(engine, law, bind(law, instant))
    except Exception as error:
        return error
