"""`yibao quarantine`: the rows that were not taken in, each with its place, what is wrong and what is expected."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import typer

from yibao.cli.options import AsJson, LedgerPath
from yibao.cli.show import place, print_json, print_table, say, spreadsheet_safe
from yibao.cli.words import t
from yibao.errors import UsageError


def quarantine(
    ledger_path: LedgerPath,
    batch: Annotated[str | None, typer.Option("--batch", help=t("只看一个批次", "one batch only"))] = None,
    file: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help=t("导出 CSV（Excel 可开）", "write a CSV that opens in Excel")),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help=t("最多行数", "at most so many rows"))] = 50,
    as_json: AsJson = False,
) -> None:
    """Rows that were not taken in: file, row, column, value, reason, and what is expected."""
    from yibao.ledger import open_ledger

    ledger = open_ledger(ledger_path)
    known = [receipt.batch_id for receipt in ledger.batches()]
    if batch is not None and batch not in known:
        listed = ", ".join(known[-5:])
        raise UsageError(
            f"there is no batch {batch!r}", mend=f"known: {listed}", zh=f"没有批次 {batch!r}", mend_zh=f"可用：{listed}"
        )
    rows = ledger.quarantine(batch)
    if file is not None:
        _export(rows, file)
        say(t(f"已写入 {file}：{rows.num_rows:,} 行", f"wrote {file}: {rows.num_rows:,} rows"))
        return
    shown = rows.slice(0, limit).to_pylist() if rows.num_rows else []
    if as_json:
        print_json(shown)
        return
    if not shown:
        say(t("没有隔离的行", "no row is in quarantine"))
        return
    print_problems(shown)
    if rows.num_rows > limit:
        say(t(f"共 {rows.num_rows:,} 行，显示前 {limit} 行", f"{rows.num_rows:,} rows, the first {limit} shown"))


def print_problems(rows: Iterable[Mapping[str, Any]]) -> None:
    """Quarantined rows for people: where, which column, what stands there, what is expected."""
    head = [t("位置", "place"), t("列", "column"), t("值", "value"), t("原因", "reason"), t("应为", "expected")]
    print_table(
        head,
        [
            (
                place(f"{row['file']}, line {row['row']}"),
                row["field"] or "",
                "" if row["value"] is None else row["value"],
                row["code"],
                t(row["expected_zh"], row["expected_en"]),
            )
            for row in rows
        ],
    )


def _export(rows: pa.Table, file: Path) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as out_file:
        writer = csv.writer(out_file)
        writer.writerow(rows.column_names)
        for piece in rows.to_batches(10_000):
            writer.writerows([spreadsheet_safe(cell) for cell in row.values()] for row in piece.to_pylist())
