"""What may be decided on a clue in each state, in which words, with which reasons; and doing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yibao.engine.money import parse_money
from yibao.registry import clues
from yibao.service.access.scope import Caller
from yibao.service.console.audit.evidence import Case
from yibao.service.state import Service

Words = tuple[str, str]
_FALSE: Mapping[str, Words] = {
    "condition_changed": ("病情变化，再次住院有必要", "the condition changed"),
    "planned": ("计划内的分期治疗", "treatment planned in stages"), "exempt": ("属于例外情形", "an exemption applies"),
    "data_error": ("数据有误", "the data are wrong"), "rule_error": ("规则不适用于此情形", "the rule does not fit"),
    "other": ("其他（见说明）", "other (see the note)"),
}  # fmt: skip
_PART: Mapping[str, Words] = {
    "some_exempt": ("部分属于例外情形", "exemptions apply to some"),
    "some_unproved": ("部分证据不足", "some are not proved"), "other": ("其他（见说明）", "other (see the note)"),
}  # fmt: skip
_MORE: Mapping[str, Words] = {
    "records": ("缺病历或出院小结", "records or discharge summaries are missing"),
    "orders": ("缺医嘱或执行记录", "orders or notes of execution are missing"),
    "bills": ("缺票据或进销存", "invoices or stock records are missing"),
    "other": ("其他（见说明）", "other (see the note)"),
}
_HOLDS: Mapping[str, Words] = {
    "proved": ("规则与记录一致，证据充分", "rule and records agree; the evidence is sufficient"),
    "accepted": ("机构认可", "the provider accepts"),
    "silence": ("机构逾期未答复", "the provider did not answer in time"),
    "other": ("其他（见说明）", "other (see the note)"),
}


@dataclass(frozen=True)
class Decision:
    """One way to decide: its words, what follows, its reasons; ``note``: whether a note is asked for; ``ticks``:
    whether the persons that are ticked are what counts."""

    name: str
    title: Words
    after: Words
    reasons: Mapping[str, Words]
    note: bool = True
    ticks: bool = False


DECISIONS: Mapping[str, Sequence[Decision]] = {
    "S3": (
        Decision(
            "send",
            ("成立，发机构答复", "Holds: send to the provider"),
            ("机构 7 个工作日内认可或申诉", "the provider accepts or appeals within 7 working days"),
            _HOLDS,
            note=False,
        ),
        Decision(
            "part",
            ("部分成立", "Holds in part"),
            (
                "以“逐人”勾选为准，金额随之重算，再发机构",
                "as ticked person by person; the amount is worked out again, then it is sent",
            ),
            _PART,
            ticks=True,
        ),
        Decision(
            "more",
            ("需要补充材料", "More material is needed"),
            ("机构 7 个工作日内补充", "the provider has 7 working days"),
            _MORE,
        ),
        Decision(
            "no",
            ("不成立，关闭", "Does not hold: close"),
            ("疑点办结，不追回", "the clue is closed, nothing is recovered"),
            _FALSE,
        ),
    ),
    "S5": (
        Decision(
            "uphold",
            ("维持", "Uphold"),
            ("全部净额进入处理", "the whole net amount goes on to a decision"),
            _HOLDS,
            note=False,
        ),
        Decision(
            "partly",
            ("部分维持", "Uphold in part"),
            ("以“逐人”勾选为准，未勾选的不再追究", "as ticked person by person; the others are dropped"),
            _PART,
            ticks=True,
        ),
        Decision(
            "withdraw", ("撤销", "Withdraw"), ("疑点办结，不追回", "the clue is closed, nothing is recovered"), _FALSE
        ),
    ),
}
#: Acts by a single button: act -> (verb, permission of the page).
SIMPLE: Mapping[str, tuple[Any, str]] = {
    "begin": (clues.begin, "clue.decide"), "resume_review": (clues.resume_review, "clue.decide"),
    "silence": (clues.silence, "clue.decide"), "second": (clues.second, "clue.decide"),
    "serve": (clues.serve, "clue.execute"), "close": (clues.close, "clue.close"),
}  # fmt: skip


@dataclass
class Wish:
    """What a form said: the decision, its reason and note, the persons (by number) that count."""

    name: str = ""
    reason: str = ""
    note: str = ""
    keep: frozenset[int] = frozenset()
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        return {"d": self.name, "reason": self.reason, "note": self.note, "keep": sorted(self.keep)}


def offered(case: Case, caller: Caller) -> Sequence[Decision]:
    """The decisions that may be taken now, by this caller. A lead never leaves audit: it can only be closed."""
    clue = case.clue
    if not caller.allows("clue.decide") or (clue["state"] in ("S5", "S6") and clue["upheld"] is not None):
        return ()
    if clue["state"] == "S3" and clue["first_reviewer"] not in (None, caller.actor_id):
        return ()
    if clue["state"] in ("S5", "S6") and caller.actor_id == clue["first_reviewer"]:
        return ()
    found = DECISIONS.get("S5" if clue["state"] == "S6" else clue["state"], ())  # a panel ends in the same words
    return [one for one in found if one.name == "no"] if clue["result"] == "lead" and clue["state"] == "S3" else found


def read_wish(form: Any, case: Case, options: Sequence[Decision]) -> Wish:
    """What a form says, with what is wrong in it in words."""
    zh = case.lang == "zh"
    numbers = {party.number for party in case.parties}
    said = [str(one) for one in form.getlist("keep")]
    keep = frozenset(int(one) for one in said if one.isdecimal() and int(one) in numbers)
    wish = Wish(str(form.get("d", "")), str(form.get("reason", "")), str(form.get("note", "")).strip()[:2000], keep)
    chosen = next((one for one in options if one.name == wish.name), None)
    if chosen is None:
        wish.errors["d"] = "请选择意见" if zh else "choose an opinion"
        return wish
    if wish.reason not in chosen.reasons:
        wish.errors["reason"] = "请选择与意见相应的理由" if zh else "choose a reason that goes with the opinion"
    if chosen.note and not wish.note:
        wish.errors["note"] = "请写明事实与数字" if zh else "state the facts and figures"
    if chosen.ticks and not keep:
        wish.errors["keep"] = (
            "没有勾选任何人；全部不成立的请选关闭" if zh else "nobody is ticked; if nothing holds, close it"
        )
    if chosen.ticks and keep == numbers:
        wish.errors["keep"] = "全部都勾选了；全部成立的请选“成立”" if zh else "all are ticked; if all hold, say so"
    return wish


def claimed_after(case: Case, wish: Wish) -> int:
    """The fund money in fen that would be claimed, worked out anew from what is ticked."""
    if wish.name in ("no", "withdraw"):
        return 0
    chosen = next((one for every in DECISIONS.values() for one in every if one.name == wish.name), None)
    claimed: int = case.clue["claimed"]
    if chosen is None or not chosen.ticks:
        return claimed
    return claimed - sum(party.claimed for party in case.parties if party.kept and party.number not in wish.keep)


def take(service: Service, caller: Caller, case: Case, wish: Wish) -> None:
    """Do what was decided. Raises what the registry refuses."""
    clue_id, by, do = case.clue["clue_id"], caller.actor_id, service.registry.do
    out = [i for party in case.parties if party.number not in wish.keep for i in party.ids]
    words = f"{wish.reason}: {wish.note}" if wish.note else wish.reason
    if wish.name == "send":
        do(clues.send, clue_id, note=wish.note or None, reason=wish.reason, by=by)
    elif wish.name == "part":
        do(clues.send, clue_id, note=wish.note, left_out=out, reason=wish.reason, by=by)
    elif wish.name == "more":
        do(clues.ask_material, clue_id, note=words, by=by)
    elif wish.name == "no":
        do(clues.close_false, clue_id, reason=words, by=by)
    elif wish.name == "uphold":
        do(clues.uphold, clue_id, reason=words, by=by)
    elif wish.name == "withdraw":
        do(clues.withdraw, clue_id, reason=words, by=by)
    else:
        dropped = set(out)
        amounts = {f"{m['ref_table']}:{m['ref_id']}": 0 for m in case.clue["money"] if m["finding_id"] in dropped}
        do(clues.partly, clue_id, reason=words, amounts=amounts, by=by)


def fen(text: str) -> int | None:
    """Yuan as they are typed, in fen; None for what is no amount.

    >>> fen("1,234.5"), fen("0.07"), fen("12"), fen("1.234"), fen("-3")
    (123450, 7, 1200, None, None)
    """
    try:
        value = parse_money(text.replace(",", "").strip())
    except ValueError:
        return None
    return value if value >= 0 else None
