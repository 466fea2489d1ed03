"""Recoveries: what was decided, what came back, how old the rest is; every line belongs to one clue."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select

from yibao.presentation import micro
from yibao.presentation.fmt import Format
from yibao.registry.tables.clues import DECISION, RECOVERY
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console.audit import queue_query as asked
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.listing import Column, Listing, under
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import institution_name
from yibao.service.reads import reads
from yibao.service.state import Service

router = APIRouter(prefix="/audit", route_class=GuardedRoute, include_in_schema=False)
STATES = {"open": ("未到账", "nothing yet"), "part": ("部分到账", "in part"), "done": ("已到账", "all of it")}
_TONES = {"open": "warn:clock", "part": "warn:clock", "done": "good:check"}
COLUMNS = (
    Column("decision_no", "文号", "Decision", head=True, href=lambda row: f"/audit/clues/{row['clue_id']}",
           below=under("clue_id")),
    Column("institution", "机构", "Provider"),
    Column("basis", "处理方式", "Disposition"),
    Column("decided_on", "决定日", "Decided", "date"),
    Column("amount", "应追回，元", "To come back, ¥", "money"),
    Column("back", "已到账，元", "Came back, ¥", "money",
           mark=lambda row, lang: micro.share(row["back"], row["amount"], width=60)),  # noqa: ARG005
    Column("open", "尚欠，元", "Still open, ¥", "money"),
    Column("age", "欠款天数", "Age, days", "count"),
    Column("state", "到账", "State", "chip", words=STATES, tone=lambda row: _TONES[row["state"]]),
)  # fmt: skip


@router.get("/recoveries")
@needs("clue.read", anywhere=True)  # the rows are those that the registry's reach gives
def recoveries(request: Request, caller: Who, service: Of) -> Response:
    """Is the money back?"""
    lang = lang_of(request)
    zh, fmt = lang == "zh", Format(lang)
    options = [Option(name, *words) for name, words in STATES.items()]
    chosen = read(request, [Filter("state", "到账", "State", options=options)])
    rows = debts(service, caller, lang)
    shown = [row for row in rows if not chosen["state"] or row["state"] == chosen["state"]]
    sums = totals(service, caller)
    due, back = sum(row["amount"] for row in rows), sum(row["back"] for row in rows)
    says = [
        ("还没有要追回的决定。" if zh else "No decision asks for money to come back yet.")
        if not rows
        else f"已决定追回 *{fmt.money(due)}*，到账 *{fmt.money(back)}*（{fmt.percent(back, due)}），尚欠 "
        f"*{fmt.money(due - back)}*。"
        if zh
        else f"*{fmt.money(due)}* is to come back by {len(rows)} decisions; *{fmt.money(back)}* "
        f"({fmt.percent(back, due)}) has, "
        f"*{fmt.money(due - back)}* is open."
    ]
    total = {"amount": sum(r["amount"] for r in shown), "back": sum(r["back"] for r in shown),
             "open": sum(r["open"] for r in shown)}  # fmt: skip
    table = Listing("recoveries", "追回", "Recoveries", COLUMNS, shown, order="-open", total=total, caption=False)
    question = "该回来的钱回来了吗？" if zh else "Is the money back?"
    return page(request, "audit/recoveries.html", caller=caller, question=question, filters=chosen, says=says,
                tables=(table,), steps=sums, may_points=caller.allows("points.read"))  # fmt: skip


def debts(service: Service, caller: Caller, lang: Any) -> list[dict[str, Any]]:
    """Decisions over money within reach, each with what came back."""
    seen = asked.seen_by(service, caller).subquery()
    back = select(RECOVERY.c.decision_no, func.sum(RECOVERY.c.amount).label("back")).where(
        RECOVERY.c.state == "received").group_by(RECOVERY.c.decision_no).subquery()  # fmt: skip
    query = (
        select(DECISION, seen.c.institution_id, back.c.back)
        .join(seen, seen.c.clue_id == DECISION.c.clue_id)
        .outerjoin(back, back.c.decision_no == DECISION.c.decision_no)
        .where(DECISION.c.state == "in_force", DECISION.c.amount > 0)
    )
    today, made = service.registry.clock().date(), []
    with reads(service.registry) as connection:
        for row in connection.execute(query).mappings():
            came = row["back"] or 0
            left = row["amount"] - came
            since = row["served_on"] or row["decided_at"].date()
            made.append(
                {
                    "decision_no": row["decision_no"],
                    "clue_id": row["clue_id"],
                    "amount": row["amount"],
                    "back": came,
                    "of": row["institution_id"],
                    "institution": institution_name(service, row["institution_id"], lang),
                    "decided_on": row["decided_at"].date(),
                    "basis": row["basis_zh"] if lang == "zh" else row["basis_en"],
                    "open": left,
                    "age": (today - since).days if left else None,
                    "state": "done" if not left else "part" if came else "open",
                }
            )
    return made


def totals(service: Service, caller: Caller) -> dict[str, int]:
    """Money from found to recovered, in fen, within reach: what the steps of the bridge are."""
    seen = asked.seen_by(service, caller).subquery()
    sums = select(
        func.coalesce(func.sum(seen.c.fund_amount), 0), func.coalesce(func.sum(seen.c.claimed), 0),
        func.coalesce(func.sum(seen.c.upheld), 0),
    )  # fmt: skip
    decided = select(func.coalesce(func.sum(DECISION.c.amount), 0)).join(seen, seen.c.clue_id == DECISION.c.clue_id)
    back = select(func.coalesce(func.sum(RECOVERY.c.amount), 0)).join(seen, seen.c.clue_id == RECOVERY.c.clue_id)
    with reads(service.registry) as connection:
        found, claimed, upheld = connection.execute(sums).one()
        said = connection.execute(decided.where(DECISION.c.state == "in_force")).scalar_one()
        came = connection.execute(back.where(RECOVERY.c.state == "received")).scalar_one()
    return {"found": found, "claimed": claimed, "upheld": upheld, "decided": said, "recovered": came}
