"""What a person may still have a right to: what was checked, what came of it, why, and how to apply.

Nothing here is a decision. Amounts are the benefit engine's, with the facts that are on record or with one fact changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from yibao.benefits.vocabulary import Layer, Policy
from yibao.presentation.fmt import Format
from yibao.service.console.codes import code
from yibao.service.console.insured.bill import registered
from yibao.service.console.insured.reckoning import Bills, Reckoner
from yibao.service.console.insured.words import Pair
from yibao.service.standing import NORMAL, Standing

#: found: the records say that something is due; may: somebody has to look; has: granted already; none: nothing found.
Outcome = Literal["found", "may", "has", "none"]
ZH, EN = Format("zh"), Format("en")
#: Filings that a bill elsewhere may still be given afterwards, the better one first.
_FILINGS = ("referral",)


@dataclass(frozen=True)
class Record:
    """Which record says so: the register and since when; how to have it corrected is the same for all."""

    said: Pair
    since: date | None = None


@dataclass(frozen=True)
class Check:
    """One thing that was looked for. ``amount`` is about how much it would be (fen), 0 where that cannot be said."""

    name: str
    title: Pair
    outcome: Outcome
    why: Pair
    amount: int = 0
    apply: Pair | None = None
    records: Sequence[Record] = ()
    bills: Sequence[str] = ()


def checks(reckoner: Reckoner, bills: Bills, standing: Standing) -> list[Check]:
    """Everything that is looked for, what was found first."""
    due = reckoner.due(bills)
    made = [
        _assistance(bills, due, standing), _illness(reckoner, bills, due, standing), _chronic(reckoner, bills, standing),
        _filing(reckoner, bills, due), _underpaid(bills, due), _cover(standing),
    ]  # fmt: skip
    order = ("found", "may", "has", "none")
    return sorted((check for check in made if check is not None), key=lambda check: order.index(check.outcome))


def found(made: Sequence[Check]) -> Check | None:
    """The check of which the page's title tells: the one with most money."""
    hits = [check for check in made if check.outcome == "found"]
    return max(hits, key=lambda check: check.amount, default=None)


# --- assistance -------------------------------------------------------------------------------------------------------


def _assistance(bills: Bills, due: Mapping[str, Mapping[str, Any]], standing: Standing) -> Check:
    """Bills that were settled as if the person's registered hardship were not known."""
    title = ("医疗救助（已登记的困难身份）", "Medical assistance (hardship that is on record)")
    short = [
        (name, row["fund_amount"] - bill["booked_fund"]) for name, row in due.items()
        if (bill := bills.by_id[name])["status"] != "none" and row["fund_amount"] > bill["booked_fund"]
        and row["assistance_amount"] + row["tilt_amount"] > bill["booked_assistance"]
        and not bill["reverses"] and name not in _reversed(bills)
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
                "Take your identity card and the bill to the insurance office where you are insured and ask for the bill to be "
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


def _illness(
    reckoner: Reckoner, bills: Bills, due: Mapping[str, Mapping[str, Any]], standing: Standing
) -> Check | None:
    """Poverty by illness: a year's own share above the household's income per head asks for somebody to look."""
    policy, home = _policy(reckoner, standing), bills.household
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
            "Apply for recognition as impoverished by illness where you are registered; civil affairs checks income and "
            "property.",
        ),
        [Record(("家庭收入登记", "household income on record"))],
    )


def _policy(reckoner: Reckoner, standing: Standing) -> Policy | None:
    from yibao.benefits.load import PolicyError

    try:
        return standing.policy(reckoner.book)
    except PolicyError:
        return None


def _covers(layer: Layer | None, status: str) -> bool:
    return layer is not None and any(status in (when.status or ()) for when in layer.who)


# --- other benefits ---------------------------------------------------------------------------------------------------


def _chronic(reckoner: Reckoner, bills: Bills, standing: Standing) -> Check | None:
    """A diagnosis of the city's list of chronic diseases without the certificate that its benefit asks for."""
    policy = _policy(reckoner, standing)
    if policy is None or not any("14" in benefit.kinds for benefit in policy.benefits):
        return None
    title = ("门诊慢特病待遇", "Outpatient benefit for chronic and special diseases")
    held = {row["disease_code"] for row in bills.tables["chronic_certificate"].to_pylist()}
    seen = {row["main_diagnosis"] for row in bills.tables["encounter"].to_pylist() if row["main_diagnosis"]}
    listed = reckoner.chronic_list()
    missing = sorted((seen & listed) - held)
    certificate = [Record((f"慢特病认定：{name}", f"certificate: {name}")) for name in sorted(held)]
    if missing:
        names = "、".join(reckoner.disease(name) for name in missing[:3])
        return Check(
            "chronic",
            title,
            "may",
            (
                f"您的就诊记录里有 {names}，在本地慢特病病种内，还没有认定。",
                f"Your visits name {names}, which is on the list of chronic diseases here; you have no certificate for it.",
            ),
            apply=(
                "带病历和检查报告，到二级以上定点医院医保办申请认定；认定后这类门诊按慢特病付。",
                "Take your records to the insurance office of a level-2 or level-3 hospital; once certified, such "
                "visits are paid as chronic care.",
            ),
            records=certificate,
        )
    if held:
        return Check(
            "chronic", title, "has", ("您的慢特病已认定。", "Your chronic disease is certified."), records=certificate
        )
    return Check(
        "chronic", title, "none", ("就诊记录里没有本地慢特病病种。", "No disease of the list is in your visits.")
    )


