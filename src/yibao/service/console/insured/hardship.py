"""Assistance for hardship that is on record, and hardship by illness that is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yibao.benefits.vocabulary import Layer
from yibao.service.console.codes import code
from yibao.service.console.insured.bill import registered
from yibao.service.console.insured.entitlement import EN, ZH, Check, Record, policy_of, taken_back
from yibao.service.console.insured.reckoning import Bills, Reckoner
from yibao.service.standing import Standing


def assistance(bills: Bills, due: Mapping[str, Mapping[str, Any]]) -> Check:
    """Bills that were settled as if the person's registered hardship were not known."""
    title = ("医疗救助（已登记的困难身份）", "Medical assistance (hardship that is on record)")
    short = [
        (name, row["fund_amount"] - bill["booked_fund"]) for name, row in due.items()
        if (bill := bills.by_id[name])["status"] != "none" and row["fund_amount"] > bill["booked_fund"]
        and row["assistance_amount"] + row["tilt_amount"] > bill["booked_assistance"]
        and not bill["reverses"] and name not in taken_back(bills)
    ]  # fmt: skip
    records = _registers(bills)
    if short:
        kind = registered(str(bills.by_id[short[0][0]]["status"]))
        total = sum(more for _, more in short)
        n = len(short)
        return Check(
            "assistance",
            title,
            "found",
            (
                f"您家登记为{kind[0]}，有 {n} 张账单结算时没有算医疗救助。",
                f"Your household is registered: {kind[1]}. {n} bill{'s were' if n > 1 else ' was'} settled without "
                "medical assistance.",
            ),
            total,
            (
                "带身份证和出院结算单，到参保地医保经办窗口申请补结算；已登记的对象不用再开困难证明。由民政和医保部门审核。",
                "Take your identity card and the bill to your insurance office and ask for the bill to be "
                "settled again. No new proof of hardship is needed. Civil affairs and the bureau decide.",
            ),
            records,
            [name for name, _ in sorted(short, key=lambda pair: -pair[1])],
        )
    if records:
        return Check(
            "assistance",
            title,
            "has",
            (
                "您的困难身份已登记，今年的账单都已按它结算。",
                "Your hardship is on record, and this year's bills were settled by it.",
            ),
            records=records,
        )
    return Check(
        "assistance",
        title,
        "none",
        ("您和家庭没有登记低保、特困、低保边缘等身份。", "No hardship of yours or of your household is on record."),
        apply=(
            "家里情况变了，可以到户籍地乡镇（街道）民政窗口申请认定。",
            "If things have changed, apply for recognition at the civil-affairs counter where you are registered.",
        ),
    )


def _registers(bills: Bills) -> list[Record]:
    rows = bills.tables["assistance_status"].to_pylist()
    out = []
    for row in sorted(rows, key=lambda row: row["begin_date"], reverse=True):
        kind, source = (
            code("assistance_status", "kind", row["kind"]),
            code("assistance_status", "source", row["source"]),
        )
        out.append(Record((f"{source[0]}登记：{kind[0]}", f"register of {source[1]}: {kind[1]}"), row["begin_date"]))
    kind_ = (bills.household or {}).get("assistance_kind")
    if not out and kind_:
        said = code("household", "assistance_kind", kind_)
        out.append(Record((f"家庭登记：{said[0]}", f"household register: {said[1]}")))
    return out


def illness(reckoner: Reckoner, bills: Bills, due: Mapping[str, Mapping[str, Any]], standing: Standing) -> Check | None:
    """Poverty by illness: a year's own share above the household's income per head asks for somebody to look."""
    policy, home = policy_of(reckoner, standing), bills.household
    if policy is None or not _covers(policy.layers.assistance, "illness_poverty") or _registers(bills):
        return None
    title = ("因病致贫（还没有登记）", "Poverty by illness (not on record yet)")
    if home is None or not home["yearly_income"] or not home["size"]:
        return None
    own, per_head = sum(row["person_amount"] for row in due.values()), home["yearly_income"] // home["size"]
    why = (
        f"您今年自己付 {ZH.money(own)}，登记的家庭人均年收入是 {ZH.money(per_head)}。",
        f"You paid {EN.money(own)} yourself this year; the household's income on record is {EN.money(per_head)} a "
        "head.",
    )
    if own <= per_head:
        return Check("illness", title, "none", why)
    other = reckoner.due(bills, {"status": "illness_poverty"})
    more = sum(row["fund_amount"] for row in other.values()) - sum(row["fund_amount"] for row in due.values())
    return Check(
        "illness",
        title,
        "may",
        (why[0] + "自己付的已经超过一个人的年收入。", why[1] + " Your share is above a person's yearly income."),
        max(more, 0),
        (
            "到户籍地乡镇（街道）申请“因病致贫重病患者”认定，由民政部门核对家庭收入和财产。",
            "Apply where you are registered to be recognised as impoverished by illness; civil affairs looks at income "
            "and property.",
        ),
        [Record(("家庭收入登记", "household income on record"))],
    )


def _covers(layer: Layer | None, status: str) -> bool:
    return layer is not None and any(status in (when.status or ()) for when in layer.who)
