"""Rows that are not accepted, each with where it stands, what is wrong with it and what was expected."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from yibao.engine.schema import Table
from yibao.ledger.belonging import PARENTS
from yibao.ledger.duck import connect
from yibao.ledger.sources import Input, Reject, place_of
from yibao.ledger.typing_sql import WHOLE, text_sql

#: One row per problem; ``sequence`` counts the problems of one record from 1: the rows with sequence 1 are the records.
#: ``row`` is the line (or record) in the file; ``field`` the file's own name of the column; ``raw`` the record as it
#: came (JSON by field, or the text of the line when it is no record); ``amount`` its money in minor units, if readable;
#: ``ref_id`` its key (parts joined by a bar); ``institution_id`` whose it is, or ``parent_id`` the encounter, bill or
#: report that tells.
SCHEMA = pa.schema(
    {
        "file": pa.string(),
        "row": pa.int64(),
        "sequence": pa.int64(),
        "table_name": pa.string(),
        "column_name": pa.string(),
        "field": pa.string(),
        "value": pa.string(),
        "code": pa.string(),
        "expected_zh": pa.string(),
        "expected_en": pa.string(),
        "raw": pa.string(),
        "amount": pa.int64(),
        "batch_id": pa.string(),
        "ref_id": pa.string(),
        "institution_id": pa.string(),
        "parent_id": pa.string(),
    }
)

#: Code -> what was expected, in Chinese and English.
EXPECTED = {
    "too_few_cells": ("每行的列数与表头相同", "as many cells as the header has columns"),
    "too_many_cells": (
        "每行的列数与表头相同；含逗号的值须加引号",
        "as many cells as the header; commas in quotes",
    ),
    "bad_quoting": ("引号成对，值内的引号写两遍", "quotes in pairs, and doubled inside a value"),
    "bad_line_end": ("行末为 LF 或 CRLF，值内没有回车符", "lines that end in LF or CRLF, without CR inside values"),
    "missing_value": ("必填", "a value (the column is required)"),
    "not_money": (
        "金额：元，小数不超过 {digits} 位，整数不超过 {whole} 位，如 123.45",
        "an amount as 123.45: at most {digits} decimals, at most {whole} digits before them",
    ),
    "not_milli": (
        "数量：小数不超过 3 位，整数不超过 {whole} 位，如 1.5",
        "a quantity as 1.5: at most 3 decimals, at most {whole} digits before them",
    ),
    "not_micro": (
        "单价：小数不超过 6 位，整数不超过 {whole} 位，如 12.3456",
        "a unit price as 12.3456: at most 6 decimals, at most {whole} digits before them",
    ),
    "not_rate": (
        "比例：小数不超过 4 位，整数不超过 {whole} 位，如 0.1",
        "a ratio as 0.1: at most 4 decimals, at most {whole} digits before them",
    ),
    "not_int": ("整数", "a whole number"),
    "not_date": ("存在的日期，如 2025-01-31", "a date that exists, such as 2025-01-31"),
    "not_time": ("存在的时刻，如 2025-01-31 08:30:00", "a time that exists, such as 2025-01-31 08:30:00"),
    "not_bool": ("1 或 0", "1 or 0"),
    "unknown_code": ("代码之一：{codes}", "one of the codes {codes}"),
    "below_min": ("不小于 {min}", "no less than {min}"),
    "above_max": ("不大于 {max}", "no more than {max}"),
    "lost_digits": (
        "编号存为文本：数值最多保留 15 位，丢失的数字找不回来",
        "an id stored as text: a number keeps 15 digits, the lost ones cannot be told",
    ),
    "error_cell": ("一个值，而不是公式错误", "a value, not the error of a formula"),
    "no_value": ("公式的计算结果；请在表格软件中重算后保存", "the formula's result: recalculate and save the workbook"),
    "merged_cell": (
        "每个单元格一个值；请拆分合并单元格并逐行填写",
        "a value in each cell: split merged cells and fill them",
    ),
    "date_as_text": (
        "文本；表格软件把它变成了日期，请设为文本格式后重填",
        "text: the spreadsheet made a date of it; format the column as text and fill it in again",
    ),
    "superseded": ("现行版本；这是已被取代或撤回的版本", "the version in force; this one was superseded or withdrawn"),
    "cancelled": ("有效的记录；这条已作废", "a record in force; this one was cancelled"),
    "test_record": ("真实业务的记录；这条是测试数据", "a record of real work; this one is a test"),
    "summary_row": ("单条记录；这行是小计或合计", "one record; this row is a subtotal or total"),
    "out_of_scope": ("属于本来源范围的记录", "a record that this source is about"),
    "bad_segment": (
        "索赔之内的 837 段；有多余或残缺的段，整个交易集不入库",
        "segments of an 837, each where it belongs; a set with a broken or stray segment is not taken",
    ),
    "envelope_count": (
        "SE、GE、IEA 段齐全，计数和控制号与所封内容一致；不一致即有丢失，请整份重发",
        "SE, GE and IEA that are there and count what they close; what does not add up lost something: send it again",
    ),
    "no_claim": (
        "交易集中至少一件索赔（CLM）；可能被截断，请整份重发",
        "a claim (CLM) at least: the set or interchange may have been cut off, send it again",
    ),
    "no_original": (
        "被替换的原索赔也在这些文件中；否则请发作废（频率代码 8）和新索赔（1）",
        "the original of a replacement in the same files; otherwise send a void (frequency 8) and a new claim (1)",
    ),
    "other_currency": ("与其他金额相同的币种", "the currency of the other amounts"),
    "bad_json": ("一个完整的 JSON 值", "one whole JSON value"),
    "bad_structure": ("FHIR 规定的结构：此处的列表或对象", "the structure of FHIR: a list or an object in this place"),
    "no_resource": ("带 resourceType 的 FHIR 资源", "a FHIR resource with its resourceType"),
    "no_id": ("资源的 id（或 Bundle 中的 fullUrl）", "an id (or a fullUrl in its Bundle)"),
    "claim_status": (
        "状态 active；草稿、已取消或误录的不入库",
        "the status active; drafts, cancelled and mistaken ones are not taken",
    ),
    "claim_use": ("已发生的索赔（use = claim）", "a claim for what was done (use = claim)"),
    "claim_outcome": ("已审定的结果（complete 或 partial）", "an outcome that was decided (complete or partial)"),
    "answered": (
        "未被赔付说明答复的索赔；已有 ExplanationOfBenefit，以其为准",
        "a claim that no ExplanationOfBenefit answers: the answer is taken in its place",
    ),
    "no_currency": ("写明币种的金额（Money.currency）", "amounts that name their currency (Money.currency)"),
    "span_overlap": (
        "同一编码的有效期互不重叠；先结束旧的一段（--end-previous）",
        "spans of validity of one code that do not overlap; end the earlier span first (--end-previous)",
    ),
    "key_conflict": (
        "同一主键（{key}）只有一个版本；更正用冲销记录，或以 --corrections 入库（目录导入用 --correct）",
        "one version of a record ({key}); correct it by a reversal record, or ingest with --corrections "
        "(a catalogue: import with --correct)",
    ),
}


class Quarantine:
    """Collects the quarantined rows of a batch in one Parquet file, written as they come."""

    def __init__(self, path: Path, batch_id: str, digits: int) -> None:
        self.path = path
        self.reasons: Counter[str] = Counter()
        self._batch_id = batch_id
        self._digits = digits
        self._writer: pq.ParquetWriter | None = None

    def rows(self, table: Table, item: Input, found: pa.Table) -> None:
        """Rows of ``item``: ``_row``, ``_amount``, ``problems`` (list of column, code, value) and their raw columns."""
        records: list[dict[str, Any]] = []
        for row in found.to_pylist():
            (file, at), amount, problems = place_of(item, row.pop("_row")), row.pop("_amount"), row.pop("problems")
            raw = json.dumps(
                {item.fields.get(k, k): v for k, v in row.items() if v is not None}, ensure_ascii=False, default=str
            )
            whose = {
                "ref_id": "|".join(str(row.get(name) or "") for name in table.key),
                "institution_id": row.get("institution_id") or None,
                "parent_id": next((row[name] for name in PARENTS if row.get(name)), None),
            }
            for sequence, problem in enumerate(problems, 1):
                column = problem["column"]
                zh, en = self._expected(table, column, problem["code"])
                records.append(
                    {
                        "file": file,
                        "row": at,
                        "sequence": sequence,
                        "table_name": table.name,
                        "column_name": column,
                        "field": item.fields.get(column, column),
                        "value": problem["value"],
                        "code": problem["code"],
                        "expected_zh": zh,
                        "expected_en": en,
                        "raw": raw,
                        "amount": amount,
                        "batch_id": self._batch_id,
                        **whose,
                    }
                )
            self.reasons[problems[0]["code"]] += 1
        self._write(records)

    def rejects(self, table: Table, item: Input, rejects: Sequence[Reject]) -> None:
        """Records that could not even be split into columns."""
        records = []
        for reject in rejects:
            zh, en = EXPECTED[reject.code]
            file, at = place_of(item, reject.row)
            records.append(
                {
                    "file": file,
                    "row": at,
                    "sequence": 1,
                    "table_name": table.name,
                    "column_name": reject.column,
                    "value": reject.value,
                    "code": reject.code,
                    "expected_zh": zh,
                    "expected_en": en,
                    "raw": reject.raw,
                    "batch_id": self._batch_id,
                }
            )
            self.reasons[reject.code] += 1
        self._write(records)

    def close(self) -> bool:
        """Finish the file; whether there is one."""
        if self._writer is None:
            return False
        self._writer.close()
        return True

    def first(self) -> dict[str, Any]:
        """The first record of a file that was closed."""
        row: dict[str, Any] = pq.read_table(self.path).slice(0, 1).to_pylist()[0]
        return row

    def _write(self, records: Sequence[Mapping[str, Any]]) -> None:
        if records:
            if self._writer is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._writer = pq.ParquetWriter(self.path, SCHEMA, compression="zstd")
            self._writer.write_table(pa.Table.from_pylist(list(records), schema=SCHEMA))

    def _expected(self, table: Table, column: str | None, code: str) -> tuple[str, str]:
        if code not in EXPECTED:
            check = next(check for check in table.checks if check.code == code)
            return check.zh, check.en
        about = table.by_name.get(column or "")
        words = {
            "digits": self._digits,
            "whole": WHOLE.get(about.type) if about else "",
            "codes": ", ".join(c.value for c in about.codes) if about else "",
            "min": about.min if about else "",
            "max": about.max if about else "",
            "key": ", ".join(table.key),
        }
        zh, en = EXPECTED[code]
        return zh.format(**words), en.format(**words)


def conflicts_as_text(table: Table, rows: pa.Table, number: int, digits: int) -> pa.Table:
    """Typed rows of input ``number`` that contradict another version, as :meth:`Quarantine.rows` takes them."""
    names = [name for name in rows.column_names if not name.startswith("_")]
    texts = [
        f'{text_sql(table.by_name[name], digits)} as "{name}"' if name in table.by_name else f'"{name}"'
        for name in names
    ]
    key = f"concat_ws('|', {', '.join(table.key)})"
    problem = f"[{{'column': '{table.key[0]}', 'code': 'key_conflict', 'value': {key}}}]"
    with connect() as engine:
        engine.register("conflicts", rows)
        return engine.execute(
            f"select {', '.join(texts)}, _row, _amount, {problem} as problems "
            f"from conflicts where _input = {number} order by _place"
        ).to_arrow_table()
