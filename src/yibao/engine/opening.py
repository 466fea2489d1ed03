"""Which engine to use, as a command or a program asks for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from yibao.engine.duck import DuckEngine
from yibao.engine.protocol import Engine
from yibao.engine.threads import chosen_threads
from yibao.errors import UsageError

ENGINES = ("duckdb", "spark")

#: Rows of a ledger up to which one thread without compiled plans judges it sooner: of 450 000 rows, in two thirds of
#: the processor time of either engine.
FEW = 500_000


@dataclass(frozen=True)
class EngineChoice:
    """An engine by its name, the memory that it may take (such as ``4GB``), and the URL of a Spark cluster.

    Of Spark, ``memory`` is its driver's; ``master`` as in :func:`yibao.engine.session.start`. Raises
    :class:`UsageError` for what there is not.
    """

    name: str = "duckdb"
    memory: str | None = None
    master: str | None = None

    def __post_init__(self) -> None:
        if self.name not in ENGINES:
            known = ", ".join(ENGINES)
            raise UsageError(
                f"there is no engine {self.name!r}",
                mend=f"known: {known}",
                zh=f"没有引擎 {self.name!r}",
                mend_zh=f"可用：{known}",
            )
        if self.memory is not None and self._size is None:
            raise UsageError(
                f"{self.memory!r} is no size of memory",
                mend="write it like 4GB or 800MB",
                zh=f"{self.memory!r} 不是内存大小",
                mend_zh="请写成 4GB 或 800MB",
            )
        if self.master and self.name != "spark":
            raise UsageError(
                "the embedded engine has no master",
                mend="--master goes with --engine spark",
                zh="嵌入式引擎没有 master",
                mend_zh="--master 须与 --engine spark 同用",
            )

    @property
    def _size(self) -> re.Match[str] | None:
        return re.fullmatch(r"([1-9][0-9]*) ?([MG])B?", self.memory or "", re.IGNORECASE)

    def open(self, *, brief: bool = False, rows: int | None = None) -> Engine:
        """The engine, opened: ``brief`` for the cases of laws, or for a ledger of so many ``rows``.

        Raises :class:`EngineError` where it cannot run.
        """
        size, few = self._size, brief or (rows is not None and rows <= FEW)
        if self.name == "spark":
            from yibao.engine.spark import SparkEngine

            memory = f"{size[1]}{size[2].lower()}" if size else None
            return SparkEngine.start(master=self.master, memory=memory, brief=brief, few=few)
        threads = (chosen_threads() or 1) if few else None
        return DuckEngine(memory_limit=f"{size[1]}{size[2].upper()}B" if size else None, threads=threads)
