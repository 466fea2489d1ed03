"""Two places too far apart for the time between: distance by time, with what can be reached shaded."""

from __future__ import annotations

from datetime import timedelta
from math import asin, cos, radians, sin, sqrt

from yibao.presentation.charts.travel import Presence, journey
from yibao.presentation.report.evidence import Row
from yibao.presentation.report.rows import Cell, Head, RowTable
from yibao.presentation.report.scene import Figure, Scene, clip

#: Other visits are drawn from so long before the first of the two to so long after the second.
AROUND = timedelta(hours=3)
_EARTH_KM = 6371.0088


def travel_figure(scene: Scene) -> Figure | None:
    """The earlier and the later encounter, and what else the person did meanwhile."""
    ends = _ends(scene)
    if ends is None:
        return None
    first, second = ends
    around = [
        row for row in scene.past("encounter")
        if first["admitted_at"] < row["admitted_at"] <= second["admitted_at"] + AROUND
        and row["encounter_id"] not in (first["encounter_id"], second["encounter_id"])
    ]  # fmt: skip
    places = _places(scene, [first, second, *around])
    start, target = places.get(first["institution_id"]), places.get(second["institution_id"])
    if start is None or target is None:
        return None
    t, fmt = scene.t, scene.fmt
    told = {ref["signal"]: ref["value"] for ref in scene.refs}
    km, minutes = told.get("distance") or 0, told.get("minutes") or 0
    near = str(start["region_code"])[:2] == str(target["region_code"])[:2]
    speed = int(scene.params["speed_near" if near else "speed_far"])
    seen = [(first, 0.0, True), (second, float(km), True)] + [
        (row, _distance(start, places[row["institution_id"]]), False)
        for row in around if row["institution_id"] in places
    ]  # fmt: skip
    seen.sort(key=lambda one: (one[0]["admitted_at"], one[0]["encounter_id"]))
    marks = [_presence(scene, *one) for one in seen]
    title = t("figure.travel.title", minutes=minutes, km=km)
    key = [
        ("diamond-warn", t("figure.travel.pair")),
        ("box-good-bg", t("figure.travel.reach", speed=speed)),
    ]
    if len(marks) > 2:
        key.append(("circle-you", t("figure.travel.other")))
    heads = [Head(t("figure.travel.at")), Head(t("figure.travel.place")), Head(t("figure.travel.km"), "n")]
    table = RowTable(title, heads, [
        [Cell(fmt.time(row["admitted_at"]), "head"), Cell(scene.names.institution(row["institution_id"])),
         Cell(f"{away:.0f}", "n", round(away))]
        for row, away, _ in seen
    ])  # fmt: skip
    return Figure(title, t("figure.travel.unit"), journey(marks, speed, title), tuple(key), table)


def _presence(scene: Scene, row: Row, km: float, suspect: bool) -> Presence:
    place = scene.names.institution(row["institution_id"])
    tip = f"{scene.fmt.time(row['admitted_at'])} {place} {km:.0f} km"
    return Presence(row["admitted_at"], km, clip(place), tip, suspect)


def _ends(scene: Scene) -> tuple[Row, Row] | None:
    """The earlier and the later of the two encounters."""
    rows = {row["encounter_id"]: row for row in (*scene.past("encounter"), *scene.referenced("encounter"))}
    later = rows.get(scene.finding["encounter_id"])
    named = {ref["ref_id"] for ref in scene.refs if ref["ref_table"] == "encounter"}
    earlier = [rows[one] for one in sorted(named - {scene.finding["encounter_id"]}) if one in rows]
    return (earlier[0], later) if later is not None and earlier else None


def _places(scene: Scene, encounters: list[Row]) -> dict[str, Row]:
    """The institutions of these encounters that have coordinates."""
    wanted = sorted({row["institution_id"] for row in encounters})
    scene.names.load_institutions(wanted)
    found = scene.ledger.rows("institution", "institution_id", wanted).to_pylist()
    return {row["institution_id"]: row for row in found
            if row["latitude_e6"] is not None and row["longitude_e6"] is not None}  # fmt: skip


def _distance(one: Row, other: Row) -> float:
    """Kilometres between two places on the sphere (haversine)."""
    north = radians((other["latitude_e6"] - one["latitude_e6"]) / 1e6)
    east = radians((other["longitude_e6"] - one["longitude_e6"]) / 1e6)
    level = cos(radians(one["latitude_e6"] / 1e6)) * cos(radians(other["latitude_e6"] / 1e6))
    return 2 * _EARTH_KM * asin(sqrt(sin(north / 2) ** 2 + level * sin(east / 2) ** 2))
