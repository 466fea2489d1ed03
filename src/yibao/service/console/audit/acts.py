"""Acts on a clue that need words of their own: the look on site, the penalty, the transfer, the panel, the clock.

Each is a form on the clue's page for whoever has the permission while the clue is in a state that allows it. What ends
in a decision is shown once more before it is final; what the registry refuses is said in the registry's words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from yibao.registry import clues
from yibao.registry.clues.workflow import workflow
from yibao.registry.tables.core import ACTOR, GRANT
from yibao.service.access.scope import Caller
from yibao.service.console.audit.evidence import Case
from yibao.service.reads import reads
from yibao.service.state import Service

Words = tuple[str, str]
#: Grounds on which a closed clue is taken up again.
GROUNDS: Mapping[str, Words] = {
    "review": ("行政复议决定", "administrative review"), "court": ("法院裁判", "a court"),
    "evidence": ("发现新证据", "new evidence"),
}  # fmt: skip
#: What an expert's opinion comes to.
STANDS: Mapping[str, Words] = {"stands": ("成立", "it stands"), "falls": ("不成立", "it does not stand")}
_NUMBER_MISSING = ("请填写文号", "give the number of the decision")
_WORDS_MISSING = ("请写明事实与理由", "state facts and reasons")


@dataclass(frozen=True)
class Entry:
    """One field of a form. Kinds: line, long, choice, people (ticks), tick. ``missing``: what is said without it."""

    name: str
    label: Words
    kind: str = "line"
    missing: Words | None = None
    options: Mapping[str, Words] = field(default_factory=dict)
    most: int = 60


@dataclass(frozen=True)
class Act:
    """A form: its permission, the state's act that it belongs to, its fields, what follows, whether it is final."""

    name: str
    title: Words
    permission: str
    step: str
    after: Words
    entries: Sequence[Entry]
    do: Callable[[Mapping[str, Any]], tuple[Any, tuple[Any, ...], dict[str, Any]]]
    final: bool = False
    chief: bool = True


_NUMBER = Entry("decision_no", ("文号", "Number of the decision"), missing=_NUMBER_MISSING)
_REASON = Entry("reason", ("理由", "Reason"), "long", _WORDS_MISSING, most=400)

ACTS: Mapping[str, Act] = {one.name: one for one in (
    Act("verify", ("现场核实", "Verify on site"), "clue.verify", "verify",
        ("疑点转为已核实，之后可以作出行政处罚", "the clue counts as verified; a penalty may follow"),
        (Entry("officers", ("执法人员（两名以上，持证）", "Officers (two or more, with licences)"), "people",
               ("请勾选执法人员", "tick the officers")),
         Entry("words", ("核实情况", "What was found"), "long", _WORDS_MISSING, most=2000)),
        lambda said: (clues.verify_on_site, (said["officers"], said["words"]), {}), final=True),
    Act("penalise", ("作出行政处罚", "Impose a penalty"), "clue.penalise", "decide",
        ("处罚决定七个工作日内送达；罚款另行执行，不计入追回基金",
         "the penalty is served within 7 working days; a fine is collected apart and is no recovered fund money"),
        (_NUMBER, Entry("words", ("处罚内容（种类、罚款数额、依据条款）", "The penalty: kind, fine, article"), "long",
                        _WORDS_MISSING, most=2000),
         Entry("harm", ("涉及生命健康（时效五年）", "Life or health was harmed (five years)"), "tick")),
        lambda said: (clues.penalise, (said["decision_no"], said["words"]), {"harm": bool(said["harm"])}), final=True),
    Act("transfer", ("移送其他机关", "Transfer to another authority"), "clue.transfer", "decide",
        ("移送决定七个工作日内送达；追回基金照常进行",
         "the transfer is served within 7 working days; fund money is recovered all the same"),
        (_NUMBER, Entry("words", ("移送给谁、移送什么", "To whom, and what"), "long", _WORDS_MISSING, most=2000)),
        lambda said: (clues.transfer, (said["decision_no"], said["words"]), {}), final=True),
    Act("refuse_payment", ("直接拒付", "Refuse payment outright"), "clue.dispose", "refuse_payment",
        ("不经审核直接拒付全部净额；机构仍可申诉",
         "the whole net amount is refused without a review; the provider may still appeal"),
        (_NUMBER, Entry("words", ("拒付依据", "Grounds"), "long", _WORDS_MISSING, most=2000)),
        lambda said: (clues.refuse_payment, (said["decision_no"], said["words"]), {}), final=True, chief=False),
    Act("panel", ("提交合议", "Call a panel"), "clue.decide", "panel",
        ("专家各自发表意见，按多数意见作出结论", "each expert gives an opinion; the majority is followed"),
        (Entry("experts", ("评审专家（三名以上单数）", "Experts (an odd number, three or more)"), "people",
               ("请勾选专家", "tick the experts")),
         Entry("words", ("合议问题", "Question"), "long", _WORDS_MISSING, most=2000)),
        lambda said: (clues.panel, (said["experts"], said["words"]), {}), chief=False),
    Act("opinion", ("发表合议意见", "Give your opinion"), "clue.panel", "opinion",
        ("意见发表后不能更改", "an opinion cannot be changed"),
        (Entry("stands", ("意见", "Opinion"), "choice", ("请选择意见", "choose an opinion"), STANDS),
         Entry("words", ("理由", "Reasons"), "long", _WORDS_MISSING, most=2000)),
        lambda said: (clues.opinion, (said["stands"] == "stands", said["words"]), {}), final=True),
    Act("extend", ("延长期限", "Extend the clock"), "clue.assign", "extend",
        ("按规定天数顺延一次", "put off once by the days that are allowed"), (_REASON,),
        lambda said: (clues.extend, (said["reason"],), {}), chief=False),
    Act("suspend", ("中止", "Suspend"), "clue.suspend", "suspend",
        ("期限停止计算，直到恢复", "the clock stands still until it is resumed"), (_REASON,),
        lambda said: (clues.suspend, (said["reason"],), {}), chief=False),
    Act("resume", ("恢复办理", "Resume"), "clue.resume", "resume",
        ("回到中止前的环节，期限重新计算", "back to where it was; its clock begins anew"), (),
        lambda _: (clues.resume, (), {})),
    Act("reopen", ("重新办理", "Reopen"), "clue.reopen", "reopen",
        ("回到复审，由另一人办理", "back to the second review, by somebody else"),
        (Entry("ground", ("依据", "Ground"), "choice", ("请选择依据", "choose the ground"), GROUNDS), _REASON),
        lambda said: (clues.reopen, (said["reason"], said["ground"]), {}), final=True, chief=False),
)}  # fmt: skip


