"""Payment-qualification points of staff: who nears nine or twelve, what was decided, what is under appeal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from markupsafe import Markup
from sqlalchemy import select

from yibao.presentation import micro
from yibao.presentation.fmt import Format, Lang
from yibao.presentation.report.names import mask_name
from yibao.registry.points import STATUS_WORDS
from yibao.registry.tables.points import POINTS_EVENT, QUALIFIED_STAFF
from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console.filters import Filter, Option, read
from yibao.service.console.listing import Column, Listing, Row, under
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import institution_name
from yibao.service.state import Service

router = APIRouter(prefix="/audit", route_class=GuardedRoute, include_in_schema=False)
#: Points of a year that suspend, and that end the qualification (YBF 2024 No. 23).
SUSPENDS, ENDS = 9, 12
_TONES = {"normal": "", "suspended": "warn:clock", "terminated": "stop:x"}
_NEAR = {"12": ("12 分", "12 points"), "9": ("9 至 11 分", "9 to 11 points"), "6": ("6 至 8 分", "6 to 8 points"),
         "1": ("1 至 5 分", "1 to 5 points")}  # fmt: skip
_BANDS = {"12": (12, 99), "9": (9, 11), "6": (6, 8), "1": (1, 5)}


def bullet(row: Row, lang: Lang) -> Markup:
    """The sum of the year with rules at nine and twelve (R12)."""
    tone = "stop" if row["points"] >= ENDS else "warn" if row["points"] >= SUSPENDS else "q4"
    said = f"{row['points']} 分，9 分暂停，12 分终止" if lang == "zh" else f"{row['points']} points; 9 suspend, 12 end"
    return micro.bullet(row["points"], (ENDS,), said, ticks=(SUSPENDS, ENDS), tone=tone)


_COLUMNS = (
    Column("name", "人员", "Person", head=True, below=under("staff_id")),
    Column("institution", "机构", "Provider"),
    Column("points", "本年度累计", "This year", "count", mark=bullet),
    Column("decisions", "记分次数", "Decisions", "count"),
    Column("appealed", "申诉中", "Under appeal", "count"),
    Column("last", "最近一次", "Latest", "date"),
    Column("status", "资格", "Qualification", "chip", words=STATUS_WORDS, tone=lambda row: _TONES[row["status"]]),
    Column("status_to", "至", "Until", "date"),
)  # fmt: skip


@router.get("/points")
@needs("points.read", anywhere=True)  # the rows are those that the registry's reach gives
def points(request: Request, caller: Who, service: Of) -> Response:
    """Who nears nine or twelve points?"""
    lang = lang_of(request)
    zh, year = lang == "zh", service.registry.clock().year
    staff, events = _registered(service, caller)
    bands = [Option(name, *words) for name, words in _NEAR.items()]
    years = sorted({row["year"] for row in events} | {year}, reverse=True)
    chosen = read(
        request,
        [
            Filter(
                "year",
                "年度",
                "Year",
                options=[Option(str(y), str(y), str(y)) for y in years],
                default=str(year),
                every=None,
            ),
            Filter("near", "累计", "Sum", options=bands),
        ],
    )
    rows = _people(service, staff, [e for e in events if str(e["year"]) == chosen["year"]], lang)
    shown = (
        rows
        if not chosen["near"]
        else [r for r in rows if _BANDS[chosen["near"]][0] <= r["points"] <= _BANDS[chosen["near"]][1]]
    )
    fmt = Format(lang)
    near = sum(SUSPENDS - 3 <= r["points"] < SUSPENDS for r in rows)
    over, ended = sum(SUSPENDS <= r["points"] < ENDS for r in rows), sum(r["points"] >= ENDS for r in rows)
    says = [
        f"登记 *{fmt.count(len(staff))} 人*，{chosen['year']} 年度有记分的 *{fmt.count(len(rows))} 人*：*{near} "
        f"人*离 9 分不到 3 分，"
        f"*{over} 人*达到 9 分，*{ended} 人*达到 12 分。"
        if zh
        else f"Of *{fmt.count(len(staff))}* registered, *{fmt.count(len(rows))}* have points in {chosen['year']}: "
        f"*{near}* are within "
        f"3 of nine, *{over}* have reached nine, *{ended}* twelve."
    ]
    if not rows:
        says = [f"登记 *{fmt.count(len(staff))} 人*，{chosen['year']} 年度没有人被记分。" if zh else
                f"*{fmt.count(len(staff))}* are registered; nobody has points in {chosen['year']}."]  # fmt: skip
    table = points_table(shown)
    question = "谁接近 9 分、12 分？" if zh else "Who nears 9 or 12 points?"
    return page(
        request,
        "audit/points.html",
        caller=caller,
        question=question,
        filters=chosen,
        says=says,
        tables=(table,),
        anyone=bool(rows),
    )


def points_table(rows: Sequence[Row]) -> Listing:
    """Persons with points, most first."""
    return Listing(
        "points", "支付资格记分", "Payment-qualification points", _COLUMNS, rows, order="-points", caption=False
    )


def of_institution(service: Service, caller: Caller, code: str, lang: Lang) -> list[dict[str, Any]]:
    """This year's persons with points at one institution, as far as the caller sees points."""
    if not caller.allows("points.read"):
        return []
    staff, events = _registered(service, caller)
    own = {name: row for name, row in staff.items() if row["institution_id"] == code}
    year = service.registry.clock().year
    return _people(service, own, [e for e in events if e["staff_id"] in own and e["year"] == year], lang)


def _registered(service: Service, caller: Caller) -> tuple[dict[str, Any], list[Any]]:
    """Staff within reach by id, and all events of points about them."""
    with service.registry.reading("points.read", caller.actor_id) as unit:
        mine = select(QUALIFIED_STAFF).where(unit.reach().where(QUALIFIED_STAFF))
        staff = {row["staff_id"]: row for row in unit.rows(mine)}
        return staff, [row for row in unit.rows(select(POINTS_EVENT)) if row["staff_id"] in staff]


def _people(service: Service, staff: Any, events: Any, lang: Lang) -> list[dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    for event in events:
        if event["state"] == "revoked":
            continue
        who = staff[event["staff_id"]]
        row = made.setdefault(event["staff_id"], {
            "staff_id": event["staff_id"], "name": mask_name(who["name"]), "points": 0, "decisions": 0, "appealed": 0,
            "institution": institution_name(service, who["institution_id"], lang), "last": event["decided_on"],
            "status": who["status"], "status_to": who["status_to"],
        })  # fmt: skip
        row["points"] += event["points"] - event["repaired"]
        row["decisions"] += 1
        row["appealed"] += event["state"] == "appealed"
        row["last"] = max(row["last"], event["decided_on"])
    return list(made.values())
