"""Conditions in words: a short formal line for tables, and sentences in both languages for coders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from yibao.casemix.pack import conditions as c

Lang = Literal["zh", "en"]

_WHO: Mapping[c.Role, tuple[str, str, str]] = {
    "principal": ("main diagnosis", "主要诊断", "the main diagnosis"),
    "any_diagnosis": ("any diagnosis", "任一诊断", "any diagnosis"),
    "other_diagnosis": ("other diagnosis", "任一其他诊断", "another diagnosis"),
    "main": ("main procedure", "主要手术操作", "the main procedure"),
    "any_procedure": ("any procedure", "任一手术操作", "any procedure"),
    "other_procedure": ("other procedure", "任一其他手术操作", "another procedure"),
}
#: Number -> name and unit in both languages.
NUMBERS: Mapping[str, tuple[str, str, str, str]] = {
    "age_years": ("年龄", "岁", "age", "years"),
    "age_days": ("日龄", "天", "age", "days"),
    "birth_weight_g": ("新生儿体重", "克", "newborn weight", "g"),
    "los_days": ("住院天数", "天", "length of stay", "days"),
    "icu_hours": ("重症监护时间", "小时", "intensive care", "hours"),
}
_ATTRIBUTES = {"discharge_way": ("离院方式", "way of discharge"), "department": ("科室", "department")}


def formal(condition: c.Condition) -> str:
    """One line that says the condition exactly.

    >>> formal(c.All((c.InList("principal", "G.dx"), c.Complication("MCC"))))
    'main diagnosis in G.dx & MCC'
    """
    return _formal(condition, outer=True)


def _formal(condition: c.Condition, outer: bool = False) -> str:
    match condition:
        case c.All(parts) | c.Any_(parts):
            between = " & " if isinstance(condition, c.All) else " | "
            text = between.join(_formal(part) for part in parts) or ("always" if between == " & " else "never")
            return text if outer or len(parts) < 2 else f"({text})"
        case c.Not(part):
            return f"not {_formal(part)}"
        case c.Always(value):
            return "always" if value else "never"
        case c.InList(role, named):
            return f"{_WHO[role][0]} in {named}"
        case c.StartsWith(prefix):
            return f"any diagnosis starts with {prefix}"
        case c.Combination(lists):
            return f"procedures of each of {', '.join(lists)}"
        case c.ValidProcedure(main, value):
            return f"{'' if value else 'no '}valid {'main' if main else ''} procedure".replace("  ", " ")
        case c.Recorded(value):
            return "any procedure" if value else "no procedure"
        case c.Sex(value):
            return "male" if value == 1 else "female"
        case c.Range(number, bounds):
            return f"{number} " + ", ".join(f"{c.BOUNDS[b]} {limit:g}" for b, limit in bounds)
        case c.OneOf(attribute, values):
            return f"{attribute} in {', '.join(values)}"
        case c.Complication(level, value):
            return level if value else f"no {level}"
        case c.Regions(count, regions):
            return f"{count} or more of {len(regions)} body regions"


def say(condition: c.Condition, lang: Lang) -> str:
    """The condition as a clause in a language."""
    zh = lang == "zh"
    match condition:
        case c.All(parts) | c.Any_(parts):
            if len(parts) == 1:
                return say(parts[0], lang)
            both = isinstance(condition, c.All)
            between = ("，且" if both else "，或") if zh else (", and " if both else ", or ")
            return between.join(say(part, lang) for part in parts)
        case c.Not(part):
            return f"不满足：{say(part, lang)}" if zh else f"not: {say(part, lang)}"
        case c.Always(value):
            return ("总是成立" if value else "从不成立") if zh else ("always" if value else "never")
        case c.InList(role, named):
            return f"{_WHO[role][1]}属于 {named}" if zh else f"{_WHO[role][2]} is in {named}"
        case c.StartsWith(prefix):
            return f"任一诊断以 {prefix} 开头" if zh else f"a diagnosis starts with {prefix}"
        case c.Combination(lists):
            listed = ("、" if zh else ", ").join(lists)
            return f"手术操作同时覆盖 {listed}" if zh else f"the procedures cover each of {listed}"
        case c.ValidProcedure(main, value):
            if zh:
                return f"{'主要手术操作' if main else '任一手术操作'}{'是' if value else '不是'}有效手术操作"
            which = "the main procedure" if main else "some procedure"
            return f"{which} {'counts' if value else 'does not count'} as a valid operation"
        case c.Recorded(value):
            return ("有" if value else "没有") + "手术操作" if zh else f"there is {'a' if value else 'no'} procedure"
        case c.Sex(value):
            return ("男性" if value == 1 else "女性") if zh else ("male" if value == 1 else "female")
        case c.Range(number, bounds):
            name_zh, unit_zh, name, unit = NUMBERS[number]
            listed = ", ".join(f"{c.BOUNDS[b]} {limit:g}" for b, limit in bounds)
            return f"{name_zh} {listed} {unit_zh}" if zh else f"{name} {listed} {unit}"
        case c.OneOf(attribute, values):
            listed = ("、" if zh else ", ").join(values)
            return f"{_ATTRIBUTES[attribute][0]}为 {listed}" if zh else f"{_ATTRIBUTES[attribute][1]} is {listed}"
        case c.Complication(level, value):
            if zh:
                return f"{'有' if value else '没有'}计入的 {level}"
            return f"{'a' if value else 'no'} diagnosis that counts as {level}"
        case c.Regions(count, regions):
            if zh:
                return f"诊断涉及 {count} 个以上身体部位（共 {len(regions)} 个）"
            return f"the diagnoses fall into {count} or more of {len(regions)} regions of the body"
