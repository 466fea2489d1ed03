"""Before a bill or a case is handed in: what would be questioned, and which group it falls into. Nothing is kept."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yibao.casemix import encode_records, explain
from yibao.casemix.casefile import HEADINGS
from yibao.casemix.explain_text import Words
from yibao.errors import YibaoError
from yibao.presentation.fmt import Lang
from yibao.service.console.own import Own
from yibao.service.console.own_clues import without_others
from yibao.service.english import in_english
from yibao.service.problems import Problem
from yibao.service.state import Service
from yibao.supervision.bill import Bill, BillError, bill_from
from yibao.supervision.bill_check import BillAnswer

#: Lines of a pasted table.
MOST_LINES = 2_000
#: Headings of a pasted bill -> fields of its lines.
_BILL_HEADINGS: Mapping[str, str] = {
    "医保目录编码": "item_code", "项目编码": "item_code", "项目名称": "item_name", "收费类别": "charge_type",
    "数量": "quantity", "单价": "unit_price", "金额": "amount", "收费时间": "charged_at", "费用发生时间": "charged_at",
}  # fmt: skip
_CASE = ("case_id", "sex", "age_years", "diagnoses", "procedures", "los_days", "discharge_way")


@dataclass(frozen=True)
class Found:
    """One objection to a bill: how strong, which rule, why, which lines, how much (fen), what would settle it."""

    result: str
    law_id: str
    title: str
    words: str
    amount: int
    lines: Sequence[str]
    settles: Sequence[str]


@dataclass(frozen=True)
class Judged:
    """What became of a bill. ``judged`` laws looked at it; ``left_out`` need more than one person's rows."""

    bill: Bill
    total: int
    found: Sequence[Found]
    judged: int
    left_out: int
    failures: int


@dataclass(frozen=True)
class Grouped:
    """The expected group of a case and why, line by line; weight in millionths, standard in fen where known."""

    row: Mapping[str, Any]
    why: Sequence[str]
    pack: str


class Refusal(Problem):
    """What was handed in cannot be read: row and field are named."""

    def __init__(self, what: str, zh: str, *, mend: str = "", mend_zh: str = "") -> None:
        super().__init__(422, "form", what, zh, field="content", mend=mend, mend_zh=mend_zh)


def check_bill(service: Service, own: Own, text: str, lang: Lang) -> Judged:
    """What the settlement-stage laws say of a bill of the own institution (JSON as ``bill check`` reads it).

    Raises :class:`Refusal`.
    """
    doc = _json(text)
    if not isinstance(doc, dict):
        raise Refusal("a bill is one JSON object", "账单应为一个 JSON 对象")
    doc = {"institution_id": own.institution_id, **doc}
    if doc["institution_id"] != own.institution_id:
        raise Refusal(
            "field institution_id: the bill is another institution's", "字段 institution_id：不是本机构的账单"
        )
    if isinstance(doc.get("lines"), str):
        doc["lines"] = table_rows(doc["lines"], _BILL_HEADINGS)
    try:
        bill = bill_from(doc, service.ledger.tables(), "bill")
    except BillError as error:
        where = (error.where or "").removeprefix("bill, ")
        raise Refusal(f"{where}: {error.what}", f"{_place(where)}{error.zh}", mend=error.mend or "",
                      mend_zh=error.mend_zh or "") from None  # fmt: skip
    answer: BillAnswer = service.with_bill_checker(lambda checker: checker.check(bill)).result()
    found = [
        Found(str(one.law.text.result), one.law.id, _said(one.law.text.title, lang),
              _told(service, own, one.explanation[lang], lang), one.amount,
              [line.removeprefix("charge_line-") for line in one.lines],
              [_said(words, lang) for words in (*one.law.text.looks_like, *one.law.text.missing)])
        for one in answer.objections
    ]  # fmt: skip
    rank = {"violation": 0, "suspect": 1}
    found.sort(key=lambda one: (rank.get(one.result, 2), -one.amount))
    total = sum(row["amount"] for row in bill.rows["charge_line"])
    return Judged(bill, total, found, len(answer.laws), len(answer.left_out), len(answer.failures))


def group_case(service: Service, text: str, lang: Lang) -> Grouped:
    """The group of a case: one JSON object, or a table with one row. Raises :class:`Refusal`."""
    if service.grouping is None:
        raise Problem(503, "no_pack", "no grouping pack is loaded", "没有载入分组方案包", field="content",
                      mend="the administrator loads one", mend_zh="请由管理员载入分组方案包")  # fmt: skip
    doc = _json(text) if text.lstrip().startswith("{") else _one(table_rows(text, HEADINGS))
    if not isinstance(doc, dict):
        raise Refusal("a case is one JSON object or one row", "病例应为一个 JSON 对象或一行")
    record = _case(doc)
    try:
        told = explain(service.grouping.grouper, encode_records([record]))
    except (YibaoError, ValueError, TypeError) as error:
        raise Refusal(str(error), f"病例无法读取：{error}") from None
    words = Words(service.grouping.grouper.pack, lang, service.grouping.names)
    return Grouped(told.row, list(words.lines(told)), service.grouping.grouper.pack.title)


