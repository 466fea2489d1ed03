"""The workbook of a re-settlement: by cause, by institution, every difference, clearing, what was set aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from yibao.engine import DuckEngine
from yibao.ledger.contracts import load_contracts
from yibao.presentation.settlement.columns import Row, codes, fields, rows
from yibao.presentation.workbook import Field, Workbook, write_csv

XLSX_NAME, CSV_NAME = "differences.xlsx", "differences.csv"
_SUMS = (
    Field("settlements", "结算笔数", "settlements", "count", 12),
    Field("too_much", "多付", "paid too much", "money", 17),
    Field("too_little", "少付", "paid too little", "money", 17),
    Field("difference_amount", "多付减少付", "difference", "money", 17),
)
_CAUSE = Field("cause", "原因", "cause", width=44)
_LAYER = Field("layer", "保障层次", "layer of protection", width=34)
_INSTITUTION = (
    Field("institution_id", "机构编号", "institution id", width=18),
    Field("institution", "机构名称", "institution", width=34),
)
_REASON = Field("why", "原因", "why", "long", 46)


def write_settle_book(
    folder: Path,
    tables: Mapping[str, pa.Table],
    summary: Sequence[tuple[str, str]],
    institutions: Mapping[str, str],
    regions: Mapping[str, tuple[str, str]],
    reasons: Mapping[str, tuple[str, str]],
    currency: str,
) -> list[Path]:
    """Write ``differences.xlsx`` and ``differences.csv``. ``summary`` are labelled lines for the first sheet."""
    contracts = load_contracts()
    told = tables["settlement_difference"]
    causes = _words("cause")
    layers = _words("layer")

    def shown(found: Sequence[Row]) -> list[Row]:
        return [
            row
            | {"institution": institutions.get(row.get("institution_id") or "", "")}
            | {
                key: words.get(row[key], row[key])
                for key, words in (("cause", causes), ("layer", layers))
                if key in row
            }
            for row in found
        ]

    with DuckEngine() as engine:
        engine.register("told", told)
        by_cause = shown(_sums(engine, ["cause", "layer"]))
        by_institution = shown(_sums(engine, ["institution_id"]))
        both = shown(_sums(engine, ["institution_id", "cause"]))
        largest = engine.execute("select * from told order by abs(difference_amount) desc, settlement_id, layer, cause")
    contract = contracts["settlement_difference"]
    with Workbook(folder / XLSX_NAME, currency) as book:
        book.words("说明 read me", "重新结算：账面支付与应付之差 Settled anew: paid less due", summary)
        book.sheet("按原因 by cause", [_CAUSE, _LAYER, *_SUMS], by_cause)
        book.sheet("按机构 by institution", [*_INSTITUTION, *_SUMS], by_institution)
        book.sheet("机构与原因 both", [*_INSTITUTION, _CAUSE, *_SUMS], both)
        book.sheet("差异明细 differences", fields(contract), rows(largest, contract, regions))
        for name, title in (
            ("clearing_balance", "清算轧差 net"), ("clearing_line", "清算明细 clearing"),
            ("continuity_move", "转移接续 moves"),
        ):  # fmt: skip
            book.sheet(title, fields(contracts[name]), rows(tables[name], contracts[name], regions))
        aside = contracts["settlement_aside"]
        held = (
            row | {"why": " ".join(reasons.get(row["reason"], ()))} for row in rows(tables[aside.name], aside, regions)
        )
        book.sheet("未计算 set aside", [*fields(aside), _REASON], held)
    write_csv(folder / CSV_NAME, fields(contract), rows(largest, contract, regions), currency)
    return [folder / XLSX_NAME, folder / CSV_NAME]


def _words(column: str) -> dict[str, str]:
    return {code: f"{zh} {en}" for code, (zh, en) in codes("settlement_difference", column).items()}


def _sums(engine: DuckEngine, by: Sequence[str]) -> list[Row]:
    """Differences by some columns, the largest in money first."""
    keys = ", ".join(by)
    found: list[Row] = engine.execute(
        f"""
        select {keys}, count(distinct settlement_id) as settlements,
          cast(sum(greatest(difference_amount, 0)) as bigint) as too_much,
          cast(sum(greatest(-difference_amount, 0)) as bigint) as too_little,
          cast(sum(difference_amount) as bigint) as difference_amount
        from told group by {keys} order by sum(abs(difference_amount)) desc, {keys}
        """
    ).to_pylist()
    return found
