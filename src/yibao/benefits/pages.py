"""The reference pages of policies, from the vocabulary and the shipped folders: keys, shipped policies, the schema."""

from __future__ import annotations

import json
from typing import Any, get_args

from yibao.benefits import bill_file as bills
from yibao.benefits import vocabulary as words
from yibao.benefits import vocabulary_basic as basic
from yibao.benefits.cases import EXPECTED, read_cases
from yibao.benefits.checks import REASONS
from yibao.benefits.conditions import STATUSES, Strict, When
from yibao.benefits.load import load_policies
from yibao.benefits.schema import policy_schema
from yibao.benefits.statement_words import GRADES
from yibao.benefits.words import KEYS
from yibao.generated import grid, plain

#: Parts of a policy in the order in which the page explains them.
_PARTS: tuple[tuple[str, type[Strict]], ...] = (
    ("policy.yaml", words.Policy), ("sources", words.Source), ("year", words.Year), ("rounding", words.Rounding),
    ("lines", words.LineRule), ("benefits", basic.Benefit), ("deductible", basic.Deductible),
    ("percent_of_bill", basic.PercentOfBill), ("step_down", basic.StepDown), ("axis", basic.Axis),
    ("bands", basic.Band), ("retiree", basic.Retiree), ("out_of_region", basic.OutOfRegion),
    ("cap, annual_cap", basic.Cap), ("floor", basic.Floor), ("layers", words.Layers), ("a layer", words.Layer),
    ("base", words.Base), ("favour", words.Favour), ("account", words.Account), ("continuity", words.Continuity),
    ("conditions", When),
)  # fmt: skip
_BILL: tuple[tuple[str, type[Strict]], ...] = (
    ("the file", bills.BillFile), ("person", bills.Person), ("bill, earlier", bills.Bill), ("lines", bills.Line),
)  # fmt: skip


def policy_pages() -> dict[str, str]:
    """Every page: path relative to the checkout -> text."""
    return {
        "docs/reference/policy-folder.md": policy_page(),
        "docs/reference/policies.md": shipped_page(),
        "docs/reference/bill-file.md": bill_page(),
        "docs/reference/policy.schema.json": json.dumps(policy_schema(), ensure_ascii=False, indent=1) + "\n",
    }


def policy_page() -> str:
    """Every key of a policy folder."""
    parts = [
        "# Policy folders\n\n"
        "A benefit policy is a folder named `<ID>_<name>` with `policy.yaml`, which says what is paid, and\n"
        "`cases.yaml`, which proves it. How to write one: [write a policy](../how-to/write-a-policy.md); what the\n"
        "parts do: [layers of protection](../explanation/benefit-layers.md). Editors complete and check while you\n"
        "type with {download}`policy.schema.json` (also `yibao law schema`).",
        "## How values are written\n\n"
        + grid(
            ["value", "written", "stands for"],
            [
                ["money", "`1300`, `1300.50`, `15万`, `1亿`", "yuan"],
                ["money", "`50% of disposable_income`, `30 x minimum_income`", "a share or multiple of a `reference`"],
                ["rate", "`85%`, `88.8%`", "always with the percent sign; kept exact to a millionth"],
                ["by cases", "`[{level: 3, value: 85%}, {value: 90%}]`", "the first case whose conditions hold"],
                ["a list", "`level: [1, 2]` or `level: 3`", "one value stands for a list of one"],
            ],
        ),
    ]
    parts += [_section(title, model) for title, model in _PARTS]
    parts.append(
        "## `cases.yaml`\n\n"
        "A list `cases`; each has `name`, `kind` (`published`: somebody printed these figures; `calculated`: our\n"
        "arithmetic on the parameters), `source`, `given` (a [bill file](bill-file.md) without its policy) and\n"
        "`expect`: amounts in yuan, of " + ", ".join(f"`{name}`" for name in EXPECTED) + "."
    )
    return "\n\n".join(parts) + "\n"


def bill_page() -> str:
    """Every key of a bill file, and why a bill is set aside."""
    rows = [[f"`{code}`", zh, en] for code, (zh, en) in REASONS.items()]
    return (
        "# Bill files\n\nWhat `yibao settle --bill FILE` reads, as JSON or YAML. Amounts are yuan.\n\n"
        + "\n\n".join(_section(title, model) for title, model in _BILL)
        + "\n\n## Why a bill is set aside\n\n"
        + grid(["reason", "中文", "English"], rows)
        + "\n"
    )


def shipped_page() -> str:
    """The shipped policies with their trust grades, sources and cases."""
    grades = [[f"`{grade}`", zh, en, "yes" if grade in words.VERIFIED else "no"] for grade, (zh, en) in GRADES.items()]
    rows = []
    for written in load_policies().written:
        policy, cases = written.policy, [case for case, _ in read_cases(written)]
        published = sum(case.kind == "published" for case in cases)
        rows.append(
            [
                f"`{policy.id}`", policy.title.zh, policy.title.en, policy.region, policy.scheme,
                "全部 · whole" if policy.extent == "whole" else "部分 · partial", f"`{policy.grade}`",
                "; ".join(f"{s.title} [{s.grade}]" for s in policy.sources), f"{published} + {len(cases) - published}",
            ]
        )  # fmt: skip
    return (
        "# 随附政策 · shipped policies\n\n"
        "可信度取各来源中最低的一级；未经官方文件核实的政策只作演示，不作为任何预期结果。\n\n"
        "A policy is as sure as the least sure of its sources. What was not verified against an official text is for\n"
        "demonstration and is never taken as the right answer.\n\n"
        + grid(["grade", "中文", "English", "verified"], grades)
        + "\n\nCases are published figures + our own arithmetic. A partial policy holds some layers or the figures of\n"
        "a worked example only.\n\n"
        + grid(["id", "中文", "English", "region", "scheme", "extent", "grade", "sources", "cases"], rows)
        + "\n"
    )


def _section(title: str, model: type[Strict]) -> str:
    said = plain((model.__doc__ or "").strip())
    rows = [_row(field.alias or name, name, field, model) for name, field in model.model_fields.items()]
    heading = title if " " in title and "," not in title else ", ".join(f"`{part}`" for part in title.split(", "))
    return f"## {heading}\n\n{said}\n\n" + grid(["key", "中文", "English", "default"], rows)


def _row(key: str, name: str, field: Any, model: type[Strict]) -> list[str]:
    zh, en = KEYS.get(name, ("", ""))
    note = field.description or _choices(field.annotation)
    if model is When and name == "status":
        note = ", ".join(f"`{status}`" for status in STATUSES)
    default = "required" if field.is_required() else _default(field.default)
    english = note if field.description else "; ".join(part for part in (en, note) if part)
    return [f"`{key}`", zh, english, default]


def _choices(annotation: Any) -> str:
    """The values of a closed list of words."""
    found: list[str] = []
    pending = [annotation]
    while pending:
        one = pending.pop(0)
        arguments = get_args(one)
        if getattr(one, "__origin__", None) is not None and str(one).startswith("typing.Literal"):
            found += [f"`{value}`" for value in arguments]
        else:
            pending += [a for a in arguments if not isinstance(a, str)]
    return ", ".join(found)


def _default(value: Any) -> str:
    if value is None or value == [] or value == {} or isinstance(value, Strict):
        return ""
    if isinstance(value, list):
        return ", ".join(f"`{item}`" for item in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`" if value != "" else ""
