"""The national workbook of a grouping scheme, as it was described for DRG 3.0: six sheets, rules that refer to sets.

Sheets: MDC, ADRG, DRG (编码, 名称, 规则, 所属, 排序), 集合 (set, code, type OP procedures or DI diagnoses), CC (code,
name, exclusion set, type MCC or CC) and 排除表 (set, code of a main diagnosis). The workbook has no weights and no
prices. Rules: :mod:`yibao.casemix.pack.ruletext`; one that is not understood leaves its group out and is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from yibao.casemix.pack.conditions import All, Any_, Condition, lists_of
from yibao.casemix.pack.model import Adrg, CodeNote, Drg, Head, Mdc, Modes, Pack
from yibao.casemix.pack.ruletext import RuleTextError, parse_rule
from yibao.casemix.refusals import PackError
from yibao.ledger.codes.sheets import Sheet, open_sheet
from yibao.ledger.refusals import NothingToRead

Rows = list[dict[str, str]]


@dataclass(frozen=True)
class _Group:
    """A row of MDC, ADRG or DRG with its rule."""

    code: str
    name: str
    parent: str
    order: int
    rule: Condition


_GROUPS: Mapping[str, tuple[str, ...]] = {
    "code": ("编码", "代码"), "name": ("名称",), "rule": ("规则",), "parent": ("所属",), "order": ("排序",),
}  # fmt: skip
_SETS = {"set": ("集合", "集合编号", "集合编码"), "code": ("编码", "icd编码", "代码"), "type": ("类型",)}
_CC = {"code": ("编码", "代码"), "name": ("名称",), "set": ("排除表", "排除集合", "排除表编号"), "type": ("类型",)}
_EXCLUDED = {"set": ("排除表", "集合", "排除表编号", "集合编号"), "code": ("编码", "代码")}
#: Sheet -> its columns, those that must be there, and further names of the sheet.
SHEETS: Mapping[str, tuple[Mapping[str, tuple[str, ...]], tuple[str, ...], tuple[str, ...]]] = {
    "MDC": (_GROUPS, ("code", "rule"), ("主要诊断大类",)),
    "ADRG": (_GROUPS, ("code", "rule", "parent"), ("核心组",)),
    "DRG": (_GROUPS, ("code", "rule", "parent"), ("病组",)),
    "集合": (_SETS, ("set", "code", "type"), ("set", "sets")),
    "CC": (_CC, ("code", "set", "type"), ("合并症并发症",)),
    "排除表": (_EXCLUDED, ("set", "code"), ("排除",)),
}
_ENGLISH = {"set": ("set_id",), "type": ("type",), "code": ("code",), "name": ("name",), "rule": ("rule",),
            "parent": ("parent",), "order": ("order",)}  # fmt: skip


def read_workbook(path: Path, head: Head, modes: Modes | None = None) -> Pack:
    """The pack of a workbook; remarks on what was left out are in ``pack.notes``.

    Valid procedures are all codes of its sets of procedures: the workbook has no list of its own for them. Raises
    :class:`PackError` when a sheet or a column is missing, or no category is left.
    """
    rows = {name: _sheet(path, name) for name in SHEETS}
    notes: list[CodeNote] = []
    sets, lists = _sets(rows["集合"], notes)
    understood = {name: list(_understood(rows[name], name, sets, notes)) for name in ("MDC", "ADRG", "DRG")}
    if not understood["MDC"]:
        raise PackError("no category has a rule that is understood", where=path.name, zh="没有可识别规则的主要诊断大类")
    drgs = {one.code: Drg(one.code, one.parent, one.order, one.rule, one.name) for one in understood["DRG"]}
    adrgs = {one.code: _adrg(one, understood["DRG"]) for one in understood["ADRG"]}
    mdcs = [Mdc(one.code, one.order, one.rule, _members(one, understood["ADRG"]), None, one.name)
            for one in understood["MDC"]]  # fmt: skip
    procedures = {code: "" for name, kind in sets.items() if kind == "OP" for code in lists[name]}
    rules = [one.rule for groups in understood.values() for one in groups]
    asked = {name for rule in rules for _, name in lists_of(rule)}
    return Pack(
        head=head,
        modes=modes or Modes(),
        mdcs=tuple(sorted(mdcs, key=lambda mdc: mdc.order)),
        adrgs=adrgs,
        drgs=drgs,
        lists={name: codes for name, codes in lists.items() if name in asked},
        complications=_complications(rows["CC"], notes),
        exclusions=_exclusions(rows["排除表"]),
        valid_procedures=procedures,
        names={row["code"]: row["name"] for sheet in ("MDC", "ADRG", "DRG") for row in rows[sheet] if row["name"]},
        notes=tuple(notes),
    )


def _sheet(path: Path, name: str) -> Rows:
    """A sheet's rows by column; a column that is not there is empty in every row."""
    columns, needed, also = SHEETS[name]
    known = {heading.casefold(): column for column in columns for heading in (*columns[column], *_ENGLISH[column])}
    sheet = next((found for title in (name, *also) if (found := _open(path, title, known)) is not None), None)
    if sheet is None:
        raise PackError(
            f"the workbook has no sheet {name}", where=path.name, mend=f"its six sheets are {', '.join(SHEETS)}",
            zh=f"工作簿没有工作表 {name}", mend_zh=f"应有六个工作表：{'、'.join(SHEETS)}",
        )  # fmt: skip
    cells = [cell.casefold() for cell in sheet.header.cells]
    places = {known[cell]: at for at, cell in reversed(list(enumerate(cells))) if cell in known}
    missing = [column for column in needed if column not in places]
    if missing:
        said = "、".join(columns[column][0] for column in missing)
        raise PackError(f"the sheet {name} lacks {said}", where=path.name, zh=f"工作表 {name} 缺少列 {said}")
    records = sheet.records(places, dict.fromkeys(places, "code")).columns
    texts = {column: records[column].to_pylist() for column in places}
    rows = [{column: (texts[column][i] or "").strip() if column in texts else "" for column in columns}
            for i in range(records.num_rows)]  # fmt: skip
    return [row for row in rows if row["code"]]


