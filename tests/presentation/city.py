"""A small made-up ledger and a finished run over it: what the report is tested against.

No law is run, so that the tests of the page do not depend on what the laws find. The stories and their findings stand
in the YAML files beside this one; the background (visits, plain findings, indicator values) is drawn with a fixed seed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yibao.engine import DuckEngine, Tables
from yibao.engine.schema import Table
from yibao.engine.yaml import read_yaml
from yibao.lawbook.model import LawText
from yibao.ledger.contracts import load_contracts
from yibao.ledger.receipts import BatchReceipt, Tally

Row = dict[str, Any]

INSTITUTIONS = (
    ("云州市第一人民医院", "Yunzhou First Hospital"), ("云州康宁医院", "Kangning Hospital"),
    ("江北社区卫生服务中心", "Jiangbei Community Centre"), ("云州大药房", "Yunzhou Pharmacy"),
)  # fmt: skip


@dataclass
class FakeLedger:
    """The part of a ledger that a report reads, held in memory and in one Parquet file per table."""

    path: Path
    currency: str
    data: dict[str, pa.Table]
    receipts: list[BatchReceipt] = field(default_factory=list)
    snapshot_id: int = 7

    def tables(self) -> Tables:
        return load_contracts()

    def attach(
        self,
        engine: DuckEngine,
        as_of: datetime | None = None,
        only: Collection[str] | Mapping[str, Collection[str]] | None = None,
        keep_cells: int = 0,
    ) -> None:
        for name in only or ():
            file = self.path / f"{name}.parquet"
            engine.register(name, [file] if file.exists() else self.tables()[name].empty())

    def row_count(self, table: str, as_of: datetime | None = None) -> int:
        file = self.path / f"{table}.parquet"
        return int(pq.read_metadata(file).num_rows) if file.exists() else 0

    def rows(self, table: str, column: str, values: Sequence[Any], as_of: datetime | None = None) -> pa.Table:
        found = self.data.get(table, self.tables()[table].empty())
        return found.filter(pc.is_in(found[column], pa.array(list(values), found.schema.field(column).type)))

    def slice(self, person_id: str, tables: Sequence[str], as_of: datetime | None = None) -> dict[str, pa.Table]:
        return {name: self.rows(name, "person_id", [person_id]) for name in tables}

    def batches(self) -> list[BatchReceipt]:
        return self.receipts


def build(path: Path, currency: str = "CNY") -> FakeLedger:
    """Background visits at 18 institutions and the stories, written as a ledger."""
    rng = random.Random(7)
    rows: dict[str, list[Row]] = {"institution": [], "person": [], "encounter": [], "settlement": [], "charge_line": []}
    for i in range(18):
        zh, en = INSTITUTIONS[i] if i < len(INSTITUTIONS) else (f"云州第{i}医院", f"Yunzhou Hospital No. {i}")
        rows["institution"].append({"institution_id": f"H{i:02d}", "name": zh, "name_en": en, "kind": "1"})
    for i in range(120):
        rows["person"].append({
            "person_id": f"P{i:07d}", "id_number": f"99010119{i:06d}0011", "name": "张王李赵刘"[i % 5] + "晓明",
            "sex": str(i % 2 + 1), "birth_date": date(1940 + i % 60, 3, 14), "phone": "13800000000",
            "death_date": date(2026, 5, 1) if i == 55 else None,
        })  # fmt: skip
    for i in range(1500):
        at = datetime(2025, 7, 1, 8) + timedelta(hours=rng.randrange(24 * 360))
        who = {"person_id": f"P{rng.randrange(120):07d}", "institution_id": _place(rng), "encounter_id": f"E{i:06d}"}
        amount = rng.randrange(3000, 60000)
        rows["encounter"].append({**who, "kind": "11", "admitted_at": at, "discharged_at": at})
        rows["settlement"].append({
            **who, "settlement_id": f"S{i:06d}", "settled_at": at, "total_amount": amount,
            "fund_amount": amount * 7 // 10,
        })  # fmt: skip
    rows["charge_line"] += [_ward_line(day, "B1") for day in range(15)] + [_ward_line(day, "T1") for day in (0, 1, 12)]
    contracts = load_contracts()
    for name, stories in read("stories.yaml").items():
        rows.setdefault(name, []).extend(_typed(contracts[name], story) for story in stories)
    data = {name: table_of(contracts[name], found) for name, found in rows.items()}
    for name, table in data.items():
        pq.write_table(table, path / f"{name}.parquet")
    tallies = {name: _tally(contracts[name].money, found) for name, found in rows.items()}
    receipt = BatchReceipt("b1", "national", datetime(2026, 6, 29), (), tallies)
    return FakeLedger(path, currency, data, [receipt])


def read(name: str) -> Any:
    return read_yaml((Path(__file__).parent / name).read_text(encoding="utf-8"), name)


def table_of(contract: Table, rows: Sequence[Row]) -> pa.Table:
    """Rows as a table of the contract; missing columns are null."""
    schema = contract.arrow_schema()
    return pa.Table.from_pylist([{c: row.get(c) for c in schema.names} for row in rows], schema=schema)


def _typed(contract: Table, story: Row) -> Row:
    """The values of a story, which YAML hands over as text, in the types of the contract."""
    read_as = {
        "text": str, "date": date.fromisoformat, "time": datetime.fromisoformat, "bool": lambda v: v == "true",
    }  # fmt: skip
    return {k: None if v is None else read_as.get(contract.by_name[k].type, int)(v) for k, v in story.items()}


def _place(rng: random.Random) -> str:
    return f"H{min(int(rng.expovariate(0.25)), 17):02d}"


def _ward_line(day: int, item: str) -> Row:
    """A day's bed fee or treatment in the stay HB: from the third to the twelfth day there is a bed fee only."""
    kind, name, price = {"B1": ("01", "床位费", 4000), "T1": ("05", "针灸", 3300)}[item]
    return {
        "line_id": f"HB-{item[0]}{day}", "encounter_id": "HB", "person_id": "P0000003", "institution_id": "H01",
        "item_code": item, "item_name": name, "charge_type": kind, "quantity": 1000, "unit_price": price * 10_000,
        "amount": price, "fund_amount": price * 7 // 10, "charged_at": datetime(2026, 3, 1 + day, 11),
    }  # fmt: skip


