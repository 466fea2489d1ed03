"""The figures of a clue: what happened when, person by person; the provider's shape against its peers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from yibao.measures import poisson_limits
from yibao.presentation.charts.events import Event, events
from yibao.presentation.charts.histogram import Bin, histogram
from yibao.presentation.charts.stays import Stay, stays
from yibao.presentation.report.figures.stays import INPATIENT
from yibao.presentation.report.rows import time_column
from yibao.presentation.report.scene import clip, instant
from yibao.service.console.audit.evidence import Case, Party
from yibao.service.console.drawing import Drawn, drawn
from yibao.service.console.listing import Column, Listing
from yibao.service.console.suppression import BUREAU
from yibao.service.state import Service

#: Persons that are drawn; the table below names all.
LANES = 14
#: Dots of one person that are drawn.
DOTS = 60
#: Fewer institutions of a kind and level give no comparison.
LEAST_PEERS = 5
#: The two measures that are compared, of laws about stays and of the others.
MEASURES = {
    "los": ("住院日，天", "Length of stay, days"),
    "gap": ("再入院间隔，天", "Days to readmission"),
    "hour": ("结算的钟点", "Hour of the bill"),
    "cost": ("每单费用，50 元一档", "Cost of a bill, steps of ¥50"),
}
_LAST = {"los": 30, "gap": 30, "hour": 23, "cost": 20}


def timeline(case: Case) -> Drawn | None:
    """Stays by person where the clue is about stays, else the rows that the findings point at, by person and time."""
    parties = case.parties[:LANES]
    bars = [(party, e) for party in parties for i in party.ids for e in case.encounters.get(i, ())
            if e["kind"] in INPATIENT and e["discharged_at"] is not None]  # fmt: skip
    if bars and about_stays(case):
        return _stays(case, bars)
    return _events(case, parties)


def about_stays(case: Case) -> bool:
    return any(law.id.startswith(("C", "G02")) for law in case.laws)


def _stays(case: Case, bars: Sequence[tuple[Party, Any]]) -> Drawn:
    zh, fmt = case.lang == "zh", case.fmt
    money = {(m["ref_table"], m["ref_id"]) for m in case.clue["money"]}
    suspect = {row["encounter_id"] for key in money if (row := case.rows.get(
        {"ref_table": key[0], "ref_id": key[1]})) is not None and row.get("encounter_id")}  # fmt: skip
    seen: dict[str, Stay] = {}
    for party, e in bars:
        begin, end = e["admitted_at"].date(), e["discharged_at"].date()
        days, who = (end - begin).days, f"{party.number:02d} {party.label}"
        tip = f"{who}: {fmt.span(begin, end)}, {days} {'天' if zh else 'days'}"
        seen[e["encounter_id"]] = Stay(
            who, f"{party.number:02d}", begin, end, str(days), tip, e["encounter_id"] in suspect
        )
    rows = list(seen.values())
    people = len({party.number for party, _ in bars})
    title = (
        f"{people} 人、{len(rows)} 次住院"
        if zh
        else f"{len(rows)} stays of {people} {'person' if people == 1 else 'people'}"
    )
    unit = "每行一人，条旁数字为住院天数" if zh else "one row per person; numbers are days"
    svg = drawn(["stays", case.lang, [s.__dict__ for s in rows]], lambda: stays(rows, None, title))
    key = [("box-peer", "第一次或其他住院" if zh else "first or other stay"),
           ("box-warn", "疑点所指的住院" if zh else "stay that the clue is about")]  # fmt: skip
    table = Listing(
        "timeline", "住院", "Stays",
        [Column("who", "参保人", "Person", head=True), Column("begin", "入院", "Admitted", "date"),
         Column("end", "出院", "Discharged", "date"), Column("days", "天数", "Days", "count")],
        [{"who": s.name, "begin": s.begin, "end": s.end, "days": (s.end - s.begin).days} for s in rows],
    )  # fmt: skip
    return Drawn("timeline", title, unit, svg, key, table)


def _events(case: Case, parties: Sequence[Party]) -> Drawn | None:
    zh = case.lang == "zh"
    marks: list[Event] = []
    for party in parties:
        marks += list(_dots(case, party))[:DOTS]
    if not marks:
        return None
    lanes = [(_lane(p), f"{p.number:02d}") for p in parties if any(m.lane == _lane(p) for m in marks)]
    stake = sum(m.at_stake for m in marks)
    title = (
        f"{len(lanes)} 人的 {len(marks)} 条记录，其中 {stake} 条涉及基金"
        if zh
        else f"{len(marks)} rows of {len(lanes)} {'person' if len(lanes) == 1 else 'people'}, {stake} of them carry "
        f"fund money"
    )
    unit = "每行一人，按发生时间" if zh else "one row per person, by time"
    shown = ["events", case.lang, [(m.lane, m.at, m.at_stake) for m in marks]]
    quiet = [Event(m.lane, m.at, "", m.tip, m.at_stake) for m in marks]
    svg = drawn(shown, lambda: events(quiet, [], lanes, None, title))
    key = [("diamond-warn", "涉及基金的记录" if zh else "row that carries fund money"),
           ("circle-you", "其他依据" if zh else "other evidence")]  # fmt: skip
    table = Listing(
        "timeline", "记录", "Rows",
        [Column("who", "参保人", "Person", head=True), Column("at", "时间", "Time", "time"),
         Column("what", "内容", "What", "long")],
        [{"who": m.lane, "at": m.at, "what": m.text} for m in sorted(marks, key=lambda m: (m.lane, m.at))],
    )  # fmt: skip
    return Drawn("timeline", title, unit, svg, key, table)


def _dots(case: Case, party: Party) -> Iterable[Event]:
    money = {(m["ref_table"], m["ref_id"]) for m in case.clue["money"]}
    seen: set[tuple[str, str]] = set()
    tables = case.service.ledger.tables()
    for finding_id in party.ids:
        for ref in case.refs.get(finding_id, ()):
            key, row = (ref["ref_table"], ref["ref_id"]), case.rows.get(ref)
            when = time_column(tables[key[0]]) if key[0] in tables else None
            if row is None or key in seen or when is None or row[when.name] is None:
                continue
            seen.add(key)
            item = case.names.item(row.get("item_code"), row.get("item_name")) if row.get("item_code") else ""
            what = item or case.names.institution(row.get("institution_id"))
            at = instant(row[when.name])
            yield Event(_lane(party), at, what, f"{_lane(party)}: {case.fmt.time(at)} {what}", key in money)


def _lane(party: Party) -> str:
    return f"{party.number:02d} {clip(party.label)}"


def peers_of(service: Service, institution_id: str | None) -> list[str]:
    """Institutions of the same kind and level; the institution itself is none of them."""
    own = service.institutions.get(institution_id or "")
    if own is None:
        return []
    return [code for code, row in service.institutions.items()
            if code != institution_id and (row["kind"], row["level"]) == (own["kind"], own["level"])]  # fmt: skip


def against_peers(case: Case) -> list[Drawn]:
    """Two histograms of the provider against its peers; none where peers are fewer than five."""
    peers = peers_of(case.service, case.clue["institution_id"])
    if len(peers) < LEAST_PEERS:
        return []
    chosen = ("gap", "los") if about_stays(case) else ("cost", "hour")
    made = [_shape(case, measure, peers) for measure in chosen]
    return [one for one in made if one is not None]


def piles(own: Sequence[int], others: Sequence[int]) -> list[bool]:
    """Classes in which the own number (five at least) lies above the 99.8 % limit of what the others' shares give."""
    mine, theirs = sum(own), max(sum(others), 1)
    expected = np.maximum([other / theirs * mine for other in others], 0.5)
    high = poisson_limits(expected, 1.0, 1.0).upper_action * expected
    return [one >= BUREAU and one > float(limit) for one, limit in zip(own, high, strict=True)]


