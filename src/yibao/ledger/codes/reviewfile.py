"""The review file: a workbook (or CSV) in which a clerk decides on suggestions, one row per local code.

The clerk writes into the first three columns only: the number of a candidate (or 0: none fits), another code instead,
and a remark. An empty decision leaves the code undecided. The file is read back by :func:`read_review`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from yibao.ledger.codes.decisions import Decision
from yibao.ledger.codes.sheets import open_sheet
from yibao.ledger.codes.worklist import Task
from yibao.ledger.raw import Role
from yibao.ledger.refusals import HeaderRefused, UnreadableFile

Lang = Literal["zh", "en"]
#: Candidates that a row shows.
SHOWN = 5

#: Name -> heading (Chinese, English), width in characters.
COLUMNS: dict[str, tuple[str, str, int]] = {
    "choice": ("决定（1–5，0＝无对应）", "decision (1-5, 0 = none fits)", 11),
    "other": ("改用编码", "another code instead", 14),
    "reason": ("备注", "remark", 14),
    "code": ("本地编码", "local code", 14),
    "name": ("本地名称", "local name", 28),
    "institution": ("机构", "institution", 12),
    "system": ("编码体系", "system", 8),
    "rows": ("使用次数", "rows", 9),
    "money": ("金额", "money", 14),
    "doubt": ("提示", "note", 12),
}
_CANDIDATE = {"code": ("候选{n}编码", "candidate {n} code", 18), "name": ("候选{n}名称", "candidate {n} name", 34)}
_CANDIDATE |= {"score": ("候选{n}相似度", "candidate {n} score", 9), "why": ("候选{n}理由", "candidate {n} why", 30)}
_NOTES = {"ambiguous": ("难分，请细看", "close call"), "none": ("无候选", "no candidate")}
_HOW = {
    "zh": (
        "如何填写",
        "每行一个本地编码，按金额从大到小排列。只填前三列，其余请勿改动。",
        "决定：填候选的序号 1–5 表示采用；填 0 表示没有对应的国家编码；留空表示暂不决定，可分多次填写、多次导入。",
        "改用编码：候选都不对、但您知道正确编码时，在此填写国家编码（此时“决定”留空）。",
        "备注：可写理由；填 0 时建议写明。",
        "提示“难分”的行前两名候选相差无几，请核对规格、部位、分型后再定。",
        "填好后：yibao catalogue map import 账本 本文件 --kind {kind} --by 姓名",
    ),
    "en": (
        "How to fill this in",
        "One row per local code, those that carry most money first. Fill in the first three columns only.",
        "Decision: the number of a candidate, 1-5, accepts it; 0 says that no national code fits; empty leaves it "
        "open. You may fill in some rows now and others later.",
        "Another code instead: when no candidate is right and you know the national code (leave the decision empty).",
        "Remark: why; please say it with 0.",
        "A close call has two candidates that the score cannot tell apart: check strength, side, type.",
        "Then: yibao catalogue map import LEDGER THIS_FILE --kind {kind} --by NAME",
    ),
}

_FORMULA = ("=", "+", "-", "@")


def write_review(path: Path, kind: str, tasks: Sequence[Task], lang: Lang, money_digits: int = 2) -> None:
    """Write the tasks to a ``.xlsx`` or ``.csv`` file. Raises a refusal for another ending."""
    lower = path.name.lower()
    headings = [_word(words, lang) for _, words in _headings()]
    rows = (_cells(task, lang, money_digits) for task in tasks)
    if lower.endswith(".csv"):
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(headings)
            writer.writerows([_guarded(cell) for cell in row] for row in rows)
    elif lower.endswith(".xlsx"):
        _write_book(path, kind, headings, rows, lang)
    else:
        raise UnreadableFile(
            "a review file ends in .xlsx or .csv", where=path.name, zh="审核文件应以 .xlsx 或 .csv 结尾"
        )


def read_review(path: Path) -> list[Decision]:
    """The decisions of a filled-in file, in its order; rows without any are left out.

    A decision that cannot be read has the target that was written, which no list has. Raises
    :class:`HeaderRefused` when the file is not a review file.
    """
    known = {_plain(word): name for name, words in _headings() for word in words[:2]}
    sheet = open_sheet(path, lambda cell: _plain(cell) in known)
    found: dict[str, int] = {}
    for place, heading in enumerate(sheet.header.cells):
        found.setdefault(known.get(_plain(heading), ""), place)
    found.pop("", None)
    needed = [name for name in ("choice", "code", "system") if name not in found]
    if needed:
        raise HeaderRefused(
            f"this is no review file: it has no column {COLUMNS[needed[0]][1]!r}",
            where=sheet.header.where,
            mend="write one with `yibao catalogue map export`, and fill in its first three columns",
            zh=f"这不是审核文件：没有列“{COLUMNS[needed[0]][0]}”",
            mend_zh="请用 `yibao catalogue map export` 生成，只填前三列",
        )
    roles: dict[str, Role] = dict.fromkeys(found, "text")
    records = sheet.records(found, roles)
    numbers = records.rows.tolist()
    return [
        decision
        for number, row in zip(numbers, records.columns.to_pylist(), strict=True)
        if (decision := _decision({k: _unguarded(v or "") for k, v in row.items()}, number)) is not None
    ]


def _decision(row: dict[str, str], number: int) -> Decision | None:
    choice, other = row["choice"], row.get("other", "")
    key = (row["system"], row.get("institution") or None, row["code"])
    reason = row.get("reason") or None
    if not choice and not other:
        return None
    if other and not choice:
        return Decision(key, True, other, reason, number)
    if choice == "0" and not other:
        return Decision(key, False, None, reason, number)
    target = row.get(f"{choice} code") if choice.isdigit() and not other else None
    return Decision(key, True, target or None, reason, number)


def _headings() -> Iterator[tuple[str, tuple[str, str, int]]]:
    """Name and (Chinese, English, width) of every column, in order."""
    yield from COLUMNS.items()
    for n in range(1, SHOWN + 1):
        for part, (zh, en, width) in _CANDIDATE.items():
            yield f"{n} {part}", (zh.format(n=n), en.format(n=n), width)


def _cells(task: Task, lang: Lang, digits: int) -> list[Any]:
    system, institution, code = task.key
    doubt = "none" if not task.candidates else "ambiguous" if task.candidates[0]["is_ambiguous"] else None
    money = None if task.money is None else Decimal(task.money).scaleb(-digits)
    cells: list[Any] = [None, None, None, code, task.name, institution, system, task.rows, money]
    cells.append(_word(_NOTES[doubt], lang) if doubt else None)
    for candidate in task.candidates[:SHOWN]:
        percent = f"{candidate['similarity_ppm'] / 10_000:.1f}%"
        cells += [candidate["to_code"], candidate["to_name"], percent, candidate[f"why_{lang}"]]
    return cells + [None] * (len(COLUMNS) + SHOWN * len(_CANDIDATE) - len(cells))


def _write_book(path: Path, kind: str, headings: Sequence[str], rows: Iterator[Sequence[Any]], lang: Lang) -> None:
    import xlsxwriter  # only when a workbook is written

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet("待审" if lang == "zh" else "review")
        head = book.add_format({"bold": True, "bg_color": "#E8EDF2", "text_wrap": True, "valign": "top", "border": 1})
        fill = book.add_format({"num_format": "@", "bg_color": "#FFF8E1", "border": 1, "border_color": "#D9CFA8"})
        text = book.add_format({"num_format": "@", "valign": "top"})
        wrap = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        money = book.add_format({"num_format": "#,##0.00", "valign": "top"})
        count = book.add_format({"num_format": "#,##0", "valign": "top"})
        note = book.add_format({"font_color": "#B45309", "valign": "top", "text_wrap": True})
        formats = {"choice": fill, "other": fill, "reason": fill, "money": money, "rows": count, "doubt": note}
        columns = list(_headings())
        for place, (name, (_, _, width)) in enumerate(columns):
            plain = wrap if name.endswith(("name", "why")) else text
            sheet.set_column(place, place, width, formats.get(name, plain))
        sheet.set_row(0, 32)
        sheet.write_row(0, 0, headings, head)
        last = 0
        for last, row in enumerate(rows, 1):
            for place, cell in enumerate(row):
                if cell is not None:
                    sheet.write(last, place, cell)
                elif place < 3:
                    sheet.write_blank(last, place, None, fill)
        # What is written and what it is about stay in sight while the candidates are scrolled.
        sheet.freeze_panes(1, 5)
        sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)
        sheet.data_validation(1, 0, max(last, 1), 0, {"validate": "list", "source": list("123450")})
        how = book.add_worksheet("说明" if lang == "zh" else "how to")
        how.set_column(0, 0, 100, wrap)
        title, *lines = (line.format(kind=kind) for line in _HOW[lang])
        how.write(0, 0, title, head)
        for place, line in enumerate(lines, 1):
            how.write(place, 0, line)


def _guarded(cell: Any) -> Any:
    """A cell of a CSV that no spreadsheet takes for a formula."""
    return "" if cell is None else f"'{cell}" if isinstance(cell, str) and cell[:1] in _FORMULA else cell


def _unguarded(cell: str) -> str:
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA else text


def _word(words: Sequence[Any], lang: Lang) -> str:
    return str(words[0] if lang == "zh" else words[1])


def _plain(heading: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"（.*?）|\(.*?\)", "", heading)).casefold()
