"""The person's stays around the ones in question (R8): split and overlapping stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from yibao.presentation.charts.stays import Stay, stays
from yibao.presentation.report.evidence import Row
from yibao.presentation.report.scene import Figure, Scene, clip

INPATIENT = frozenset({"21", "22", "23", "24", "52"})
MAX_STAYS = 12
AROUND = timedelta(days=45)


def stays_figure(scene: Scene) -> Figure | None:
    """One row per stay; the stays whose payment is in question are marked, what two of them share is shaded."""
    named = {r["encounter_id"] for table in ("encounter", "settlement") for r in scene.referenced(table)}
    every = [e for e in scene.past("encounter") if e["kind"] in INPATIENT and e["discharged_at"] is not None]
    chosen = sorted((e for e in every if e["encounter_id"] in named), key=lambda e: e["admitted_at"])
    if not chosen:
        return None
    first, last = chosen[0]["admitted_at"] - AROUND, max(e["discharged_at"] for e in chosen) + AROUND
    near = [e for e in every if e["discharged_at"] >= first and e["admitted_at"] <= last]
    near.sort(key=lambda e: (e["encounter_id"] not in named, e["admitted_at"]))
    shown = sorted(near[:MAX_STAYS], key=lambda e: (e["admitted_at"], e["encounter_id"]))
    suspect = _in_question(scene) or {chosen[-1]["encounter_id"]}
    rows = [_stay(scene, e, i, e["encounter_id"] in suspect) for i, e in enumerate(shown, start=1)]
    shared = _overlap(chosen)
    t = scene.t
    places = len({e["institution_id"] for e in chosen})
    title = t("figure.stays.title", stays=t.count("n.stays", len(chosen)), places=t.count("n.institutions", places))
    key = [("box-peer", t("figure.stays.other")), ("box-warn", t("figure.stays.suspect"))]
    if shared:
        key.append(("box-mark", t("figure.stays.shared")))
    return Figure(title, t("figure.stays.unit"), stays(rows, shared, title), tuple(key))


def _in_question(scene: Scene) -> set[str]:
    """Encounters whose rows carry money in this finding."""
    rows = (scene.rows.get(r) for r in scene.refs if (r["ref_table"], r["ref_id"]) in scene.at_stake)
    return {row["encounter_id"] for row in rows if row is not None and row.get("encounter_id")}


def _stay(scene: Scene, row: Row, number: int, suspect: bool) -> Stay:
    begin, end = row["admitted_at"].date(), row["discharged_at"].date()
    name = scene.names.institution(row["institution_id"])
    days = (end - begin).days
    tip = f"{number} {name}: {scene.fmt.span(begin, end)}, {scene.t.count('n.days', days)}"
    return Stay(f"{number}  {clip(name)}", str(number), begin, end, scene.fmt.count(days), tip, suspect)


def _overlap(chosen: Sequence[Row]) -> tuple[date, date] | None:
    """The longest period that two of the stays in question share, when it reaches into another day."""
    best: tuple[datetime, datetime] | None = None
    for i, one in enumerate(chosen):
        for other in chosen[i + 1 :]:
            start = max(one["admitted_at"], other["admitted_at"])
            end = min(one["discharged_at"], other["discharged_at"])
            if end > start and (best is None or end - start > best[1] - best[0]):
                best = (start, end)
    return (best[0].date(), best[1].date()) if best and best[1].date() > best[0].date() else None
