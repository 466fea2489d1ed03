"""A small made-up ledger and a finished run over it: what the report is tested against.

Everything is written by hand or drawn with a fixed seed; no law is run, so that the tests of the page do not depend on
what the laws find.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yibao.engine import Tables
from yibao.ledger.contracts import load_contracts
from yibao.ledger.snapshot import BatchReceipt, Tally
from yibao.lawbook.model import LawText

Row = dict[str, Any]
DAY = timedelta(days=1)


def T(text: str) -> datetime:
    return datetime.fromisoformat(text)


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

    def files(self, table: str, as_of: datetime | None = None) -> list[Path]:
        file = self.path / f"{table}.parquet"
        return [file] if file.exists() else []

    def rows(self, table: str, column: str, values: Sequence[str]) -> pa.Table:
        found = self.data.get(table, self.tables()[table].empty())
        return found.filter(pc.is_in(found[column], pa.array(list(values), found.schema.field(column).type)))

    def slice(self, person_id: str, tables: Sequence[str], as_of: datetime | None = None) -> dict[str, pa.Table]:
        return {name: self.rows(name, "person_id", [person_id]) for name in tables}

    def batches(self) -> list[BatchReceipt]:
        return self.receipts


class City:
    """Collects rows by table and writes them as a ledger; missing columns are null."""

    def __init__(self, currency: str = "CNY") -> None:
        self.currency = currency
        self.rows: dict[str, list[Row]] = {}

    def add(self, table: str, **values: Any) -> Row:
        self.rows.setdefault(table, []).append(values)
        return values

    def ledger(self, path: Path) -> FakeLedger:
        contracts, data = load_contracts(), {}
        for name, rows in self.rows.items():
            columns = [c.name for c in contracts[name].columns]
            full = [{c: row.get(c) for c in columns} for row in rows]
            data[name] = pa.Table.from_pylist(full, schema=contracts[name].arrow_schema())
            pq.write_table(data[name], path / f"{name}.parquet")
        tallies = {n: _tally(contracts[n].money, rows) for n, rows in self.rows.items()}
        receipts = [BatchReceipt("b1", "national", datetime(2026, 6, 29), (), tallies)]
        return FakeLedger(path, self.currency, data, receipts)


def _tally(money: str | None, rows: Sequence[Row]) -> Tally:
    total = sum(r.get(money) or 0 for r in rows) if money else 0
    extra = 500 if money else 0
    return Tally(
        rows_in=len(rows) + 3, accepted=len(rows), quarantined=1, duplicates=2,
        money_in=total + extra, money_accepted=total, money_quarantined=extra,
    )  # fmt: skip


HOSPITALS = ["云州市第一人民医院", "云州康宁医院", "江北社区卫生服务中心", "云州大药房", "西山区中医院", "东湖医院"]
HOSPITALS_EN = [
    "Yunzhou First Hospital", "Yunzhou Kangning Hospital", "Jiangbei Community Centre", "Yunzhou Pharmacy",
    "Xishan TCM Hospital", "East Lake Hospital",
]  # fmt: skip
ITEMS = {
    "B1": ("床位费", "Bed", "01", 4000), "N1": ("二级护理", "Nursing, level 2", "07", 2600),
    "X1": ("甲状腺彩超", "Thyroid ultrasound", "03", 12000), "L1": ("甲状腺功能", "Thyroid function", "04", 18000),
    "D1": ("阿托伐他汀钙片", "Atorvastatin", "09", 5600), "T1": ("针灸", "Acupuncture", "05", 3300),
}  # fmt: skip


def build(path: Path, currency: str = "CNY") -> FakeLedger:
    """The city: background visits at 18 institutions, and one small story for each kind of figure."""
    city, rng = City(currency), random.Random(7)
    for i in range(18):
        zh = HOSPITALS[i] if i < 6 else f"云州第{i}医院"
        en = HOSPITALS_EN[i] if i < 6 else f"Yunzhou Hospital No. {i}"
        city.add("institution", institution_id=f"H{i:02d}", name=zh, name_en=en, kind="1", level=str(i % 3 + 1), beds=100)
    for i in range(120):
        city.add(
            "person", person_id=f"P{i:07d}", id_number=f"99010119{i:06d}0011", name="张王李赵刘"[i % 5] + "晓明", sex=str(i % 2 + 1),
            birth_date=date(1940 + i % 60, 3, 14), phone="13800000000",
        )  # fmt: skip
    for code, (zh, en, kind, price) in ITEMS.items():
        city.add("catalogue_item", item_code=code, valid_from=date(2020, 1, 1), name=zh, name_en=en, charge_type=kind, unit_price=price * 10_000)
    for i in range(2400):
        at = datetime(2025, 7, 1, 8) + timedelta(hours=rng.randrange(24 * 360))
        _visit(city, f"E{i:06d}", f"P{rng.randrange(120):07d}", f"H{min(int(rng.expovariate(0.25)), 17):02d}", at, rng)
    _stories(city)
    return city.ledger(path)


def _visit(city: City, encounter: str, person: str, institution: str, at: datetime, rng: random.Random) -> None:
    city.add("encounter", encounter_id=encounter, person_id=person, institution_id=institution, kind="11", admitted_at=at, discharged_at=at)
    amount = rng.randrange(3000, 60000)
    city.add(
        "settlement", settlement_id=f"S{encounter}", encounter_id=encounter, person_id=person, institution_id=institution,
        settled_at=at, total_amount=amount, fund_amount=amount * 7 // 10,
    )  # fmt: skip


def line(city: City, line_id: str, encounter: str, person: str, institution: str, item: str, at: datetime, quantity: int = 1000) -> Row:
    zh, _, kind, price = ITEMS[item]
    amount = price * quantity // 1000
    return city.add(
        "charge_line", line_id=line_id, encounter_id=encounter, person_id=person, institution_id=institution, item_code=item,
        item_name=zh, charge_type=kind, quantity=quantity, unit_price=price * 10_000, amount=amount, fund_amount=amount * 7 // 10,
        charged_at=at,
    )  # fmt: skip


def _stories(city: City) -> None:
    hanging = "P0000003"
    city.add("encounter", encounter_id="HB", person_id=hanging, institution_id="H01", kind="21", department="A07", main_diagnosis="I63.9", admitted_at=T("2026-03-01 09:00:00"), discharged_at=T("2026-03-15 10:00:00"))
    city.add("settlement", settlement_id="SHB", encounter_id="HB", person_id=hanging, institution_id="H01", kind="21", settled_at=T("2026-03-15 10:00:00"), total_amount=842_000, fund_amount=631_500)
    for i in range(15):
        at = T("2026-03-01 11:00:00") + i * DAY
        line(city, f"HB-B{i}", "HB", hanging, "H01", "B1", at)
        line(city, f"HB-N{i}", "HB", hanging, "H01", "N1", at)
        if i in (0, 1, 12, 13):
            line(city, f"HB-T{i}", "HB", hanging, "H01", "T1", at)
            city.add("execution", execution_id=f"X{i}", encounter_id="HB", person_id=hanging, executed_at=at, kind="order")
    city.add("leave_checkin", event_id="LV1", encounter_id="HB", person_id=hanging, kind="leave", begin_at=T("2026-03-07 08:00:00"), end_at=T("2026-03-09 18:00:00"), approved=False)
    city.add("encounter", encounter_id="HB-OUT", person_id=hanging, institution_id="H03", kind="41", admitted_at=T("2026-03-08 15:20:00"), discharged_at=T("2026-03-08 15:20:00"))

    split = "P0000014"
    for n, (a, b) in enumerate([("2026-03-17", "2026-03-31"), ("2026-04-01", "2026-04-15"), ("2026-04-16", "2026-04-29")]):
        city.add("encounter", encounter_id=f"SP{n}", person_id=split, institution_id="H01", kind="21", department="A07", main_diagnosis="I69.3", admitted_at=T(a + " 10:00:00"), discharged_at=T(b + " 09:00:00"))
        city.add("settlement", settlement_id=f"SSP{n}", encounter_id=f"SP{n}", person_id=split, institution_id="H01", kind="21", settled_at=T(b + " 09:30:00"), total_amount=1_201_840, fund_amount=950_950)

    for encounter, place, a, b in (("OV1", "H00", "2026-02-01", "2026-02-12"), ("OV2", "H04", "2026-02-08", "2026-02-16")):
        city.add("encounter", encounter_id=encounter, person_id="P0000020", institution_id=place, kind="21", admitted_at=T(a + " 10:00:00"), discharged_at=T(b + " 09:00:00"))
        city.add("settlement", settlement_id=f"S{encounter}", encounter_id=encounter, person_id="P0000020", institution_id=place, settled_at=T(b + " 09:30:00"), total_amount=900_000, fund_amount=700_000)

    thyroid = "P0000067"
    city.add("exam_class", item_code="X1", related_group="thyroid", exam_class="US-THY", class_name="甲状腺超声", class_name_en="thyroid ultrasound", related_name="甲状腺功能", related_name_en="thyroid function", equal_window_days=14, related_window_days=90, report_lag_days=3)
    city.add("exam_report", report_id="R-TF", person_id=thyroid, institution_id="H02", item_code="L1", examined_at=T("2026-04-02 08:30:00"), reported_at=T("2026-04-02 16:00:00"), status="final", conclusion="TSH 正常范围", recognition_mark="市HR")
    line(city, "L-US", "E-TH", thyroid, "H00", "X1", T("2026-05-20 10:12:00"))
    line(city, "L-FX", "E-FX", "P0000031", "H05", "X1", T("2026-05-04 09:00:00"))
    line(city, "L-DEAD1", "E-D", "P0000055", "H03", "D1", T("2026-05-18 09:00:00"))
    line(city, "L-DEAD2", "E-D", "P0000055", "H03", "D1", T("2026-06-02 09:00:00"), 2000)
    next(p for p in city.rows["person"] if p["person_id"] == "P0000055")["death_date"] = date(2026, 5, 1)
    city.add("death_source", death_source_id="DS1", person_id="P0000055", source="civil_affairs", death_date=date(2026, 5, 1), reported_on=date(2026, 5, 9))
    for move, kind, quantity, on in (("M1", "opening", 40_000, "2025-07-01"), ("M2", "purchase", 120_000, "2025-09-10"), ("M3", "purchase", 60_000, "2026-02-11"), ("M4", "loss", 5_000, "2026-03-01")):
        city.add("stock_move", move_id=move, institution_id="H03", item_code="D1", kind=kind, moved_on=date.fromisoformat(on), quantity=quantity, unit="pricing")
    city.add("knowledge_point", kp_id="KP-1", item_code="B1", other_item_code="", rule_class="医疗服务项目限定频次", primitive="P4", constraint_text="床位费每日不超过 1 日")


LAW_TEXTS: dict[str, Row] = {
    "C03": {"title": ("挂床住院", "hanging-bed stay"), "signals": {
        "bare_days": ("连续 {value} 天只有床位费和护理费", "{value} days in a row with bed and nursing fees only", "day"),
        "outside": ("住院期间在外就诊购药 {count} 次", "{count} visit(s) elsewhere during the stay", "time"),
        "stay": ("该次住院", "the stay", None)}},
    "C01": {"title": ("分解住院", "split stay"), "signals": {"gap_days": ("出院 {value} 天后再次住院", "admitted again after {value} days", "day"), "strength": ("强度 {value}", "strength {value}", "bp")}},
    "C08": {"title": ("重叠住院", "overlapping stays"), "signals": {"other": ("与另一次住院重叠 {value} 小时", "overlaps another stay by {value} hours", "hour"), "later": ("后入院的一次", "the later stay", "stay")}},
    "D01": {"title": ("重复检查检验", "duplicate examination"), "params": {"related_window_days": "90"}, "signals": {"related": ("{value} 天前已有相关的检查结果", "a related result {value} days earlier", "day"), "repeated": ("本次检查", "this examination", None)}},
    "A11": {"title": ("虚假检查检验", "false examination"), "params": {"default_lag_days": "3"}, "signals": {"no_report": ("收费后 {value} 天仍无报告", "no report {value} days after the charge", "day"), "charged": ("收费明细", "the charge", None)}},
    "E01": {"title": ("死亡后发生费用", "care after death"), "result": "violation", "signals": {"days": ("死亡 {value} 天后仍有费用 {count} 笔", "charged {value} days after the death, {count} entries", "day"), "report": ("死亡信息", "report of the death", None)}},
    "F07": {"title": ("进销存不符", "stock-flow mismatch"), "signals": {"over_stock": ("结算超出可供数量 {value}", "settled {value} more than could be supplied", "milli"), "settled": ("累计结算 {value}", "{value} settled", "milli"), "move": ("进销存变动", "stock move", "milli")}},
    "A03": {"title": ("超限定频次", "quantity over limit"), "result": "violation", "signals": {"over": ("当日数量 {value}，超过限定", "{value} on that day, over the limit", "milli")}},
    "B01": {"title": ("限性别药品", "sex-limited drug"), "signals": {"sex": ("性别不符", "sex does not match", None)}},
    "C06": {"kind": "indicator", "title": ("31 日再入院", "31-day readmission")},
    "I1": {"kind": "quality", "title": ("费用四分之和等于费用", "the four parts of a cost add up")},
    "Q05": {"kind": "quality", "severity": "warning", "title": ("就诊时间不在出院之后", "no visit ends before it begins")},
}  # fmt: skip


def lawbook() -> SimpleNamespace:
    """Laws with the texts that a page shows; they have no body."""
    both = lambda zh, en: {"zh": zh, "en": en}  # noqa: E731
    laws = {}
    for law_id, text in LAW_TEXTS.items():
        kind = text.get("kind", "rule")
        doc: Row = {
            "id": law_id, "kind": kind, "version": "2026.1", "title": both(*text["title"]), "effective": {"from": "2021-05-01"},
            "question": both(f"查一查：{text['title'][0]}？", f"Is there {text['title'][1]}?"), "reads": ["charge_line", "encounter"],
            "grain": both("一次就诊", "one encounter"), "money": both("扣除退费", "net of refunds"),
            "official": [{"class": "49", "code": "GZ10000204001000", "name": "分解住院"}],
            "basis": [{"law": both("医疗保障基金使用监督管理条例", "Regulation on the Use of Medical Security Funds"), "article": "38", "gist": both("不得有此行为", "not allowed")}],
            "params": {k: {"value": v, "unit": "day", "zh": "时限", "en": "window"} for k, v in text.get("params", {}).items()},
        }  # fmt: skip
        if kind == "rule":
            doc |= {"result": text.get("result", "suspect"), "lead": both("疑似", "Suspected"), "exemptions": ["emergency", "reversed_claim"],
                    "looks_like": [both("转院", "a transfer")], "missing": [both("出院小结", "the discharge summary")],
                    "signals": {k: {"zh": zh, "en": en, "unit": unit} for k, (zh, en, unit) in text["signals"].items()}}  # fmt: skip
        elif kind == "quality":
            doc["severity"] = text.get("severity", "error")
        else:
            doc |= {"numerator": both("31 日内再次住院的出院", "discharges followed by a stay within 31 days"), "denominator": both("全部出院", "all discharges")}
        laws[law_id] = LawText.model_validate(doc)
    return SimpleNamespace(laws=laws)


class Run:
    """Findings and their evidence written as a finished run."""

    def __init__(self) -> None:
        self.findings: list[Row] = []
        self.refs: list[Row] = []

    def add(self, law: str, person: str | None, institution: str, encounter: str | None, at: str, refs: Sequence[tuple], exempted: str | None = None) -> None:
        """`refs` are (signal, value, table, key, amount, fund_amount[, kp_id])."""
        number = len(self.findings)
        finding = f"{law.lower()}{number:04d}"
        title_zh, title_en = LAW_TEXTS[law]["title"]
        for i, (signal, value, table, key, amount, fund, *kp) in enumerate(refs):
            self.refs.append({"finding_id": finding, "sequence": i, "law_id": law, "signal": signal, "value": value, "ref_table": table, "ref_id": key, "kp_id": kp[0] if kp else None, "amount": amount, "fund_amount": fund})
        self.findings.append({
            "finding_id": finding, "law_id": law, "law_version": "2026.1", "stage": "audit", "result": LAW_TEXTS[law].get("result", "suspect"),
            "person_id": person, "institution_id": institution, "encounter_id": encounter, "occurred_at": T(at),
            "amount": sum(r[4] for r in refs), "fund_amount": sum(r[5] for r in refs), "signals": len({r[0] for r in refs}),
            "explanation_zh": f"疑似{title_zh}：见依据", "explanation_en": f"Suspected {title_en}: see the evidence", "exempted_by": exempted,
        })  # fmt: skip

    def write(self, path: Path, currency: str, indicators: Sequence[Row], issues: Sequence[Row]) -> Path:
        contracts = load_contracts()
        run = path / "run"
        run.mkdir()
        for name, rows in (("finding", self.findings), ("finding_ref", self.refs), ("indicator_value", indicators), ("quality_issue", issues)):
            schema = contracts[name].arrow_schema()
            full = [{c: r.get(c) for c in schema.names} for r in rows]
            pq.write_table(pa.Table.from_pylist(full, schema=schema), run / f"{name}.parquet")
        laws = {f"{i}@2026.1": {"version": "2026.1", "kind": t.get("kind", "rule"), "params": {}, "status": "ran", "seconds": 0.1, "rows": 1} for i, t in LAW_TEXTS.items()}
        manifest = {"run_id": "20260630-120000", "started_at": "2026-06-30 12:00:00", "seconds": 4.2, "engine": "duckdb", "yibao_version": "0.1.0",
                    "snapshot": "7", "as_of": "2026-06-30 00:00:00", "currency": currency, "laws": laws, "problems": [], "tables": {}}  # fmt: skip
        (run / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False))
        return run


def findings(path: Path, currency: str = "CNY") -> Path:
    """A finished run over the city of :func:`build`: one finding for each story and a few dozen plain ones."""
    run = Run()
    bare = [("bare_days", 10, "charge_line", f"HB-B{i}", 0, 0) for i in range(2, 12)]
    run.add("C03", "P0000003", "H01", "HB", "2026-03-01 09:00:00", [*bare, ("outside", 1, "encounter", "HB-OUT", 0, 0), ("stay", None, "settlement", "SHB", 842_000, 631_500)])
    for n in (1, 2):
        run.add("C01", "P0000014", "H01", f"SP{n}", f"2026-04-{15 * n - 14:02d} 10:00:00", [("gap_days", 1, "encounter", f"SP{n - 1}", 0, 0), ("strength", 9400, "settlement", f"SSP{n}", 1_201_840, 950_950)])
    run.add("C08", "P0000020", "H04", "OV2", "2026-02-08 10:00:00", [("other", 95, "encounter", "OV1", 0, 0), ("later", 1, "encounter", "OV2", 900_000, 700_000)])
    run.add("D01", "P0000067", "H00", "E-TH", "2026-05-20 10:12:00", [("related", 48, "exam_report", "R-TF", 0, 0), ("repeated", None, "charge_line", "L-US", 12_000, 0)])
    run.add("A11", "P0000031", "H05", "E-FX", "2026-05-04 09:00:00", [("no_report", 57, "charge_line", "L-FX", 0, 0), ("charged", None, "charge_line", "L-FX", 12_000, 8_400)])
    run.add("E01", "P0000055", "H03", "E-D", "2026-06-02 09:00:00", [("days", 17, "charge_line", "L-DEAD1", 5_600, 3_920), ("days", 32, "charge_line", "L-DEAD2", 11_200, 7_840), ("report", None, "death_source", "DS1", 0, 0), ("report", None, "person", "P0000055", 0, 0)])
    moves = [("move", v, "stock_move", m, 0, 0) for m, v in (("M1", 40_000), ("M2", 120_000), ("M3", 60_000), ("M4", -5_000))]
    run.add("F07", None, "H03", None, "2026-06-20 00:00:00", [("over_stock", 93_000, "institution", "H03", 520_800, 364_560), ("settled", 308_000, "institution", "H03", 0, 0), *moves])
    rng = random.Random(11)
    for i in range(180):
        at = datetime(2025, 8, 1) + timedelta(days=rng.randrange(330))
        place = "H01" if i < 52 else f"H{min(int(rng.expovariate(0.25)), 17):02d}"
        amount = rng.randrange(2_000, 9_000)
        run.add("A03", f"P{rng.randrange(120):07d}", place, None, str(at), [("over", 2000 + 1000 * (i % 3), "charge_line", f"HB-B{i % 15}", amount, amount * 7 // 10, "KP-1")])
    run.add("A03", "P0000001", "H00", None, "2026-01-05 00:00:00", [("over", 2000, "charge_line", "HB-B0", 77_700, 55_500)], exempted="emergency")
    indicators = []
    for i in range(16):
        expected, seen = (6 + 7 * i) * 1.0, round((6 + 7 * i) * (1.0 + 0.12 * ((i % 5) - 2))) + (14 if i == 9 else 0)
        low, high = max(seen - 2 * seen**0.5, 0) / expected, (seen + 2 * seen**0.5 + 2) / expected
        indicators.append({"law_id": "C06", "subject_kind": "institution", "subject_id": f"H{i:02d}", "period_from": date(2025, 7, 1), "period_to": date(2026, 6, 1), "numerator": seen, "denominator": 80 + 60 * i,
                           "expected_ppm": int(expected * 1e6), "value_ppm": int(seen / expected * 1e6), "lower_ppm": int(low * 1e6), "upper_ppm": int(high * 1e6)})  # fmt: skip
    issues = [{"law_id": "I1", "table_name": "charge_line", "ref_id": f"HB-T{i}", "column_name": "amount", "severity": "error", "person_id": "P0000003", "institution_id": "H01", "occurred_on": date(2026, 3, 2), "value": "33.00", "amount": 100 * i + 50} for i in range(4)]
    issues.append({"law_id": "Q05", "table_name": "person", "ref_id": "P0000009", "column_name": "id_number", "severity": "warning", "value": "990101190000090011"})
    return run.write(path, currency, indicators, issues)