def _shape(case: Case, measure: str, peers: Sequence[str]) -> Drawn | None:
    figures, own_id, zh = case.service.figures, case.clue["institution_id"], case.lang == "zh"
    own, others = ({}, {})  # type: tuple[dict[int, int], dict[int, int]]
    for row in figures.rows("shape", institution_id={own_id, *peers}, measure=measure):
        into = own if row["institution_id"] == own_id else others
        into[row["class"]] = into.get(row["class"], 0) + row["number"]
    mine, theirs = sum(own.values()), sum(others.values())
    if mine < 10 or not theirs:
        return None
    classes = range(_LAST[measure] + 1)
    hot = piles([own.get(c, 0) for c in classes], [others.get(c, 0) for c in classes])
    bins = [
        Bin(
            str(c),
            own.get(c, 0) / mine * 100,
            others.get(c, 0) / theirs * 100,
            hot[c],
            f"{c}: {case.fmt.percent(own.get(c, 0), mine)} ({own.get(c, 0)}), "
            f"{case.fmt.percent(others.get(c, 0), theirs)}",
        )
        for c in range(_LAST[measure] + 1)
    ]
    words = MEASURES[measure]
    count = case.fmt.count
    title = (f"{words[0]}；{count(mine)} 次（同类 {count(theirs)} 次）" if zh
             else f"{words[1]}; {count(mine)} (peers {count(theirs)})")  # fmt: skip
    unit = f"占各自总数的百分比；同类 {len(peers)} 家" if zh else f"percent of the own total; {len(peers)} peers"
    every = {"hour": 4, "cost": 4}.get(measure, 7)
    svg = drawn(["shape", case.lang, title, bins], lambda: histogram(bins, title, every=every, beside=True))
    table = Listing(
        f"peers-{measure}",
        words[0],
        words[1],
        [
            Column("class", "档", "Class", "count", head=True),
            Column("own", "该院", "This provider", "count"),
            Column("own_ppm", "该院占比", "Its share", "percent"),
            Column("peers_ppm", "同类占比", "Peers' share", "percent"),
        ],
        [
            {
                "class": c,
                "own": own.get(c, 0),
                "own_ppm": own.get(c, 0) * 1_000_000 // mine,
                "peers_ppm": others.get(c, 0) * 1_000_000 // theirs,
            }
            for c in range(_LAST[measure] + 1)
        ],
    )
    return Drawn(f"peers-{measure}", title, unit, svg, (), table)
