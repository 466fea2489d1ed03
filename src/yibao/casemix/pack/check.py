"""Whether a pack is as it should be: what is missing, cannot be reached, is never asked, or is outside the code tables.

Nothing here stops a pack from being evaluated; what does is refused when it is loaded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Literal

from yibao.casemix.codes import Kind
from yibao.casemix.pack.conditions import DIAGNOSES, lists_of
from yibao.casemix.pack.model import Pack
from yibao.casemix.pack.reach import out_of_reach

#: So many codes of a list are named.
EXAMPLES = 5


@dataclass(frozen=True)
class Finding:
    """One remark on a pack; ``value`` is what it is about, ``where`` the rule or table."""

    severity: Literal["warning", "note"]
    code: str
    where: str
    value: str
    zh: str
    en: str


_TEXTS: Mapping[str, tuple[Literal["warning", "note"], str, str]] = {
    "list_missing": ("warning", "规则所用的目录没有编码", "a list that a rule names has no code"),
    "list_not_empty": ("note", "声明为空的目录有编码", "a list declared empty has codes"),
    "list_unused": ("note", "没有规则使用此目录", "no rule names the list"),
    "list_of_both": ("warning", "同一目录既用于诊断也用于手术操作", "a list is asked of diagnoses and of procedures"),
    "group_not_tried": ("warning", "不在任何上级的判断次序中，永不入组", "no parent tries it, so no case can get it"),
    "tried_twice": ("warning", "在判断次序中出现多次", "it is tried in more than one place"),
    "parent_differs": ("warning", "所写上级与判断次序所在的上级不同", "another parent than the one it names tries it"),
    "order_differs": ("note", "序号与判断次序不符（以判断次序为准）", "its order is not the sequence, which counts"),
    "mdc_order_twice": ("warning", "两个大类序号相同", "two categories have the same order"),
    "cannot_hold": ("warning", "条件永远不成立，永不入组", "its condition can never hold"),
    "shadowed": ("warning", "被先判断的组完全覆盖，永不入组", "a group tried before takes all its cases"),
    "shadow_not_found": ("note", "声明被覆盖，但核查未能证实", "declared shadowed, which was not confirmed"),
    "no_drg": ("warning", "核心组没有病组", "a base group without groups"),
    "code_outside": ("warning", "编码不在编码表中", "codes outside the code table"),
    "exclusion_table_unused": ("note", "没有主要诊断属于此排除表", "no main diagnosis has the exclusion table"),
    "name_missing": ("note", "病组没有名称", "a group without a name"),
    "name_of_nothing": ("note", "名称对应的编码不在方案中", "a name of something that is not in the pack"),
    "ambiguous_before_unknown": ("warning", "歧义判断在此大类不判断的核心组之前，从不判断",
                                 "the ambiguous test stands before a base group that is not tried: it is never made"),
    "cc_level_unknown": ("warning", "合并症并发症级别不是 MCC 或 CC，未采用",
                         "a complication level is neither MCC nor CC; it is left aside"),
    "cc_twice": ("warning", "同一合并症并发症编码有两种写法，采用第一种",
                 "a complication is there twice and differs; the first counts"),
    "key_twice": ("warning", "同一编码有两行且不同，采用第一行",
                  "a key is there twice and differs; the first counts"),
    "rule_not_understood": ("warning", "规则文本无法识别，未采用", "a rule text not understood; its group is left out"),
    "set_of_both": ("warning", "集合兼有两种类型，采用第一种", "a set has two types; the first counts"),
    "known_gap": ("note", "来源自述的缺口", "a gap that the source states"),
}  # fmt: skip


def check_pack(pack: Pack, tables: Mapping[Kind, Set[str]] | None = None) -> list[Finding]:
    """Remarks on a pack, warnings first. ``tables`` are the codes of the national lists, where they are at hand."""
    found = [_finding(*one) for one in (*_notes(pack), *_lists(pack), *_order(pack), *_reach(pack), *_names(pack))]
    found += [_finding(*one) for one in _outside(pack, tables or {})]
    return sorted(found, key=lambda one: (one.severity != "warning", one.code, one.where))


_Remark = tuple[str, str, str]


def _finding(code: str, where: str, value: str) -> Finding:
    severity, zh, en = _TEXTS[code]
    return Finding(severity, code, where, value, zh, en)


def _notes(pack: Pack) -> Iterator[_Remark]:
    yield from ((note.code, note.where, note.value) for note in pack.notes)
    yield from (("known_gap", "pack", gap) for gap in pack.head.known_gaps)


def _lists(pack: Pack) -> Iterator[_Remark]:
    named: dict[str, list[str]] = {}
    sides: dict[str, set[bool]] = {}
    for kind, code, condition in pack.rules():
        for role, name in lists_of(condition):
            named.setdefault(name, []).append(f"{kind} {code}")
            sides.setdefault(name, set()).add(role in DIAGNOSES)
    for name, rules in sorted(named.items()):
        if not pack.lists.get(name) and name not in pack.empty_lists:
            yield "list_missing", rules[0], name
        if len(sides[name]) > 1:
            yield "list_of_both", rules[0], name
    yield from (("list_not_empty", "empty_lists", name) for name in sorted(pack.empty_lists) if pack.lists.get(name))
    yield from (("list_unused", "code_lists", name) for name in sorted(set(pack.lists) - set(named)))
    tables = {table for _, table in pack.complications.values() if table} - {
        table for tables in pack.exclusions.values() for table in tables
    }
    yield from (("exclusion_table_unused", "cc", table) for table in sorted(tables))


def _order(pack: Pack) -> Iterator[_Remark]:
    orders = Counter(mdc.order for mdc in pack.mdcs)
    yield from (("mdc_order_twice", f"mdc {m.code}", str(m.order)) for m in pack.mdcs if orders[m.order] > 1)
    tried = Counter(code for mdc in pack.mdcs for code in mdc.adrgs)
    split = Counter(code for adrg in pack.adrgs.values() for code in adrg.drgs)
    for kind, groups, seen in (("adrg", pack.adrgs, tried), ("drg", pack.drgs, split)):
        yield from (("group_not_tried", f"{kind} {code}", code) for code in groups if not seen[code])
        yield from (("tried_twice", f"{kind} {code}", code) for code in groups if seen[code] > 1)
    for mdc in pack.mdcs:
        adrgs = [pack.adrgs[code] for code in mdc.adrgs]
        yield from (("parent_differs", f"adrg {a.code}", a.mdc) for a in adrgs if a.mdc and a.mdc != mdc.code)
        if [a.order for a in adrgs] != sorted(a.order for a in adrgs):
            yield "order_differs", f"mdc {mdc.code}", "adrgs"
    for adrg in pack.adrgs.values():
        drgs = [pack.drgs[code] for code in adrg.drgs]
        if not drgs:
            yield "no_drg", f"adrg {adrg.code}", adrg.code
        yield from (("parent_differs", f"drg {d.code}", d.adrg) for d in drgs if d.adrg and d.adrg != adrg.code)
        if [d.order for d in drgs] != sorted(d.order for d in drgs):
            yield "order_differs", f"adrg {adrg.code}", "drgs"


def _reach(pack: Pack) -> Iterator[_Remark]:
    found = {one.code: one for one in out_of_reach(pack)}
    for one in found.values():
        yield ("shadowed", f"{one.kind} {one.code}", one.by) if one.by else (
            "cannot_hold", f"{one.kind} {one.code}", one.code
        )  # fmt: skip
    declared = [(one.code, one.shadowed_by) for one in pack.adrgs.values()]
    declared += [(one.code, one.shadowed_by) for one in pack.drgs.values()]
    yield from (("shadow_not_found", code, by) for code, by in declared if by and code not in found)


def _names(pack: Pack) -> Iterator[_Remark]:
    yield from (("name_missing", "names", code) for code in pack.drgs if not pack.name(code))
    known = {
        *pack.drgs,
        *pack.adrgs,
        *(m.code for m in pack.mdcs),
        *(m.ambiguous.result for m in pack.mdcs if m.ambiguous),
    }
    yield from (("name_of_nothing", "names", code) for code in pack.names if code not in known)


def _outside(pack: Pack, tables: Mapping[Kind, Set[str]]) -> Iterator[_Remark]:
    sides: dict[str, Kind] = {}
    for _, _, condition in pack.rules():
        sides.update({name: "diagnosis" if role in DIAGNOSES else "procedure" for role, name in lists_of(condition)})
    asked: list[tuple[str, Kind, list[str]]] = [
        *((f"list {name}", kind, list(pack.lists.get(name, ()))) for name, kind in sorted(sides.items())),
        ("cc", "diagnosis", list(pack.complications)),
        ("exclusions", "diagnosis", list(pack.exclusions)),
        ("valid_procedures", "procedure", list(pack.valid_procedures)),
    ]
    for where, kind, codes in asked:
        outside = [code for code in codes if kind in tables and code not in tables[kind]]
        if outside:
            shown = ", ".join(outside[:EXAMPLES]) + (" …" if len(outside) > EXAMPLES else "")
            yield "code_outside", where, f"{len(outside)}: {shown}"