def _tally(money: str | None, rows: Sequence[Row]) -> Tally:
    total = sum(r.get(money) or 0 for r in rows) if money else 0
    extra = 500 if money else 0
    return Tally(
        rows_in=len(rows) + 3, accepted=len(rows), quarantined=1, duplicates=2,
        money_in=total + extra, money_accepted=total, money_quarantined=extra,
    )  # fmt: skip


def lawbook() -> SimpleNamespace:
    """Laws with the words of ``laws.yaml``."""
    return SimpleNamespace(laws={law_id: _law(law_id, text) for law_id, text in read("laws.yaml").items()})


def _law(law_id: str, text: Row) -> LawText:
    def both(zh: str, en: str) -> Row:
        return {"zh": zh, "en": en}

    kind, title = text.get("kind") or "rule", text["title"]
    doc: Row = {
        "id": law_id, "kind": kind, "version": "2026.1", "title": both(*title), "effective": {"from": "2021-05-01"},
        "question": both(f"查一查：{title[0]}？", f"Is there a {title[1]}?"), "reads": ["charge_line", "encounter"],
        "grain": both("一次就诊", "one encounter"), "money": both("扣除退费", "net of refunds"),
        "official": [{"class": "49", "code": "GZ10000204001000", "name": "分解住院"}],
        "basis": [{
            "law": both("医疗保障基金使用监督管理条例", "Regulation on the Use of Medical Security Funds"),
            "article": "15, 38(1)", "gist": both("不得有此行为", "not allowed"),
        }],
        "params": {k: {"value": v, "unit": "day", **both("时限", "window")} for k, v in text.get("params", {}).items()},
    }  # fmt: skip
    if kind == "rule":
        doc |= {
            "result": text.get("result") or "suspect", "lead": both("疑似", "Suspected"),
            "exemptions": ["emergency", "reversed_claim"], "looks_like": [both("转院", "a transfer")],
            "missing": [both("出院小结", "the discharge summary")],
            "signals": {k: {**both(zh, en), "unit": unit} for k, (zh, en, unit) in text["signals"].items()},
        }  # fmt: skip
    elif kind == "quality":
        doc["severity"] = text["severity"]
    else:
        doc |= {"numerator": both("再次住院", "readmissions"), "denominator": both("出院", "discharges")}
    return LawText.model_validate(doc)


