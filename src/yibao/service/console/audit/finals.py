"""Acts on a clue that cannot be undone, as they are shown once more before they are done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from yibao.registry.clues.workflow import workflow
from yibao.service.console.audit import acts, dispose
from yibao.service.console.audit.evidence import Case
from yibao.service.console.audit.showing import title as title_of
from yibao.service.console.confirming import Sure, Words

#: Steps without an opinion that cannot be undone: what follows from each.
STEPS: Mapping[str, Words] = {
    "silence": ("视为机构对初审意见无异议，疑点进入复审；机构不能再就此答复",
                "the provider counts as agreeing; the second review begins and it can no longer answer"),
    "serve": ("送达之日起计算机构申请复议、提起诉讼的期限；之后登记追回到账",
              "from that day the provider's time for review and court runs; then money that comes back is recorded"),
    "close": ("疑点办结，不再追回；只有复议决定、法院裁判或新证据才能重新办理",
              "nothing more is recovered; only a review, a court or new evidence reopens it"),
}  # fmt: skip


def step(case: Case, act: str, view: str) -> Sure:
    """A step without an opinion. Closing asks for a reason while money is open."""
    zh, clue = case.lang == "zh", case.clue
    rule = workflow()["acts"][act]
    decided, back = _decided(case)
    facts = []
    if act in ("serve", "close"):
        numbers = ("、" if zh else ", ").join(row["decision_no"] for row in clue["decisions"]
                                             if row["state"] == "in_force")  # fmt: skip
        facts = [("处理决定" if zh else "Decisions", numbers or "—"),
                 ("决定追回" if zh else "To be recovered", case.fmt.money(decided)),
                 ("已到账" if zh else "Came back", case.fmt.money(back))]  # fmt: skip
    if act == "silence":
        facts = [("答复期限" if zh else "Answer was due", case.fmt.day(clue["due_on"]))]
    open_ = decided - back
    amount = ("不再追回" if zh else "Given up", case.fmt.money(open_)) if act == "close" and open_ > 0 else _net(case)
    return _sure(case, act, (rule["zh"], rule["en"]), STEPS[act], view, facts, amount, reason=needs_reason(case, act))


def needs_reason(case: Case, act: str) -> bool:
    """Whether closing gives money up."""
    decided, back = _decided(case)
    return act == "close" and decided > back


def decision(case: Case, act: acts.Act, said: Mapping[str, Any], view: str) -> Sure:
    """An act with words of its own."""
    return _sure(case, act.name, act.title, act.after, view, acts.told(act, said, case), _net(case), edits=True)


def money(case: Case, act: str, said: Mapping[str, str], view: str) -> Sure:
    """A disposition, or money that came back."""
    told = dispose.told(case, act, said)
    amount = dispose.amount_of(said)
    stake = told.pop(dispose.MONEY_LINE[act]) if amount else _net(case)
    if act == "recover":
        wanted, back = _decided(case)
        left = (
            "登记后尚待追回" if case.lang == "zh" else "Still open afterwards",
            case.fmt.money(wanted - back - amount),
        )
        told.append(left)
    return _sure(case, act, dispose.TITLES[act], dispose.AFTER[act], view, told, stake, edits=True)


def _net(case: Case) -> tuple[str, str]:
    zh, clue = case.lang == "zh", case.clue
    if clue["upheld"] is not None:
        return ("维持金额（基金）" if zh else "Upheld (fund)"), case.fmt.money(clue["upheld"])
    return ("净额（基金）" if zh else "Net amount (fund)"), case.fmt.money(clue["claimed"])


def _decided(case: Case) -> tuple[int, int]:
    """Fen that decisions in force want back, and fen that came."""
    wanted = sum(row["amount"] for row in case.clue["decisions"] if row["state"] == "in_force")
    return wanted, sum(row["recovered"] for row in case.clue["money"])


def _sure(
    case: Case, act: str, title: Words, after: Words, view: str, facts: list[tuple[str, str]],
    amount: tuple[str, str], *, reason: bool = False, edits: bool = False,
) -> Sure:  # fmt: skip
    at = f"/audit/clues/{case.clue['clue_id']}"
    where = f"{at}?from={quote(view)}#acts" if view else f"{at}#acts"
    verb = title[1][:1].upper() + title[1][1:]
    return Sure(
        (title[0], title[1][:1].lower() + title[1][1:]), title_of(case), after, f"{at}/{act}",
        (where, ("返回疑点", "Back to the clue")), facts, amount, (f"确认{title[0]}", verb), case.clue["clue_id"],
        reason, edits,
    )  # fmt: skip
