"""What follows from an upheld clue: dispositions 8a to 8h, and money that comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yibao.registry import clues
from yibao.registry.clues.workflow import workflow
from yibao.service.access.scope import Caller
from yibao.service.console.audit.decisions import fen
from yibao.service.console.audit.evidence import Case
from yibao.service.console.confirming import Words
from yibao.service.state import Service

#: Forms of this part -> permission.
FORMS: Mapping[str, str] = {"decide_on": "clue.dispose", "recover": "clue.recover"}
#: Dispositions that this page offers; a penalty and a transfer belong to the administrative department.
_KINDS = ("8a", "8b", "8c", "8e", "8f", "8h")
#: Dispositions of money.
_WITH_MONEY = ("8a", "8b")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "decide_on": ("kind", "decision_no", "amount", "words"), "recover": ("decision_no", "amount", "receipt", "way"),
}  # fmt: skip
#: The line of :func:`told` that says the money.
MONEY_LINE: Mapping[str, int] = {"decide_on": 2, "recover": 1}
WAYS: Mapping[str, Words] = {
    "deducted": ("从结算款扣回", "deducted from payments"), "paid": ("机构退回", "paid back by the provider"),
}  # fmt: skip
TITLES: Mapping[str, Words] = {
    "decide_on": ("作出处理决定", "decide what follows"), "recover": ("登记追回到账", "record money that came back"),
}  # fmt: skip
AFTER: Mapping[str, Words] = {
    "decide_on": ("七个工作日内送达；送达后登记追回到账；机构可以依法申请行政复议或者提起诉讼",
                  "it is served within 7 working days, then money that comes back is recorded; administrative review "
                  "and the court stay open to the provider"),
    "recover": ("逐条冲抵本疑点的金额，不再重复追回；同一凭证不能再次登记",
                "it is laid to the rows of this clue, which are not recovered again; the receipt counts once"),
}  # fmt: skip


def offered(case: Case, caller: Caller) -> dict[str, Any]:
    """What the caller may do about money now: kinds of disposition, open money, decisions to be paid."""
    clue = case.clue
    found: dict[str, Any] = {"kinds": [], "numbers": [], "open": 0, "due": 0, "ways": WAYS}
    rules = workflow()["dispositions"]
    inforce = [row for row in clue["decisions"] if row["state"] == "in_force"]
    decided = sum(row["amount"] for row in inforce)
    if (
        caller.allows("clue.dispose") and clue["upheld"] is not None
        and clue["state"] in workflow()["acts"]["decide"]["from"]
    ):  # fmt: skip
        found["kinds"] = [(kind, rules[kind][case.lang], rules[kind].get("money") == "true") for kind in _KINDS]
        found["open"] = clue["upheld"] - decided
    if caller.allows("clue.recover") and clue["state"] == "S9":
        back = sum(row["recovered"] for row in clue["money"])
        found["due"] = decided - back
        found["numbers"] = [row["decision_no"] for row in inforce if row["amount"]]
    return found


def read(case: Case, caller: Caller, act: str, form: Any) -> tuple[dict[str, str], dict[str, str]]:
    """What a form of this part says, and what is wrong in it by field."""
    zh, errors, now = case.lang == "zh", {}, offered(case, caller)
    said = {name: str(form.get(name, "")).strip() for name in _FIELDS[act]}
    amount, most = fen(said["amount"] or "0"), now["open"] if act == "decide_on" else now["due"]
    if not said["decision_no"]:
        errors["decision_no"] = "请填写文号" if zh else "give the number of the decision"
    if amount is None:
        errors["amount"] = "金额应为元，最多两位小数" if zh else "give yuan with at most two decimals"
    elif amount == 0 and (act == "recover" or said["kind"] in _WITH_MONEY):
        errors["amount"] = "请填写金额" if zh else "give the amount"
    elif amount > most and (now["kinds"] or now["numbers"]):
        errors["amount"] = f"不得超过 {case.fmt.money(most)}" if zh else f"no more than {case.fmt.money(most)} is open"
    if act == "decide_on" and said["kind"] not in _KINDS:
        errors["kind"] = "请选择处理方式" if zh else "choose the disposition"
    if act == "decide_on" and not said["words"]:
        errors["words"] = "请写明决定内容" if zh else "say what is decided"
    if act == "recover" and not said["receipt"]:
        errors["receipt"] = "请填写凭证号" if zh else "give the number of the receipt"
    return said, errors


def amount_of(said: Mapping[str, str]) -> int:
    """Fen that a form names."""
    return fen(said["amount"] or "0") or 0


def told(case: Case, act: str, said: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is about to be decided or recorded, line by line."""
    zh, amount = case.lang == "zh", amount_of(said)
    number = ("文号" if zh else "Number of the decision", said["decision_no"])
    if act == "recover":
        way = WAYS["paid" if said["way"] == "paid" else "deducted"][0 if zh else 1]
        return [number, ("到账金额" if zh else "Money that came in", case.fmt.money(amount)),
                ("凭证号" if zh else "Receipt", said["receipt"]), ("方式" if zh else "Way", way)]  # fmt: skip
    kind = workflow()["dispositions"][said["kind"]][case.lang]
    money = [("金额" if zh else "Amount", case.fmt.money(amount))] if amount else []
    return [("处理方式" if zh else "Disposition", kind), number, *money,
            ("决定内容" if zh else "What is decided", said["words"])]  # fmt: skip


def take(service: Service, caller: Caller, case: Case, act: str, said: Mapping[str, str]) -> None:
    """Do what a form of this part says. Raises what the registry refuses."""
    clue_id, amount = case.clue["clue_id"], amount_of(said)
    if act == "decide_on":
        service.registry.do(clues.decide, clue_id, said["kind"], said["decision_no"], said["words"], amount=amount,
                            by=caller.actor_id)  # fmt: skip
        return
    service.registry.do(clues.recover, clue_id, said["decision_no"], amount, said["receipt"],
                        way="paid" if said["way"] == "paid" else "deducted", by=caller.actor_id)  # fmt: skip