def _filing(reckoner: Reckoner, bills: Bills, due: Mapping[str, Mapping[str, Any]]) -> Check:
    """Care elsewhere that was not filed is paid at a lower rate; the filing may still be added."""
    title = ("异地就医补办备案", "Care outside the region: filing it afterwards")
    away = [
        name for name, row in due.items()
        if bills.by_id[name]["place"] == "unfiled" and not bills.by_id[name]["reverses"] and row["eligible_amount"] > 0
        and name not in _reversed(bills)
    ]  # fmt: skip
    more = 0
    for name in away:
        other = reckoner.settled(bills, name, {"place": _FILINGS[0]})
        more += max(other.result["fund_amount"] - due[name]["fund_amount"], 0) if other else 0
    if not more:
        return Check(
            "filing", title, "none", ("没有因未备案而少付的账单。", "No bill was paid less for want of a filing.")
        )
    n = len(away)
    return Check(
        "filing",
        title,
        "may",
        (
            f"今年有 {n} 张外地账单没有备案，付的比例低。",
            f"{n} bill{'s' if n > 1 else ''} from elsewhere had no filing, so the share was lower.",
        ),
        more,
        (
            "可以补办转诊或急诊备案：带外地医院的病历，到参保地医保经办窗口或服务热线 12393 办理，能否补付以审核为准。",
            "A referral or emergency can be filed afterwards at the insurance office or by calling 12393; whether more is paid is "
            "for the office to decide.",
        ),
        bills=away,
    )


def _underpaid(bills: Bills, due: Mapping[str, Mapping[str, Any]]) -> Check:
    """Bills of which the books paid less than the policy says, for another reason than a hardship that was not known."""
    title = ("账单重新核算", "Your bills reckoned again")
    short = [
        (name, row["fund_amount"] - bill["booked_fund"]) for name, row in due.items()
        if (bill := bills.by_id[name])["status"] == "none" and row["fund_amount"] > bill["booked_fund"]
        and not bill["reverses"] and name not in _reversed(bills)
    ]  # fmt: skip
    if not short:
        n = len(due)
        return Check(
            "underpaid",
            title,
            "none",
            (
                f"{n} 张账单按政策重新算过，没有少付。",
                f"{n} bills were reckoned again under the policy: none was paid too little.",
            ),
        )
    return Check(
        "underpaid",
        title,
        "may",
        (
            f"{len(short)} 张账单，医保付的比按政策算的少。",
            f"On {len(short)} bills insurance paid less than the policy gives.",
        ),
        sum(more for _, more in short),
        ("对这张账单提问，医保经办会核对后答复。", "Ask about the bill; the insurance office checks it and answers."),
        bills=[name for name, _ in short],
    )


def _cover(standing: Standing) -> Check:
    title = ("参保状态", "Your enrolment")
    if standing.insured:
        since = (standing.enrolment or {}).get("begin_date")
        return Check(
            "cover",
            title,
            "has",
            ("您今天在保，可以正常结算。", "You are insured today; bills are settled as usual."),
            records=[Record(("参保登记", "enrolment register"), since)],
        )
    paused = standing.enrolment is not None and standing.enrolment["status"] != NORMAL
    why = (
        ("参保已暂停，暂停期间的费用医保不付。", "Your enrolment is paused; care meanwhile is not paid.")
        if paused
        else ("今天没有参保记录。", "No enrolment is on record for today.")
    )
    apply = (
        "到参保地医保经办窗口或单位核实缴费，补缴后恢复待遇。",
        "Have contributions checked at the insurance office or your employer; cover resumes once they are paid.",
    )
    return Check("cover", title, "may", why, apply=apply)


def _reversed(bills: Bills) -> set[str]:
    return {row["reversed_settlement_id"] for row in bills.settlements if row["reversed_settlement_id"]}
