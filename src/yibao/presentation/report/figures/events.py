"""Dated rows of the evidence in the lane of their table: earlier results, care after a death, reports that lack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from yibao.presentation.charts.events import Event, Window, events
from yibao.presentation.report.evidence import Row
from yibao.presentation.report.rows import time_column
from yibao.presentation.report.scene import Figure, Scene, clip, instant

MAX_EVENTS = 60
REPORTS_AROUND = timedelta(days=30)


def events_figure(scene: Scene) -> Figure | None:
    """Every dated row the finding points at; the window in which an earlier one still counts; a death as a rule."""
    marks: dict[tuple[str, str], Event] = {}
    lanes: dict[str, str] = {}
    signal_of: dict[Event, str] = {}
    death: datetime | None = None
    for ref in scene.refs[:MAX_EVENTS]:
        table = scene.ledger.tables().get(ref["ref_table"])
        column, row = (time_column(table) if table else None), scene.rows.get(ref)
        if table is None or column is None or row is None or row[column.name] is None:
            continue
        at = instant(row[column.name])
        if column.name == "death_date":
            death = min(death or at, at)
            continue
        lane = scene.title_of(table.name)
        lanes[lane] = _short(scene, lane)
        key = (ref["ref_table"], ref["ref_id"])
        marks[key] = _event(scene, ref["ref_table"], row, at, key in scene.at_stake)
        signal_of[marks[key]] = ref["signal"]
    if not marks or (len(marks) < 2 and death is None):
        return None
    seen = list(marks.values())
    windows = _windows(scene, seen, signal_of)
    t = scene.t
    times = [m.at for m in seen] + ([death] if death else [])
    span = scene.fmt.span(min(times).date(), max(times).date())
    title = t("figure.events.title", marks=t.count("n.entries", len(seen)), span=span)
    key_lines = [("circle-you", t("figure.events.context")), ("diamond-warn", t("figure.events.stake"))]
    if windows:
        key_lines.append(("box-mark", windows[0].tip))
    if death:
        key_lines.append(("line-stop", t("figure.events.death", day=scene.fmt.date(death.date()))))
    return Figure(
        title, t("figure.events.unit"), events(seen, windows, list(lanes.items()), death, title), tuple(key_lines)
    )


def report_figure(scene: Scene) -> Figure | None:
    """Charged examinations above, this person's reports below, and the days in which the report was due."""
    charges = scene.referenced("charge_line")
    if not charges:
        return events_figure(scene)
    t = scene.t
    charge_lane, report_lane = scene.title_of("charge_line"), scene.title_of("exam_report")
    done = [instant(c["executed_at"] or c["charged_at"]) for c in charges]
    first, last = min(done) - REPORTS_AROUND, max(done) + REPORTS_AROUND
    known = {r["report_id"]: r for r in [*scene.past("exam_report"), *scene.referenced("exam_report")]}
    reports = [r for r in known.values() if first <= r["examined_at"] <= last]
    marks = [_event(scene, "charge_line", c, at, True) for c, at in zip(charges, done, strict=True)]
    marks += [_event(scene, "exam_report", r, r["examined_at"], False) for r in reports]
    lag = _lag_days(scene, charges)
    tip = t("figure.report.due", days=lag)
    windows = [Window(report_lane, at - timedelta(days=1), at + timedelta(days=lag), tip) for at in done]
    title = t("figure.report.title" if reports else "figure.report.none")
    lanes = [(lane, _short(scene, lane)) for lane in (charge_lane, report_lane)]
    key = (("diamond-warn", t("figure.report.charge")), ("circle-you", t("figure.report.report")), ("box-mark", tip))
    return Figure(title, t("figure.events.unit"), events(marks, windows, lanes, None, title), key)


def _lag_days(scene: Scene, charges: Sequence[Row]) -> int:
    """Days in which the report is due: of the item's examination class, else the law's default."""
    codes = sorted({c["item_code"] for c in charges})
    classes = scene.ledger.rows("exam_class", "item_code", codes).to_pylist()
    known = [c["report_lag_days"] for c in classes if c["report_lag_days"] is not None]
    return int(max(known, default=scene.params.get("default_lag_days", 3)))


def _event(scene: Scene, table: str, row: Row, at: datetime, at_stake: bool) -> Event:
    what = scene.what(row)
    shown = scene.fmt.time(at) if at.time() != datetime.min.time() else scene.fmt.date(at.date())
    lane = scene.title_of(table)
    return Event(lane, at, clip(what, 26), f"{lane} {shown} {what}".strip(), at_stake)


def _windows(scene: Scene, marks: Sequence[Event], signal_of: Mapping[Event, str]) -> list[Window]:
    """From each earlier result: the days in which it still counts for the examination in question."""
    asked = [m.at for m in marks if m.at_stake]
    codes = sorted({row["item_code"] for row in scene.referenced("charge_line") if row["item_code"]})
    classes = scene.ledger.rows("exam_class", "item_code", codes).to_pylist() if codes and asked else []
    out = []
    for mark in marks:
        days = _usable_days(scene, classes, signal_of[mark])
        if days and not mark.at_stake and mark.at <= max(asked):
            tip = scene.t("figure.events.window", days=days)
            out.append(Window(mark.lane, mark.at, mark.at + timedelta(days=days), tip))
    return out


def _usable_days(scene: Scene, classes: Sequence[Row], signal: str) -> int:
    """How long a result stays usable: by the class of the examination, equal or related as the signal says."""
    if f"{signal}_window_days" not in (classes[0] if classes else {}):
        return 0
    known = [c[f"{signal}_window_days"] for c in classes if c[f"{signal}_window_days"] is not None]
    return int(max(known, default=scene.params.get(f"{signal}_window_days", 0)))


def _short(scene: Scene, lane: str) -> str:
    return lane[:4] if scene.fmt.lang == "zh" else lane.split(" ")[0]
