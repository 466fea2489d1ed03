"""An explanation in words, Chinese or English, as a coder reads it; and as plain data for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from yibao.casemix.checks import CHECKS
from yibao.casemix.explain import Complication, Explanation, Neighbour, Step
from yibao.casemix.pack import conditions as c
from yibao.casemix.pack.model import Pack
from yibao.casemix.pack.words import NUMBERS, Lang, formal, say

#: So many codes of a list are shown as examples.
EXAMPLES = 3


class Words:
    """Words for explanations of one pack; ``names`` are names of codes where they are known."""

    def __init__(self, pack: Pack, lang: Lang, names: Mapping[str, str] | None = None) -> None:
        self._pack, self._zh, self._lang, self._names = pack, lang == "zh", lang, names or {}

    def lines(self, told: Explanation) -> Iterator[str]:
        """The explanation, line by line."""
        row = told.row
        yield self.t(
            f"病例 {row['encounter_id']}（{self._pack.title}）", f"case {row['encounter_id']} ({self._pack.title})"
        )
        yield from self._record(told)
        yield self.t("结论：", "answer: ") + self._answer(row)
        yield from self._checks(row["checks"])
        if told.facts is None:
            return
        yield from self._path(told.steps)
        yield from self._complications(told)
        yield from self._neighbours(told)

    def t(self, zh: str, en: str) -> str:
        return zh if self._zh else en

    def code(self, code: str) -> str:
        """A diagnosis or procedure code with its name, where that is known."""
        return f"{code} {self._names[code]}" if code in self._names else code

    def group(self, code: str) -> str:
        """A group with its name, where that is known."""
        name = self._pack.name(code)
        return f"{code} {name}" if name else code

    # --- what was given --------------------------------------------------------------------------------------------

    def _record(self, told: Explanation) -> Iterator[str]:
        case = told.case
        first, *others = case.diagnoses.of(0) or [self.t("（无）", "(none)")]
        yield f"  {self.t('主要诊断', 'main diagnosis')}: {self.code(first)}"
        if others:
            yield f"  {self.t('其他诊断', 'other diagnoses')}: {self._listed(others)}"
        done = case.procedures.of(0)
        yield f"  {self.t('手术操作', 'procedures')}: {self._listed(done) if done else self.t('（无）', '(none)')}"
        sex = {1: self.t("男", "male"), 2: self.t("女", "female")}.get(int(case.sex[0]), self.t("不明", "unknown"))
        known = [f"{self.t('性别', 'sex')} {sex}"]
        for name, (zh, unit_zh, en, unit) in NUMBERS.items():
            value = float(case.numbers[name][0])
            if value == value:  # known
                english = f"{en} {value:g} {unit.removesuffix('s') if value == 1 else unit}"
                known.append(f"{zh} {value:g} {unit_zh}" if self._zh else english)
        yield "  " + self.t("，", ", ").join(known)

    def _listed(self, codes: Sequence[str]) -> str:
        return self.t("；", "; ").join(map(self.code, codes))

    def _answer(self, row: Mapping[str, Any]) -> str:
        if row["status"] == "quarantined":
            check = CHECKS[row["reason"]]
            return self.t(f"未参与分组：{check.zh}", f"held back: {check.en}")
        return str(row["explanation_zh" if self._zh else "explanation_en"]) + self._weight(row["weight_ppm"])

    def _weight(self, ppm: int | None) -> str:
        return "" if ppm is None else self.t(f"（权重 {ppm / 1e6:g}）", f" (weight {ppm / 1e6:g})")

    def _checks(self, raised: str | None) -> Iterator[str]:
        for one in (raised or "").split():
            name, _, value = one.partition(":")
            check = CHECKS[name]
            yield f"  {self.t('检查', 'check')}: {self.t(check.zh, check.en)}" + (f" ({value})" if value else "")

    # --- the path --------------------------------------------------------------------------------------------------

    def _path(self, steps: Sequence[Step]) -> Iterator[str]:
        """Rules that fail for the like reason, one after the other, share a line."""
        yield self.t("分组路径：", "path:")
        for (kind, held, _), some in groupby(steps, key=_like):
            alike = list(some)
            mark, indent = "✓" if held else "✗", {"mdc": "  ", "drg": "      "}.get(kind, "    ")
            test = self.t("歧义判断 ", "ambiguous test ") if kind == "ambiguous" else ""
            if len(alike) == 1:
                yield f"{indent}{mark} {test}{self.group(alike[0].code)}  {self._reason(alike[0])}"
            else:
                yield f"{indent}{mark} {' '.join(step.code for step in alike)}  {self._shared(alike[0])}"

    def _reason(self, step: Step) -> str:
        if step.held or step.lacks is None:
            return say(step.condition, self._lang)
        return self.t("不满足：", "fails: ") + say(step.lacks, self._lang)

    def _shared(self, step: Step) -> str:
        """Why several rules fail alike."""
        if isinstance(step.lacks, c.InList):
            which = self.t("各自目录", "the list of each")
            return self.t("不满足：", "fails: ") + say(replace(step.lacks, list=which), self._lang)
        return self._reason(step)

    # --- complications ---------------------------------------------------------------------------------------------

    def _complications(self, told: Explanation) -> Iterator[str]:
        if not told.complications:
            yield self.t("其他诊断中没有 MCC 或 CC", "no other diagnosis is an MCC or CC")
            return
        yield self.t("合并症并发症：", "complications:")
        for one in told.complications:
            yield f"  {'✓' if one.counts else '✗'} {self.code(one.code)}: {self.why(one)}"

    def why(self, one: Complication) -> str:
        """Why a complication counts or does not."""
        if not one.counts:
            return self.t(
                f"{one.level}，因主要诊断与其同属排除表 {one.table} 而不计入",
                f"{one.level}, excluded: the main diagnosis is in its exclusion table {one.table}",
            )
        against = ", ".join(one.principal_tables) or self.t("无", "none")
        return self.t(
            f"{one.level}，计入（其排除表 {one.table or '无'}，主要诊断所属排除表 {against}）",
            f"{one.level}, counts (exclusion table {one.table or 'none'}, that of the main diagnosis {against})",
        )

    # --- neighbours ------------------------------------------------------------------------------------------------

    def _neighbours(self, told: Explanation) -> Iterator[str]:
        for one in told.neighbours:
            yield self.t("邻近病组 ", "neighbouring group ") + self.group(one.group) + self._weight(one.weight_ppm)
            yield "  " + self.lacking(one, told)

    def lacking(self, one: Neighbour, told: Explanation) -> str:
        """The first condition that a group lacks, and what would change it."""
        if one.lacks is None:
            return self.t("条件都满足，但先判断的规则已作答", "all conditions hold, but a rule tried before took it")
        more = one.missing - 1
        also = "" if not more else self.t(f"（另有 {more} 个条件不满足）", f" (and {more} more that fail)")
        return (
            self.t("首个不满足的条件：", "first condition that fails: ")
            + say(one.lacks, self._lang)
            + also
            + self.t("。", ". ")
            + self.remedy(one.lacks, told)
        )

    def remedy(self, lacks: c.Condition, told: Explanation) -> str:
        """The code or value that would change a failing condition."""
        match lacks:
            case c.InList(role, name):
                return self._list_remedy(role, name, told)
            case c.Combination(lists):
                absent = [
                    name for name in lists if not set(self._pack.lists.get(name, ())) & set(told.case.procedures.of(0))
                ]
                return " ".join(self._from_list(name) for name in absent)
            case c.Range(number, bounds):
                value = float(told.case.numbers[number][0])
                given = f"{value:g}" if value == value else self.t("缺失", "missing")
                needed = ", ".join(f"{c.BOUNDS[bound]} {limit:g}" for bound, limit in bounds)
                return self.t(f"现为 {given}，需 {needed}", f"it is {given}; needed is {needed}")
            case c.Complication(level, True):
                barred = [one.code for one in told.complications if one.level == level and not one.counts]
                if barred:
                    return self.t(
                        f"本例的 {level} 已被排除：{self._listed(barred)}",
                        f"its {level} candidates are excluded: {self._listed(barred)}",
                    )
                return self.t(
                    f"其他诊断中需有一个未被主要诊断排除的 {level}",
                    f"needed is another diagnosis that is {level} and not excluded by the main diagnosis",
                )
            case c.ValidProcedure(main, True):
                valid = [code for code in told.case.procedures.of(0) if code in self._pack.valid_procedures]
                if main and valid:
                    return self.t(
                        f"{self._listed(valid)} 是有效手术操作，但不是主要手术操作",
                        f"{self._listed(valid)} is valid but not the main procedure",
                    )
                return self.t("需有有效手术操作", "needed is a procedure that counts as a valid operation")
            case _:
                return self.t(f"规则原文：{formal(lacks)}", f"the rule says: {formal(lacks)}")

    def _list_remedy(self, role: c.Role, name: str, told: Explanation) -> str:
        own = told.case.diagnoses.of(0) if role in c.DIAGNOSES else told.case.procedures.of(0)
        listed = set(self._pack.lists.get(name, ()))
        elsewhere = [code for code in own if code in listed]
        if elsewhere:
            return self.t(
                f"本例的 {self._listed(elsewhere)} 在该目录中，但不在所要求的位置",
                f"{self._listed(elsewhere)} of this case is in the list, but does not stand in that place",
            )
        return self._from_list(name)

    def _from_list(self, name: str) -> str:
        codes = self._pack.lists.get(name, ())
        shown = self._listed(codes[:EXAMPLES])
        return self.t(
            f"需 {name} 中的编码（共 {len(codes)} 个，如 {shown}）",
            f"needed is a code of {name} (it has {len(codes)}, such as {shown})",
        )


def _like(step: Step) -> tuple[str, bool, Any]:
    """Steps with equal keys may be told together."""
    if step.held or step.kind == "ambiguous":
        return step.kind, step.held, step.code
    return step.kind, False, step.lacks.role if isinstance(step.lacks, c.InList) else step.lacks


def as_data(told: Explanation, words: Words) -> dict[str, Any]:
    """The explanation as plain data: the row, the steps, complications and neighbours, conditions as formal lines."""
    return {
        "case": told.row,
        "diagnoses": told.case.diagnoses.of(0),
        "procedures": told.case.procedures.of(0),
        "path": [
            {
                "kind": step.kind, "code": step.code, "held": step.held, "condition": formal(step.condition),
                "fails": formal(step.lacks) if step.lacks else None,
            }
            for step in told.steps
        ],
        "complications": [{**vars(one), "why": words.why(one)} for one in told.complications],
        "neighbours": [
            {
                "group": one.group, "base_group": one.adrg, "weight_ppm": one.weight_ppm, "missing": one.missing,
                "fails": formal(one.lacks) if one.lacks else None, "what_changes_it": words.lacking(one, told),
            }
            for one in told.neighbours
        ],
    }  # fmt: skip
