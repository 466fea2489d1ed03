"""What an institution is asked to mend: one workbook and one CSV for each, in its own field names.

A row is one cell to mend: either a record that was not taken in (quarantine) or one in the ledger that a quality law
rejects. A file holds rows of its institution only; what belongs to none goes into a file of its own for the bureau.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yibao.engine.schema import Table, Tables
from yibao.ledger.belonging import PARENTS
from yibao.ledger.storage import Ledger
from yibao.presentation.fmt import Format
from yibao.presentation.quality.values import as_sent, column_of
from yibao.presentation.workbook import Field, Workbook, write_csv

#: The name of the file with what belongs to no institution.
UNASSIGNED = "_unassigned"

Row = dict[str, Any]

FIELDS = (
    Field("number", "序号", "no.", "count", 6),
    Field("severity", "程度", "severity", width=14),
    Field("state", "状态", "state", "long", width=18),
    Field("table", "表", "table", "long", width=16),
    Field("place", "文件与行号", "file and row", "long", width=22),
    Field("key", "记录", "record", "long", width=40),
    Field("person_id", "人员编号", "person", "long", width=24),
    Field("occurred_on", "日期", "date", "date", 12),
    Field("field", "字段", "field", "long", width=22),
    Field("label", "字段名称", "field name", "long", width=22),
    Field("value", "所见值", "value seen", "long", width=24),
    Field("problem", "问题", "what is wrong", "long", 38),
    Field("expected_zh", "应为", "expected (Chinese)", "long", 40),
    Field("expected_en", "应为（英文）", "expected", "long", 40),
    Field("row_count", "涉及行数", "rows", "count", 10),
    Field("amount", "涉及金额", "money", "money", 15),
    Field("law_id", "规则", "law", width=18),
    Field("deadline", "整改期限", "deadline", width=13),
    Field("reply", "处理结果", "reply", width=24),
)
_SEVERITY = {"error": "错误 error", "warning": "提示 warning"}
_NOT_TAKEN = {
    False: "该值不符合要求，整条记录未入库\nthe value cannot be taken, nor the record that holds it",
    True: "整条记录无法读取\nthe record cannot be read",
}
_STATES = {"quarantine": "未入库 not taken in", "ledger": "已入库 in the ledger"}


@dataclass(frozen=True)
class FeedbackFile:
    """One institution's file: who, where, and how much it holds."""

    institution_id: str | None
    xlsx: Path
    csv: Path
    rows: int
    quarantined: int
    amount: int


def write_feedback(
    ledger: Ledger,
    run_dir: Path,
    laws: Mapping[str, Any],
    folder: Path,
    names: Mapping[str, str],
    only: Collection[str] = (),
) -> list[FeedbackFile]:
    """Write a workbook and a CSV for every institution with something to mend, or for those of ``only``.

    ``names`` are institutions' names by id; ``laws`` by id give the words. Returns the files, most rows first.
    """
    tables = ledger.tables()
    quarantined: dict[str | None, list[Row]] = defaultdict(list)
    fields: dict[tuple[str, str], str] = {}
    for row in _quarantined(ledger, tables):
        quarantined[row["institution_id"]].append(row)
        if row["field"]:
            fields[row["table_name"], row["column_name"]] = row["field"]
    path = run_dir / "quality_issue.parquet"
    issues = pq.read_table(path) if path.exists() else tables["quality_issue"].empty()
    concerned = {*quarantined, *issues.column("institution_id").unique().to_pylist()}
    folder.mkdir(parents=True, exist_ok=True)
    stems = _stems([i for i in concerned if not only or i in only])
    # One institution at a time: all rows of a large ledger need not be in memory as Python objects at once.
    files = []
    for institution, stem in stems.items():
        own = issues.filter(_is(issues, institution))
        rows = [*quarantined[institution], *_issues(own, laws, tables, fields, ledger.currency)]
        name = names.get(institution or "", "")
        files.append(_write(folder / stem, institution, name, rows, ledger.currency, laws))
    return sorted(files, key=lambda file: (-file.rows, file.institution_id or ""))