def offered(case: Case, caller: Caller) -> list[tuple[Act, Mapping[str, Sequence[Words]]]]:
    """The acts that the caller may do now, each with the people that may be ticked in it (id, name)."""
    made: list[tuple[Act, Mapping[str, Sequence[Words]]]] = []
    for act in ACTS.values():
        timely = case.clue["state"] in workflow()["acts"][act.step]["from"]
        if timely and caller.allows(act.permission) and _sense(act, case, caller):
            made.append((act, {e.name: _people(case.service, e.name) for e in act.entries if e.kind == "people"}))
    return made


def read(act: Act, form: Any, case: Case) -> tuple[dict[str, Any], dict[str, str]]:
    """What a form says, and what is wrong in it by the id of its field (act and entry)."""
    at, said, errors = 0 if case.lang == "zh" else 1, {}, {}
    for entry in act.entries:
        if entry.kind == "people":
            known = {code for code, _ in _people(case.service, entry.name)}
            value: Any = [one for one in map(str, form.getlist(entry.name)) if one in known]
        else:
            value = str(form.get(entry.name, "")).strip()[: entry.most]
            value = value if entry.kind != "choice" or value in entry.options else ""
        said[entry.name] = value
        if entry.missing is not None and not value:
            errors[f"{act.name}-{entry.name}"] = entry.missing[at]
    return said, errors


def take(service: Service, caller: Caller, case: Case, act: Act, said: Mapping[str, Any]) -> None:
    """Do it. Raises what the registry refuses."""
    verb, given, more = act.do(said)
    service.registry.do(verb, case.clue["clue_id"], *given, **more, by=caller.actor_id)


def told(act: Act, said: Mapping[str, Any], case: Case) -> list[tuple[str, str]]:
    """What is about to be decided, line by line."""
    at, made = 0 if case.lang == "zh" else 1, []
    for entry in act.entries:
        value = said[entry.name]
        if entry.kind == "people":
            names = dict(_people(case.service, entry.name))
            shown = ("、" if at == 0 else ", ").join(f"{names.get(one, one)} ({one})" for one in value)
        elif entry.kind == "tick":
            shown = (("是", "yes") if value else ("否", "no"))[at]
        else:
            shown = entry.options[value][at] if entry.kind == "choice" else value
        made.append((entry.label[at], shown))
    return made


def _sense(act: Act, case: Case, caller: Caller) -> bool:
    """Whether an act makes sense for this clue and caller, beyond its state and permission."""
    clue = case.clue
    if act.name in ("penalise", "transfer", "verify") and clue["upheld"] is None:
        return False
    if act.name == "penalise":
        return bool(clue["state"] != "S5")  # only what was verified on site
    if act.name == "refuse_payment":
        return bool(clue["result"] == "violation")
    if act.name == "panel":
        return bool(clue["upheld"] is None and clue["second_reviewer"] == caller.actor_id)
    if act.name == "opinion":
        panels = [event for event in clue["history"] if event["act"] == "panel"]
        spoken = [event for event in clue["history"] if event["act"] == "opinion"
                  and event["sequence"] > panels[-1]["sequence"]] if panels else []  # fmt: skip
        named = bool(panels) and caller.actor_id in panels[-1]["reason"].split(",")
        return named and caller.actor_id not in {event["actor_id"] for event in spoken}
    return True


def _people(service: Service, entry: str) -> list[Words]:
    """Who may be ticked: officers are those with a licence, experts those who hold the role."""
    query = select(ACTOR.c.actor_id, ACTOR.c.name).where(ACTOR.c.state == "active").order_by(ACTOR.c.actor_id)
    if entry == "officers":
        query = query.where(ACTOR.c.licence.is_not(None))
    else:
        held = select(GRANT.c.actor_id).where(GRANT.c.role == "expert", GRANT.c.revoked_at.is_(None))
        query = query.where(ACTOR.c.actor_id.in_(held))
    with reads(service.registry) as connection:
        return [(actor, name) for actor, name in connection.execute(query)]
