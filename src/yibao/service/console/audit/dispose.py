"""What follows from an upheld clue: dispositions 8a to 8h, and money that comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yibao.registry import clues
from yibao.registry.clues.workflow import workflow
from yibao.service.access.scope import Caller
from yibao.service.console.audit.decisions import fen
from yibao.service.console.audit.evidence import Case
from yibao.service.state import Service

#: Forms of this part -> permission.
FORMS: Mapping[str, str] = {"decide_on": "clue.dispose", "recover": "clue.recover"}
#: Dispositions that this page offers; a penalty and a transfer belong to the administrative department.
_KINDS = ("8a", "8b", "8c", "8e", "8f", "8h")


def offered(case: Case, caller: Caller) -> dict[str, Any]:
    """What the caller may do about money now: kinds of disposition, open money, decisions to be paid."""
    clue = case.clue
    found: dict[str, Any] = {"kinds": [], "numbers": [], "open": 0, "due": 0}
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


def take(service: Service, caller: Caller, case: Case, act: str, form: Any) -> dict[str, str]:
    """Do what a form of this part says; what is wrong in it by field. Raises what the registry refuses."""
    caller.require(FORMS[act])
    zh, clue_id, errors = case.lang == "zh", case.clue["clue_id"], {}
    said = {
        name: str(form.get(name, "")).strip() for name in ("kind", "decision_no", "amount", "words", "receipt", "way")
    }
    amount = fen(said["amount"]) if said["amount"] else 0
    if amount is None:
        errors["amount"] = "金额应为元，最多两位小数" if zh else "give yuan with at most two decimals"
    if not said["decision_no"]:
        errors["decision_no"] = "请填写文号" if zh else "give the number of the decision"
    if act == "decide_on":
        if not said["words"]:
            errors["words"] = "请写明决定内容" if zh else "say what is decided"
        if not errors:
            service.registry.do(clues.decide, clue_id, said["kind"], said["decision_no"], said["words"],
                                amount=amount or 0, by=caller.actor_id)  # fmt: skip
    else:
        if not said["receipt"]:
            errors["receipt"] = "请填写凭证号" if zh else "give the number of the receipt"
        if not amount and "amount" not in errors:
            errors["amount"] = "请填写到账金额" if zh else "give the money that came in"
        if not errors:
            service.registry.do(clues.recover, clue_id, said["decision_no"], amount or 0, said["receipt"],
                                way="paid" if said["way"] == "paid" else "deducted", by=caller.actor_id)  # fmt: skip
    return errors
