"""`yibao settle --bill FILE --compare`: one bill under every policy of its scheme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yibao.benefits.side_by_side import Sided
from yibao.benefits.statement_words import GRADES
from yibao.cli.show import print_json, print_table, say
from yibao.cli.words import language, t
from yibao.presentation.fmt import NONE, Format

_COLUMNS = (
    ("基本", "basic", "basic_fund_amount"),
    ("大额", "large amount", "large_amount_amount"),
    ("大病", "critical illness", "critical_illness_amount"),
    ("救助", "assistance", "assistance_amount"),
    ("基金合计", "all funds", "fund_amount"),
    ("个人负担", "person", "person_amount"),
)


def show_compared(sides: Sequence[Sided], as_json: bool) -> None:
    """Print the comparison, the bill's own policy first."""
    if as_json:
        print_json([_plain(side) for side in sides])
        return
    money = Format(language())
    unit = money.money_unit
    heads = [
        t("政策", "policy"),
        t("可信度", "grade"),
        *(t(f"{zh}（{unit}）", f"{en} ({unit})") for zh, en, _ in _COLUMNS),
    ]
    heads += [t("基金占比", "funds' share"), t("说明", "note")]
    print_table(heads, [_row(side, money) for side in sides], right=range(2, 9))
    say(
        t("同一账单、同一人，只换政策；可信度：", "The same bill and person, another policy; grades: ") + _grades(sides)
    )


def _row(side: Sided, money: Format) -> list[str]:
    policy, r = side.policy, side.result
    name = f"{policy.title[language()]} {policy.id}"
    if r is None:
        why = t(side.refusal.zh, side.refusal.what) if side.refusal else ""
        return [name, policy.grade, *[NONE] * (len(_COLUMNS) + 1), why]
    share = money.percent(r["fund_amount"], r["total_amount"]) if r["total_amount"] else NONE
    return [name, policy.grade, *(money.amount(r[key]) for _, _, key in _COLUMNS), share, _note(side)]


def _note(side: Sided) -> str:
    notes = [t("本账单的政策", "the bill's own")] if side.own else []
    if side.policy.extent == "partial":
        notes.append(t("只含部分层次", "some layers only"))
    if side.result is not None and side.result["benefit"] is None:
        notes.append(t("不支付此类就医", "pays nothing for this kind of care"))
    return t("；", "; ").join(notes)


def _grades(sides: Sequence[Sided]) -> str:
    present = sorted({side.policy.grade for side in sides})
    return t("；", "; ").join(f"{g} {t(*GRADES[g])}" for g in present)


def _plain(side: Sided) -> dict[str, Any]:
    policy = side.policy
    return {
        "policy": policy.key, "title": {"zh": policy.title.zh, "en": policy.title.en}, "region": policy.region,
        "grade": policy.grade, "verified": policy.verified, "extent": policy.extent, "own": side.own,
        "result": None if side.result is None else dict(side.result),
        "refused": None if side.refusal is None else {"zh": side.refusal.zh, "en": side.refusal.what},
    }  # fmt: skip