def _quarantined(ledger: Ledger, tables: Tables) -> Iterator[Row]:
    """Records that the ledger lacks, one row for each fault, with the institution that they or their parents name."""
    rows = ledger.quarantine().to_pylist()
    mended = _taken_in(ledger, rows, tables)
    rows = [row for row in rows if (row["table_name"], row["ref_id"]) not in mended or row["code"] == "key_conflict"]
    owners = _owners(ledger, rows, tables)
    for row in rows:
        table = tables[row["table_name"]]
        column = table.by_name.get(row["column_name"] or "")
        yield {
            **row,
            "institution_id": row["institution_id"] or owners.get((row["table_name"], row["parent_id"])),
            "source": "quarantine",
            "severity": "error",
            "table": _table_words(table),
            "place": f"{row['file']} : {row['row']}",
            "key": _key_words(table, row["ref_id"]),
            "label": f"{column.zh} {column.en}" if column else "",
            "problem": _NOT_TAKEN[column is None],
            "row_count": 1,
            "amount": row["amount"] if row["sequence"] == 1 else 0,
            "law_id": row["code"],
        }


def _taken_in(ledger: Ledger, rows: Sequence[Row], tables: Tables) -> set[tuple[str, str]]:
    """Tables and keys of quarantined records that the ledger holds by now, because they were mended and sent again."""
    found: set[tuple[str, str]] = set()
    for name in {row["table_name"] for row in rows}:
        key = tables[name].key
        first = {row["ref_id"].split("|")[0] for row in rows if row["table_name"] == name and row["ref_id"]}
        if tables[name].by_name[key[0]].type == "text" and first:
            held = ledger.rows(name, key[0], sorted(first)).select(list(key)).to_pylist()
            found |= {(name, "|".join(str("" if v is None else v) for v in row.values())) for row in held}
    return found


def _owners(ledger: Ledger, rows: Sequence[Row], tables: Tables) -> dict[tuple[str, str], str]:
    """Institution of a quarantined record by its table and parent, where the parent is in the ledger."""
    found: dict[tuple[str, str], str] = {}
    for name in {row["table_name"] for row in rows}:
        column = next((c for c in PARENTS if c in tables[name].by_name), None)
        wanted = {
            r["parent_id"] for r in rows if r["table_name"] == name and r["parent_id"] and not r["institution_id"]
        }
        if column and wanted:
            for parent in ledger.rows(PARENTS[column][0], column, sorted(wanted)).to_pylist():
                found[name, parent[column]] = parent["institution_id"]
    return found


def _is(issues: pa.Table, institution: str | None) -> pa.ChunkedArray:
    column = issues.column("institution_id")
    return pc.is_null(column) if institution is None else pc.fill_null(pc.equal(column, institution), False)


def _issues(
    issues: pa.Table, laws: Mapping[str, Any], tables: Tables, fields: Mapping[tuple[str, str], str], code: str
) -> Iterator[Row]:
    for row in issues.to_pylist():
        table, law = tables.get(row["table_name"]), laws.get(row["law_id"])
        column = column_of(table, row["column_name"])
        known = fields.get((row["table_name"], row["column_name"]))
        notes = [part for part in (law.title["zh"] if law else "", row["note_zh"], row["note_en"]) if part]
        yield {
            **row,
            "source": "ledger",
            "table": _table_words(table) if table else row["table_name"],
            "key": _key_words(table, row["ref_id"]) if table else row["ref_id"],
            "field": known or (column.national if column and column.national else row["column_name"]),
            "label": f"{column.zh} {column.en}" if column else "",
            "value": as_sent(column, row["value"], code),
            "problem": "\n".join(notes),
            "expected_zh": law.expected["zh"] if law and law.expected else "",
            "expected_en": law.expected["en"] if law and law.expected else "",
        }


def _table_words(table: Table) -> str:
    return f"{table.title['zh']} {table.national or table.name}"


