"""What a person may still have a right to: what was checked, what came of it, why, and how to apply.

Nothing here is a decision. Amounts are the benefit engine's, with what is on record or with one fact changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yibao.service.console.insured.entitlement import Check, Record, policy_of, taken_back
from yibao.service.console.insured.hardship import assistance, illness
from yibao.service.console.insured.reckoning import Bills, Reckoner
from yibao.service.standing import NORMAL, Standing


def checks(reckoner: Reckoner, bills: Bills, standing: Standing) -> list[Check]:
    """Everything that is looked for, what was found first."""
    due = reckoner.due(bills)
    made = [
        assistance(bills, due),
        illness(reckoner, bills, due, standing),
        _chronic(reckoner, bills, standing),
        _filing(reckoner, bills, due),
        _underpaid(bills, due),
        _cover(standing),
    ]
    order = ("found", "may", "has", "none")
    return sorted((check for check in made if check is not None), key=lambda check: order.index(check.outcome))


def found(made: Sequence[Check]) -> Check | None:
    """The check of which the page's title tells: the one with most money."""
    hits = [check for check in made if check.outcome == "found"]
    return max(hits, key=lambda check: check.amount, default=None)


def _chronic(reckoner: Reckoner, bills: Bills, standing: Standing) -> Check | None:
    """A diagnosis of the city's list of chronic diseases without the certificate that its benefit asks for."""
    policy = policy_of(reckoner, standing)
    if policy is None or not any("14" in benefit.kinds for benefit in policy.benefits):
        return None
    title = ("门诊慢特病待遇", "Outpatient benefit for chronic and special diseases")
    held = {row["disease_code"] for row in bills.tables["chronic_certificate"].to_pylist()}
    seen = {row["main_diagnosis"] for row in bills.tables["encounter"].to_pylist() if row["main_diagnosis"]}
    listed = reckoner.chronic_list()
    missing = sorted((seen & listed) - held)
    named = {one: reckoner.disease(one) for one in held | set(missing)}
    certificate = [Record((f"慢特病认定：{named[one][0]}", f"certificate: {named[one][1]}")) for one in sorted(held)]
    if missing:
        zh, en = "、".join(named[one][0] for one in missing[:3]), ", ".join(named[one][1] for one in missing[:3])
        return Check(
            "chronic",
            title,
            "may",
            (
                f"您的就诊记录里有{zh}，在本地慢特病病种内，还没有认定。",
                f"Your visits name {en}, which is on the list of chronic diseases here; you hold no certificate.",
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
        and name not in taken_back(bills)
    ]  # fmt: skip
    more = 0
    for name in away:
        other = reckoner.settled(bills, name, {"place": "referral"})
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
            "可以补办转诊或急诊备案：带外地病历到经办窗口，或拨打 12393，能否补付以审核为准。",
            "A referral or emergency can be filed afterwards at the insurance office or by 12393; whether more is "
            "paid is for the office to decide.",
        ),
        bills=away,
    )


def _underpaid(bills: Bills, due: Mapping[str, Mapping[str, Any]]) -> Check:
    """Bills of which the books paid less than the policy says, other than for a hardship that was not known."""
    title = ("账单重新核算", "Your bills reckoned again")
    short = [
        (name, row["fund_amount"] - bill["booked_fund"]) for name, row in due.items()
        if (bill := bills.by_id[name])["status"] == "none" and row["fund_amount"] > bill["booked_fund"]
        and not bill["reverses"] and name not in taken_back(bills)
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
