"""Writes the rows of a package: one Parquet file per table, in one possible order, counted and hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from yibao.engine import DuckEngine, content_hash
from yibao.engine.schema import Column, Table
from yibao.errors import UsageError
from yibao.ledger import Ledger
from yibao.sharing.manifest import Left, PackageTable, table_path
from yibao.sharing.profiles import Profile
from yibao.sharing.pseudonyms import pseudonym_sql, use_secret
from yibao.sharing.scope import NEEDED, Chooser, Selection

#: Told as (stage, done, total).
Progress = Callable[[str, int, int], None]
#: Tables up to so many cells are read into memory once; the others are read as they are written.
_KEEP_CELLS = 2_000_000


class Extract:
    """The chosen rows of a ledger under a profile; ``only`` narrows its tables, ``region`` is the sender's."""

    def __init__(
        self,
        ledger: Ledger,
        profile: Profile,
        only: Sequence[str],
        selection: Selection,
        region: str,
        secret: bytes | None,
    ) -> None:
        self._ledger, self._profile, self._selection, self._region = ledger, profile, selection, region
        self._secret = secret
        self.tables = _chosen_tables(profile, only)
        if profile.pseudonym and secret is None:
            raise UsageError(
                f"the profile {profile.profile} needs a secret for its pseudonyms",
                mend="make one with `yibao keys secret FILE`, then --secret FILE",
                zh=f"方案 {profile.profile} 需要化名密钥",
                mend_zh="请用 `yibao keys secret 文件` 建立，再加 --secret 文件",
            )

    def write(self, work: Path, progress: Progress) -> tuple[dict[str, PackageTable], dict[str, Left], int]:
        """Write ``work/<table>.parquet``: tables that go, what is left behind, and how many people are in it."""
        contracts = self._ledger.tables()
        with DuckEngine(temp=work) as engine:
            names = {*NEEDED, *(table.name for table in self.tables)}
            self._ledger.attach(engine, only=sorted(names), keep_cells=_KEEP_CELLS)
            if self._secret is not None:
                use_secret(engine, self._secret)
            chooser = Chooser(engine, contracts, self._selection, self._region)
            tables: dict[str, PackageTable] = {}
            left: dict[str, Left] = {}
            for number, table in enumerate(self.tables):
                progress("make", number, len(self.tables))
                behind = self._left(engine, chooser, table)
                if behind.rows:
                    left[table.name] = behind
                written = self._write(engine, chooser, table, work)
                if written is not None:
                    tables[table.name] = written
            progress("make", len(self.tables), len(self.tables))
            return tables, left, self._persons(engine, tables, work)

    def _left(self, engine: DuckEngine, chooser: Chooser, table: Table) -> Left:
        condition = chooser.left(table)
        if condition == "false":
            return Left(rows=0, money=None)
        sums = engine.execute(
            f"select count(*) as rows, {_money(table, 'c.')} as money {chooser.source(table)} "
            f"where {condition} and {chooser.where(table)}"
        ).to_pylist()[0]
        return Left(rows=sums["rows"], money=sums["money"])

    def _write(self, engine: DuckEngine, chooser: Chooser, table: Table, work: Path) -> PackageTable | None:
        columns = self._profile.kept(table)
        listed = [f'{self._expression(table, column)} as "{column.name}"' for column in columns]
        extensions = self._extensions(engine, table)
        listed += [f'cast(c."{name}" as varchar) as "{name}"' for name in extensions]
        inner = f"select {', '.join(listed)} {chooser.source(table)} where {chooser.where(table)} "
        inner += f"and not {chooser.left(table)}"
        kept = [column.name for column in columns]
        # By what is sent, not by what was: an order by hidden ids would tell about them.
        order = [f'"{name}"' for name in dict.fromkeys([*table.order, *table.key]) if name in kept]
        path = work / f"{table.name}.parquet"
        engine.export_parquet(f"select * from ({inner}) order by {', '.join(order)}", path)
        rows = pq.read_metadata(path).num_rows
        if not rows:
            return None
        engine.register("_written", [path])
        money = None
        if table.money in kept:
            money = engine.execute(f"select {_money(table, '')} as money from _written").to_pylist()[0]["money"]
        with path.open("rb") as source:
            digest = hashlib.file_digest(source, "sha256").hexdigest()
        return PackageTable(
            rows=rows, money=money,
            columns={column.name: column.type for column in columns} | dict.fromkeys(extensions, "text"),
            content=content_hash(engine, "_written"), path=table_path(table.name), size=path.stat().st_size,
            sha256=digest,
        )  # fmt: skip

    def _expression(self, table: Table, column: Column) -> str:
        name = f'c."{column.name}"'
        if column.name in self._profile.pseudonym:
            return pseudonym_sql(name)
        part = self._profile.floor.get(f"{table.name}.{column.name}")
        return f"cast(date_trunc('{part}', {name}) as date)" if part else name

    def _extensions(self, engine: DuckEngine, table: Table) -> list[str]:
        """Extension columns that go along; bills across the border are the sender's own and have none."""
        if not self._profile.extensions or table.name == "cross_region_bill":
            return []
        names = [str(row["column_name"]) for row in engine.execute(f'describe "{table.name}"').to_pylist()]
        return sorted(name for name in names if name.startswith("x_"))

    def _persons(self, engine: DuckEngine, tables: dict[str, PackageTable], work: Path) -> int:
        parts = []
        for name, table in tables.items():
            if "person_id" in table.columns:
                engine.register(f"_sent_{name}", [work / f"{name}.parquet"])
                parts.append(f"select person_id from _sent_{name} where person_id is not null")
        if not parts:
            return 0
        count: int = engine.execute(f"select count(*) as n from ({' union '.join(parts)})").to_pylist()[0]["n"]
        return count


def _money(table: Table, prefix: str) -> str:
    return f"cast(coalesce(sum({prefix}{table.money}), 0) as bigint)" if table.money else "cast(null as bigint)"


def _chosen_tables(profile: Profile, only: Sequence[str]) -> list[Table]:
    wanted = profile.wanted()
    names = [table.name for table in wanted]
    for name in only:
        if name not in names:
            raise UsageError(
                f"the profile {profile.profile} has no table {name!r}",
                mend=f"it has {', '.join(names)}",
                zh=f"方案 {profile.profile} 没有表 {name}",
                mend_zh=f"可选：{', '.join(names)}",
            )
    return [table for table in wanted if not only or table.name in only]