def finished_run(path: Path, currency: str = "CNY") -> Path:
    """The folder of a run over the ledger of :func:`build`: the findings of the stories and 160 plain ones."""
    contracts = load_contracts()
    findings, refs = _findings()
    folder = path / "run"
    folder.mkdir()
    tables = {"finding": findings, "finding_ref": refs, "indicator_value": _indicators(), "quality_issue": _issues()}
    for name, rows in tables.items():
        pq.write_table(table_of(contracts[name], rows), folder / f"{name}.parquet")
    laws = {f"{law_id}@2026.1": {"status": "ran", "params": {}} for law_id in read("laws.yaml")}
    manifest = {
        "run_id": "20260630-120000", "started_at": "2026-06-30 12:00:00", "seconds": 4.2, "engine": "duckdb",
        "yibao_version": "0.1.0", "snapshot": "7", "as_of": "2026-06-30 00:00:00", "currency": currency,
        "laws": laws, "problems": [], "tables": {},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def _findings() -> tuple[list[Row], list[Row]]:
    laws, rng = read("laws.yaml"), random.Random(11)
    told = read("findings.yaml")
    for i in range(160):
        amount = rng.randrange(2_000, 9_000)
        at = datetime(2025, 8, 1) + timedelta(days=rng.randrange(330))
        place = "H01" if i < 45 else _place(rng)
        ref = ["over", 2000 + 1000 * (i % 3), "charge_line", f"HB-B{i % 15}", amount, amount * 7 // 10, "KP-1"]
        person = f"P{rng.randrange(120):07d}"
        told.append({"law": "A03", "person": person, "institution": place, "at": str(at), "refs": [ref]})
    findings, refs = [], []
    for number, story in enumerate(told):
        law, finding_id = story["law"], f"f{number:04d}"
        mine = [_ref(finding_id, law, i, *ref) for i, ref in enumerate(story["refs"])]
        zh, en = laws[law]["title"]
        refs += mine
        findings.append({
            "finding_id": finding_id, "law_id": law, "law_version": "2026.1", "stage": "audit",
            "result": laws[law].get("result") or "suspect", "person_id": story["person"],
            "institution_id": story["institution"], "encounter_id": story.get("encounter"),
            "occurred_at": datetime.fromisoformat(story["at"]), "amount": sum(r["amount"] for r in mine),
            "fund_amount": sum(r["fund_amount"] for r in mine), "signals": len({r["signal"] for r in mine}),
            "explanation_zh": f"疑似{zh}：见依据", "explanation_en": f"=Suspected {en}: see the evidence",
            "exempted_by": story.get("exempted"),
        })  # fmt: skip
    return findings, refs


def _ref(
    finding: str, law: str, number: int, signal: str, value: Any, table: str, key: str, amount: Any, fund: Any,
    point: str | None = None,
) -> Row:  # fmt: skip
    return {
        "finding_id": finding, "sequence": number, "law_id": law, "signal": signal,
        "value": None if value is None else int(value), "ref_table": table, "ref_id": key, "kp_id": point,
        "amount": int(amount), "fund_amount": int(fund),
    }  # fmt: skip


def _indicators() -> list[Row]:
    """Readmissions of 16 institutions, one of them well above what is expected, one with too few to judge."""
    rows = []
    for i in range(16):
        expected = 3.0 if i == 0 else 6.0 + 7 * i
        seen = round(expected * (1.0 + 0.12 * (i % 5 - 2))) + (28 if i == 9 else 0)
        low, high = max(seen - 2 * seen**0.5, 0.0), seen + 2 * seen**0.5 + 2
        ppm = {k: int(v / expected * 1e6) for k, v in (("value_ppm", seen), ("lower_ppm", low), ("upper_ppm", high))}
        rows.append({
            "law_id": "C06", "subject_kind": "institution", "subject_id": f"H{i:02d}", "period_from": date(2025, 7, 1),
            "period_to": date(2026, 6, 1), "numerator": seen, "denominator": 80 + 60 * i,
            "expected_ppm": int(expected * 1e6), **ppm,
        })  # fmt: skip
    return rows


def _issues() -> list[Row]:
    issue = {"table_name": "charge_line", "column_name": "amount", "severity": "error", "institution_id": "H01"}
    rows = [{**issue, "law_id": "I1", "ref_id": f"HB-T{i}", "value": "33.00", "amount": 100 * i + 50} for i in range(4)]
    named = {"law_id": "Q05", "table_name": "person", "ref_id": "P0000009", "column_name": "id_number"}
    return [*rows, {**named, "severity": "warning", "value": "990101190000090011"}]
