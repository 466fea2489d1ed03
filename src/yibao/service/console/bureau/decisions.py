"""What waits for the bureau's decision: opinions and objections to answer, rules whose next step may be taken."""

from __future__ import annotations

from typing import Any

from yibao.presentation.fmt import Lang
from yibao.registry.opinions import opinions
from yibao.service.access.scope import Caller
from yibao.service.console.audit.queue import left_words
from yibao.service.console.audit.queue_query import working_days_left
from yibao.service.console.bureau.life import to_promote
from yibao.service.console.bureau.objection_pages import raised
from yibao.service.console.listing import Column, Listing
from yibao.service.console.scoping import Within, institution_name
from yibao.service.state import Service

KINDS = {"opinion": ("答复意见", "answer an opinion"), "objection": ("答复考核异议", "answer an objection"),
         "rule": ("规则是否转入下一阶段", "take a rule further")}  # fmt: skip
#: So many are shown at once.
SHOWN = 8


def waiting_opinions(service: Service, caller: Caller, where: Within) -> list[dict[str, Any]]:
    """Opinions without an answer within a region, the next due first."""
    if not caller.allows("opinion.read"):
        return []
    with service.registry.reading("opinion.read", caller.actor_id) as unit:
        return [dict(row) for row in opinions(unit, state="open") if row["region_code"] in where.regions]


def to_decide(service: Service, caller: Caller, where: Within, open_: list[dict[str, Any]], lang: Lang) -> Listing:
    """Everything that waits, what has a clock first, the oldest before the newer. ``open_``: the waiting opinions."""
    colon, ready = ("：", "报告已齐，可转为") if lang == "zh" else (": ", "reported, may become ")
    rows = [
        {"kind": "opinion", "name": row["opinion_id"], "href": f"/bureau/opinions/{row['opinion_id']}",
         "who": institution_name(service, row["institution_id"], lang), "what": row["words"][:60],
         "since": row["given_at"].date(), "due_on": row["due_on"]}
        for row in open_
    ]  # fmt: skip
    if caller.allows("assessment.answer"):
        rows += [
            {"kind": "objection", "name": row["objection_id"], "href": f"/bureau/objections/{row['objection_id']}",
             "who": row["institution"], "what": f"{row['indicator']}{colon}{row['words'][:60]}",
             "since": row["raised_at"].date(), "due_on": None}
            for row in raised(service, where.institutions, lang, "raised")
        ]  # fmt: skip
    if caller.allows("rule.read"):
        rows += [
            {"kind": "rule", "name": row["law"], "href": f"/bureau/rules/{row['law']}#life", "who": None,
             "what": f"{row['title']}{colon}{ready}{row['stage']}",
             "since": row["since"], "due_on": None}
            for row in to_promote(service, lang)
        ]  # fmt: skip
    rows.sort(key=lambda row: (row["due_on"] is None, row["due_on"] or row["since"], row["name"]))
    for row in rows:
        row["left"] = working_days_left(service, row["due_on"])
    return Listing("decide", "要您决定的", "What needs a decision", (
        Column("name", "对象", "Object", head=True, sorts=False, href=lambda row: str(row["href"])),
        Column("kind", "事项", "Matter", sorts=False, words=KINDS), Column("who", "机构", "Provider", sorts=False),
        Column("what", "内容", "What", "long", sorts=False), Column("since", "自", "Since", "date", sorts=False),
        Column("due_on", "答复期限", "Answer due", "date", sorts=False,
               below=lambda row, fmt: left_words(row["left"], fmt.lang)),
    ), rows, caption=False, page=SHOWN)  # fmt: skip
