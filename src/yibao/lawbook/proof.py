"""Proves many laws by their cases, on one engine or on two that must agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from yibao.engine import Engine
from yibao.engine.schema import Tables
from yibao.errors import YibaoError
from yibao.lawbook.cases import CaseResult, run_cases
from yibao.lawbook.model import Law

#: Laws proved side by side on a cluster: a statement over a few rows mostly waits for its turn and for Java.
SIDE_BY_SIDE = 4

Progress = Callable[[str, float, float], None]


@dataclass(frozen=True)
class Proof:
    """What the cases of a law gave, or why they could not be read."""

    law: Law
    results: tuple[CaseResult, ...]
    problem: str = ""


def prove(
    laws: Iterable[Law], tables: Tables, engine: Engine | None = None, progress: Progress | None = None
) -> Iterator[Proof]:
    """The proofs of laws, in their order. With a cluster ``engine`` its rows must be those of the embedded one.

    The cases of one law that cannot be read do not hide those of the others.
    """

    def one(law: Law) -> Proof:
        try:
            return Proof(law, tuple(run_cases(law, tables, engine)))
        except YibaoError as error:
            return Proof(law, (), str(error))

    every = list(laws)
    lanes = SIDE_BY_SIDE if engine is not None and engine is not engine.local else 1
    with ThreadPoolExecutor(lanes, "prove") as threads:
        for done, proof in enumerate(threads.map(one, every), start=1):
            if progress:
                progress(proof.law.id, done, len(every))
            yield proof