def table_rows(text: str, headings: Mapping[str, str]) -> list[dict[str, str]]:
    """Rows of a pasted table (CSV, or copied from a spreadsheet), its headings in Chinese or as fields.

    Raises :class:`Refusal` naming the row.
    """
    lines = text.strip().splitlines()
    if len(lines) < 2:
        raise Refusal("row 1: a table has headings and one row or more", "第 1 行：表格应有表头和至少一行数据")
    if len(lines) > MOST_LINES:
        raise Refusal(f"more than {MOST_LINES} rows", f"超过 {MOST_LINES} 行")
    reader = csv.reader(io.StringIO("\n".join(lines)), delimiter="\t" if "\t" in lines[0] else ",")
    head = [headings.get(name.strip(), name.strip()) for name in next(reader)]
    rows = []
    for number, cells in enumerate(reader, start=2):
        if len(cells) != len(head):
            raise Refusal(f"row {number}: {len(cells)} cells, the headings are {len(head)}",
                          f"第 {number} 行：有 {len(cells)} 格，表头是 {len(head)} 格")  # fmt: skip
        rows.append({name: cell.strip() for name, cell in zip(head, cells, strict=True) if cell.strip()})
    return rows


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Refusal(f"row {error.lineno}, column {error.colno}: {error.msg}",
                      f"第 {error.lineno} 行第 {error.colno} 列：不是 JSON（{error.msg}）",
                      mend="see the example below", mend_zh="格式见下面的示例") from None  # fmt: skip


def _one(rows: Sequence[dict[str, str]]) -> dict[str, Any]:
    if len(rows) != 1:
        raise Refusal(f"row 3: one case at a time, not {len(rows)}", f"第 3 行：一次一个病例，现有 {len(rows)} 个")
    return dict(rows[0])


def _case(doc: Mapping[str, Any]) -> dict[str, Any]:
    """A record for the grouper. Raises :class:`Refusal` naming the field."""
    record: dict[str, Any] = {"case_id": "1", **{k: v for k, v in doc.items() if k != "institution_id"}}
    for name in ("diagnoses", "procedures"):
        value = record.get(name, [])
        if isinstance(value, str):
            value = [code for code in value.replace(";", " ").replace("；", " ").replace(",", " ").split() if code]
        if not isinstance(value, list) or not all(isinstance(code, str) and len(code) <= 40 for code in value):
            raise Refusal(f"field {name}: expected a list of codes", f"字段 {name}：应为编码的列表")
        record[name] = value
    if not record["diagnoses"]:
        raise Refusal("field diagnoses: the main diagnosis is missing", "字段 diagnoses：缺少主要诊断")
    if record.get("sex") not in ("0", "1", "2", "9"):
        raise Refusal("field sex: expected 1 (male) or 2 (female)", "字段 sex：应为 1（男）或 2（女）")
    for name in ("age_years", "age_days", "los_days", "birth_weight_g", "icu_hours"):
        if name in record:
            try:
                record[name] = int(str(record[name]))
            except ValueError:
                raise Refusal(f"field {name}: expected a whole number, got {record[name]!r}",
                              f"字段 {name}：应为整数，实为 {record[name]!r}") from None  # fmt: skip
    known = {*_CASE, "age_days", "birth_weight_g", "icu_hours", "department"}
    unknown = [name for name in record if name not in known]
    if unknown:
        names = sorted(known)
        raise Refusal(f"field {unknown[0]}: not known", f"字段 {unknown[0]}：没有此字段",
                      mend=f"known: {', '.join(names)}", mend_zh=f"可用：{'、'.join(names)}")  # fmt: skip
    return record


def _place(where: str) -> str:
    """``lines 3`` in Chinese: 第 3 行明细."""
    name, _, number = where.partition(" ")
    words = {"lines": "明细", "diagnoses": "诊断", "procedures": "手术操作", "encounter": "就诊", "settlement": "结算"}
    if number:
        return f"{words.get(name, name)}第 {number} 行："
    return f"{words[name]}：" if name in words else ""


def _told(service: Service, own: Own, words: str, lang: Lang) -> str:
    """An explanation in the reader's language, in which no other institution is named."""
    told = without_others(service, own, words, lang)
    return in_english(service.in_english, told) if lang == "en" else told


def _said(text: Any, lang: Lang) -> str:
    return str(text.zh if lang == "zh" else text.en)