def _open(path: Path, title: str, known: Mapping[str, str]) -> Sheet | None:
    try:
        return open_sheet(path, lambda cell: cell.casefold() in known, title)
    except NothingToRead:
        return None


def _sets(rows: Rows, notes: list[CodeNote]) -> tuple[dict[str, str], dict[str, Sequence[str]]]:
    kinds: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    for row in rows:
        kind = row["type"].upper()
        if kinds.setdefault(row["set"], kind) != kind:
            notes.append(CodeNote("set_of_both", f"集合 {row['set']}", kind))
        lists.setdefault(row["set"], []).append(row["code"])
    return kinds, dict(lists)


def _understood(rows: Rows, sheet: str, sets: Mapping[str, str], notes: list[CodeNote]) -> Iterator[_Group]:
    """Groups whose rule is understood; the others are noted and left out."""
    for place, row in enumerate(rows, start=1):
        try:
            rule = parse_rule(row["rule"], sets)
        except RuleTextError as error:
            notes.append(CodeNote("rule_not_understood", f"{sheet} {row['code']}", f"{row['rule']}: {error}"))
        else:
            yield _Group(row["code"], row["name"], row["parent"], _order(row, place), rule)


def _order(row: Mapping[str, str], place: int) -> int:
    text = row["order"].removesuffix(".0")
    return int(text) if text.isdigit() else place


def _adrg(one: _Group, drgs: Sequence[_Group]) -> Adrg:
    entry = one.rule if isinstance(one.rule, All | Any_) else All((one.rule,))
    return Adrg(one.code, one.parent, one.order, _kind(one.code), entry, _members(one, drgs), one.name)


def _members(parent: _Group, groups: Sequence[_Group]) -> tuple[str, ...]:
    """The groups of a parent, in the order in which they are tried."""
    own = [one for one in groups if one.parent == parent.code]
    return tuple(one.code for one in sorted(own, key=lambda one: one.order))


def _kind(code: str) -> str:
    """Surgical, procedure or medical, by the second letter of the code."""
    letter = code[1:2].upper()
    return "surgical" if "A" <= letter <= "J" else "procedure" if "K" <= letter <= "Q" else "medical"


def _complications(rows: Rows, notes: list[CodeNote]) -> dict[str, tuple[str, str | None]]:
    found: dict[str, tuple[str, str | None]] = {}
    for row in rows:
        level = row["type"].upper()
        if level not in ("MCC", "CC"):
            notes.append(CodeNote("cc_level_unknown", f"CC {row['code']}", row["type"]))
        else:
            found.setdefault(row["code"], (level, row["set"] or None))
    return found


def _exclusions(rows: Rows) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        if row["set"] not in found.get(row["code"], ()):
            found[row["code"]] = (*found.get(row["code"], ()), row["set"])
    return found
