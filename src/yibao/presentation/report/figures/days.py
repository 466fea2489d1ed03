"""A stay day by day: what was charged, recorded and seen elsewhere on each of its days (hanging beds)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from yibao.presentation.charts.days import Day, days
from yibao.presentation.report.evidence import Row
from yibao.presentation.report.scene import Figure, Scene, instant

BED_AND_NURSING = frozenset({"01", "07"})
BY_THE_DAY = frozenset({"02", "12", "13"})
"""Ward-round, general and registration fees are booked by the day without anyone coming: they prove no care."""
MAX_DAYS = 92
LANES = ("bed", "care", "record", "leave", "elsewhere")


def days_figure(scene: Scene) -> Figure | None:
    """Five lanes over the days of the stay; an empty lane is evidence too, so all five are always drawn."""
    stay = next((e for e in scene.past("encounter") if e["encounter_id"] == scene.finding["encounter_id"]), None)
    if stay is None:
        return None
    t, begin = scene.t, stay["admitted_at"].date()
    end = (stay["discharged_at"] or max([stay["admitted_at"], *_dates(scene, stay)])).date()
    span = [begin + timedelta(days=i) for i in range(min((end - begin).days + 1, MAX_DAYS))]
    seen = _seen(scene, stay, span)
    idle = [d for d in span if d in seen["bed"] and d not in seen["care"]]
    names = {lane: t(f"figure.days.{lane}") for lane in LANES}
    marks = []
    for lane, found in seen.items():
        for day, tips in sorted(found.items()):
            tone = (
                "warn"
                if (lane == "bed" and day in idle) or lane == "elsewhere"
                else "q3"
                if lane in ("care", "record")
                else "peer-band"
            )
            tip = f"{scene.fmt.date(day)} {names[lane]}: {t('list.comma').join(tips[:4])}"
            marks.append(Day(names[lane], day, tip, tone, point=lane == "elsewhere"))
    title = _message(
        scene,
        span,
        {"idle": len(idle), "leave": len(seen["leave"]), "elsewhere": sum(map(len, seen["elsewhere"].values()))},
    )
    key = (
        ("box-warn", t("figure.days.key_idle")),
        ("box-q3", t("figure.days.key_care")),
        ("diamond-warn", t("figure.days.key_elsewhere")),
    )
    unit = t("figure.days.unit", span=scene.fmt.span(span[0], span[-1]))
    drawn = days(marks, [(names[lane], t(f"figure.days.short_{lane}")) for lane in LANES], span, title)
    return Figure(title, unit, drawn, key)


def _message(scene: Scene, span: list[date], counts: dict[str, int]) -> str:
    """The stay in one sentence: only what was found is said."""
    t = scene.t
    said = [t.count(f"figure.days.said_{name}", n) for name, n in counts.items() if n]
    found = t("list.aside").join(said) or t("figure.days.said_nothing")
    return t("figure.days.title", all=t.count("n.days", len(span)), found=found)


def _seen(scene: Scene, stay: Row, span: list[date]) -> dict[str, dict[date, list[str]]]:
    """Per lane and day: what was found, in words."""
    out: dict[str, dict[date, list[str]]] = {lane: {} for lane in LANES}
    inside = set(span)

    def add(lane: str, at: date | datetime, what: str) -> None:
        day = at.date() if isinstance(at, datetime) else at
        if day in inside:
            out[lane].setdefault(day, []).append(what)

    lines = _mine(scene, "charge_line", stay)
    refunded: dict[str, int] = {}
    for line in lines:
        if line["reversed_line_id"] is not None:
            refunded[line["reversed_line_id"]] = refunded.get(line["reversed_line_id"], 0) + line["quantity"]
    for line in lines:
        stands = line["reversed_line_id"] is None and line["quantity"] + refunded.get(line["line_id"], 0) > 0
        if stands and line["charge_type"] not in BY_THE_DAY:
            add("bed" if line["charge_type"] in BED_AND_NURSING else "care", line["charged_at"], scene.what(line))
    for order in _mine(scene, "medical_order", stay):
        add("record", order["begin_at"], scene.title_of("medical_order"))
    for entry in _mine(scene, "execution", stay):
        add("record", entry["executed_at"], scene.title_of("execution"))
    for leave in _mine(scene, "leave_checkin", stay):
        if leave["kind"] == "leave":
            last = (leave["end_at"] or leave["begin_at"]).date()
            day = leave["begin_at"].date()
            while day <= last:
                add("leave", day, scene.title_of("leave_checkin"))
                day += timedelta(days=1)
    for other in scene.past("encounter"):
        if other["encounter_id"] != stay["encounter_id"] and stay["admitted_at"] < other["admitted_at"]:
            add("elsewhere", other["admitted_at"], scene.names.institution(other["institution_id"]))
    return out


def _mine(scene: Scene, table: str, stay: Row) -> list[Row]:
    return [row for row in scene.past(table) if row["encounter_id"] == stay["encounter_id"]]


def _dates(scene: Scene, stay: Row) -> list[datetime]:
    return [instant(line["charged_at"]) for line in _mine(scene, "charge_line", stay)]