def _key_words(table: Table, ref_id: str | None) -> str:
    """A row's key in the sender's field names, a line each, as ``mdtrt_id = …``; other references stay as they are."""
    parts = (ref_id or "").split("|")
    if not ref_id or len(parts) != len(table.key):
        return ref_id or ""
    return "\n".join(
        f"{table.by_name[name].national or name} = {part}" for name, part in zip(table.key, parts, strict=True)
    )


def _write(
    stem: Path, institution: str | None, name: str, rows: list[Row], code: str, laws: Mapping[str, Any]
) -> FeedbackFile:
    ordered = sorted(rows, key=_order)
    shown = [
        {**row, "number": i, "severity": _SEVERITY[row["severity"]], "state": _STATES[row["source"]]}
        for i, row in enumerate(ordered, 1)
    ]
    xlsx, csv = stem.with_name(stem.name + ".xlsx"), stem.with_name(stem.name + ".csv")
    with Workbook(xlsx, code) as book:
        book.words(
            "汇总 summary",
            f"{name or institution or '未归属机构 no institution'}",
            _summary(institution, rows, code, laws),
        )
        book.sheet("待改 to mend", FIELDS, shown)
    write_csv(csv, FIELDS, shown, code)
    records = sum(row["source"] == "quarantine" and row["sequence"] == 1 for row in rows)
    return FeedbackFile(institution, xlsx, csv, len(rows), records, sum(abs(row["amount"] or 0) for row in rows))


def _order(row: Row) -> tuple[Any, ...]:
    """Errors first, then most money; records that were not taken in before those that were."""
    key = tuple(str(row[k] or "") for k in ("law_id", "table_name", "ref_id", "column_name"))
    return (row["severity"] != "error", row["source"] != "quarantine", -abs(row["amount"] or 0), *key)


def _summary(institution: str | None, rows: Sequence[Row], code: str, laws: Mapping[str, Any]) -> list[tuple[str, str]]:
    zh, en = Format("zh", code), Format("en", code)
    money = sum(abs(row["amount"] or 0) for row in rows)
    lines = [
        ("机构编号 institution", institution or ""),
        ("待改 to mend", f"{len(rows):,}；错误 errors {sum(r['severity'] == 'error' for r in rows):,}"),
        ("各行金额合计 money, all rows", f"{zh.money(money)}  {en.money(money)}"),
        ("", "一条记录有几个问题时重复计入。A record with several faults counts in each of them."),
        ("", ""),
        (
            "怎样改 how to mend",
            "“待改”表每行一个问题：按“记录”找到原始记录，核对“字段”的“所见值”，改成“应为”所说的内容，重新上传；"
            "在“处理结果”中写明。未入库的记录改后再传即可；已入库的须以冲正（退费）记录或更正批次更改。",
        ),
        (
            "",
            "Each row of the sheet “to mend” is one fault: find the record, check the value of the field, put in what"
            " is expected and send it again; say so under “reply”. Records that were not taken in are just sent again;"
            " those in the ledger are changed by a reversal record or a correction.",
        ),
        ("本文件 this file", "只含本机构自己报送的数据。Holds data that this institution sent, and nothing else."),
        ("", ""),
    ]
    counts = Counter((row["source"], row["law_id"]) for row in rows)
    for (source, law_id), number in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        law = laws.get(law_id) if source == "ledger" else None
        words = f"{law.title['zh']} · {law.title['en']}" if law else _STATES[source]
        lines.append((f"{law_id}  × {number:,}", words))
    return lines


def _stems(institutions: Collection[str | None]) -> dict[str | None, str]:
    """File names without suffix: the id where it is a name that every file system takes, made so where it is not."""
    stems: dict[str | None, str] = {}
    for institution in sorted(institutions, key=lambda i: i or ""):
        stem = re.sub(r"[^\w.-]", "_", institution).lstrip("._") or "_" if institution else UNASSIGNED
        taken = {name.lower() for name in stems.values()}
        number = 2
        while stem.lower() in taken:
            stem, number = f"{stem.rpartition('~')[0] or stem}~{number}", number + 1
        stems[institution] = stem
    return stems
