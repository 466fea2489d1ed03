"""Reminders: how often they were shown, followed and overridden and why; one card, and what the doctor answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from yibao.presentation.fmt import Format
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.access.trail import look
from yibao.service.console import filters
from yibao.service.console.filters import Filter, Option
from yibao.service.console.hospital import cards
from yibao.service.console.listing import Column, Listing
from yibao.service.console.own import own_institution
from yibao.service.console.own_sections import Section, sectioned
from yibao.service.console.pages import lang_of, page
from yibao.service.problems import unknown
from yibao.service.reminders import AnswerRefused, answer
from yibao.service.state import Service
from yibao.service.systems.types import Id
from yibao.supervision.answers import reasons

router = APIRouter(prefix="/hospital/reminders", route_class=GuardedRoute, include_in_schema=False)
_STATES = {"accepted": ("已遵从", "Followed"), "overridden": ("未遵从", "Overridden"), "": ("未答复", "Not answered")}
_TONES = {"accepted": "good:check", "overridden": "warn:x", "": ":clock"}
_QUESTION = ("提醒有用吗？哪些没有遵从，为什么？", "Do reminders help? Which are overridden, and why?")
_ABOUT_ONE = ("为什么提醒？照办还是有别的理由？", "Why this reminder? Follow it, or is there a reason not to?")
_DAYS = (
    Option("30", "近 30 天", "30 days"),
    Option("90", "近 90 天", "90 days"),
    Option("365", "近 12 个月", "12 months"),
)


@router.get("")
@needs("hospital.read", anywhere=True)  # the cards are those of the caller's own institution
def listed(request: Request, caller: Who, service: Of) -> Response:
    """The figures by law and by reason, and the cards that wait for an answer."""
    own, lang = own_institution(caller, service, "hospital"), lang_of(request)
    chosen = filters.read(request, [
        Filter("period", "期间", "Period", options=_DAYS, default="90", every=None),
        Filter("state", "答复", "Answer", options=[Option("open", "未答复", "Not answered")])])  # fmt: skip
    since = service.registry.clock() - timedelta(days=int(chosen["period"]))
    shown = cards.shown_since(service, own.institution_id, since)
    laws = cards.by_law(shown)
    total = {name: sum(row[name] for row in laws) for name in ("shown", "accepted", "overridden", "ignored", "saved")}
    rows = [row for row in shown if chosen["state"] != "open" or row["outcome"] is None]
    persons = [row["person_id"] for row in rows[:50]]
    look(service.registry, caller, "hospital", "reminders", {"service_card": len(persons)}, persons)
    fmt = Format(lang, service.ledger.currency)
    return sectioned(
        request, caller, ("提醒遵从", "Reminders"), _QUESTION,
        (
            Section(("按规则", "By rule"), ("遵从率 = 遵从 ÷（遵从 + 未遵从）；未答复的另列。",
                    "Compliance = followed ÷ (followed + overridden); unanswered ones are listed apart."),
                    _law_table(service, laws, total)),
            Section(("为什么没有遵从", "Why they were overridden"), ("", ""), Listing("reasons", "理由", "Reasons", (
                Column("reason", "理由", "Reason", head=True), Column("cards", "提醒", "Cards", "count"),
                Column("share", "占比", "Share", "percent")), cards.why(shown, reasons(service.ledger)))),
            Section(("提醒", "Cards"), ("点开一条，可以遵从或写明理由。", "Open one to follow it or to say why not."),
                    _card_table(service, rows)),
        ), filters=chosen, says=_says(total, fmt), purpose="提醒遵从" if lang == "zh" else "reminders",
    )  # fmt: skip


def _says(total: dict[str, int], fmt: Format) -> list[str]:
    zh, answered = fmt.lang == "zh", total["accepted"] + total["overridden"]
    rate = fmt.percent(total["accepted"], answered)
    if not total["shown"]:
        return ["这段时间没有提醒。" if zh else "No reminder was shown in this period."]
    return [
        f"共提醒 *{fmt.count(total['shown'])}* 次，遵从 {fmt.count(total['accepted'])} 次，未遵从 "
        f"{fmt.count(total['overridden'])} 次，遵从率 *{rate}*。" if zh else
        f"*{fmt.count(total['shown'])}* reminders: {fmt.count(total['accepted'])} followed, "
        f"{fmt.count(total['overridden'])} overridden, compliance *{rate}*.",
        f"遵从的提醒少花 *{fmt.short(total['saved'])}*。" if zh else
        f"What was followed saved *{fmt.short(total['saved'])}*.",
    ]  # fmt: skip


def _law_table(service: Service, laws: list[dict[str, Any]], total: dict[str, int]) -> Listing:
    titles = {law.id: (law.text.title.zh, law.text.title.en) for law in service.lawbook.laws.values()}
    return Listing("laws", "按规则", "By rule", (
        Column("title", "规则", "Rule", head=True, below=lambda row, _: str(row["law_id"])),
        Column("shown", "提醒", "Shown", "count"), Column("accepted", "遵从", "Followed", "count"),
        Column("overridden", "未遵从", "Overridden", "count"), Column("ignored", "未答复", "Not answered", "count"),
        Column("rate", "遵从率", "Compliance", "percent"),
        Column("repeats", "30 天内又提醒", "Shown again in 30 days", "count"),
        Column("wait", "答复用时中位数，秒", "Median seconds to answer", "count"),
        Column("saved", "少花", "Saved", "short"),
    ), [{**row, "title": titles.get(row["law_id"], row["law_id"])} for row in laws],
        total={name: total[name] for name in ("shown", "accepted", "overridden", "ignored", "saved")})  # fmt: skip


def _card_table(service: Service, rows: list[Any]) -> Listing:
    titles = {law.id: (law.text.title.zh, law.text.title.en) for law in service.lawbook.laws.values()}
    return Listing("cards", "提醒", "Cards", (
        Column("title", "规则", "Rule", head=True, href=lambda row: f"/hospital/reminders/{row['card_id']}"),
        Column("shown_at", "时间", "Time", "time"), Column("person", "参保人", "Person"),
        Column("staff_id", "医师", "Doctor"), Column("amount", "涉及费用，元", "Amount, ¥", "money"),
        Column("outcome", "答复", "Answer", "chip", words=_STATES, tone=lambda row: _TONES[row["outcome"]]),
    ), [{**row, "title": titles.get(row["law_id"], row["law_id"]), "outcome": row["outcome"] or "",
         "shown_at": row["shown_at"].replace(microsecond=0), "person": f"…\u2060{row['person_id'][-4:]}"}
        for row in rows])  # fmt: skip


@router.get("/{card_id}")
@needs("reminder.answer")
def one(request: Request, card_id: Id, caller: Who, service: Of, done: str = "") -> Response:
    """One card as the doctor saw it, and how to answer it."""
    row = _seen(service, caller, card_id)
    zh = lang_of(request) == "zh"
    saved = {"accepted": "已遵从。" if zh else "Followed.", "overridden": "已记录理由。下一步：计入遵从率。" if zh
             else "Your reason was kept. Next: it counts in the compliance rate."}.get(done, "")  # fmt: skip
    return _page(request, service, caller, row, saved=saved)


@router.post("/{card_id}")
@needs("reminder.answer")
def answered(
    request: Request, card_id: Id, caller: Who, service: Of, outcome: Annotated[str, Form(max_length=12)] = "",
    reason: Annotated[str, Form(max_length=20)] = "", comment: Annotated[str, Form(max_length=500)] = "",
) -> Response:  # fmt: skip
    """The doctor's answer: followed, or overridden with one of the known reasons."""
    row = _seen(service, caller, card_id)
    zh, said = lang_of(request) == "zh", {"outcome": outcome, "reason": reason, "comment": comment.strip()}
    if outcome not in ("accepted", "overridden"):
        errors = {"outcome": "请选择遵从或不遵从" if zh else "choose to follow it or not"}
        return _page(request, service, caller, row, said=said, errors=errors)
    if outcome == "overridden" and not reason:
        return _page(request, service, caller, row, said=said,
                     errors={"reason": "请选择理由" if zh else "choose a reason"})  # fmt: skip
    now = service.registry.clock()
    try:
        with service.registry.engine.begin() as connection:
            answer(service, connection, row, outcome, reason or None, said["comment"] or None, now, caller.actor_id)
    except AnswerRefused as refused:
        errors = {"comment": refused.zh if zh else str(refused)}
        return _page(request, service, caller, row, said=said, errors=errors)
    return RedirectResponse(f"/hospital/reminders/{card_id}?done={outcome}", 303)


def _seen(service: Service, caller: Caller, card_id: str) -> Any:
    """The card when its institution is within scope; the look is recorded. Raises :class:`Problem` 404."""
    row = cards.card(service, card_id)
    if not caller.covers(service.place_of(row["institution_id"] if row else "-")) or row is None:
        raise unknown("card", "提醒")
    look(service.registry, caller, "hospital", "reminders", {"service_card": 1}, [row["person_id"]])
    return row


def _page(request: Request, service: Service, caller: Caller, row: Any, **more: Any) -> Response:
    lang = lang_of(request)
    law = service.lawbook.laws.get(row["law_id"])
    said = more.pop("said", {"outcome": "", "reason": "", "comment": ""})
    names = {i["item_code"]: (i["name"], i["name_en"] or i["name"]) for i in service.catalogue.to_pylist()
             if i["item_code"] == row["item_code"]}  # fmt: skip
    return page(
        request, "hospital/card.html", caller=caller, card=row, law=law, said=said, reasons=reasons(service.ledger),
        item=names.get(row["item_code"], (row["item_code"], row["item_code"])),
        question=_ABOUT_ONE[lang == "en"],
        purpose="提醒遵从" if lang == "zh" else "reminders", states=_STATES, **more,
    )  # fmt: skip
