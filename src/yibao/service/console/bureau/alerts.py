"""What warns: the reserve, indicators out of their own variation, rules that find far more, clocks that ran out.

Each alert says how grave it is, since when, by which rule, what may be done and who answers for it (``alerts.yaml``);
its name leads to what it is about, so that the evidence is two clicks further.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from yibao.engine.yaml import read_yaml
from yibao.measures import signal
from yibao.service.console.audit.record import alarms
from yibao.service.console.bureau import care, fund
from yibao.service.console.listing import Column, Listing
from yibao.service.console.scoping import Within
from yibao.service.state import Service
from yibao.supervision.lifecycle.watch import DAYS

Words = tuple[str, str]
Books = Mapping[date, Mapping[str, int]]
#: Reserve in months of spending below which it warns (payment.md §4).
SHORT, TIGHT, SOUND = 3, 6, 9
#: Months in a row in which spending grew faster than income.
GROWING = 3
#: How many of the newest final months a signal may lie in to warn still.
FRESH = 3
LEVELS: Mapping[int, Words] = {1: ("一级", "Level 1"), 2: ("二级", "Level 2"), 3: ("三级", "Level 3")}
_TONES = {1: "warn:violation", 2: "warn:suspect", 3: ":lead"}
_SIDES: Mapping[int, Words] = {1: ("高", "above"), -1: ("低", "below")}


@dataclass(frozen=True)
class Alert:
    """``kind`` names its words; ``level`` 1 is the gravest; ``since`` is the day, or the first of the month, from which
    it holds; ``said`` fills the words in, a pair by language."""

    kind: str
    level: int
    href: str
    since: date | None
    said: Mapping[str, Any]

    def words(self, part: str) -> Words:
        texts = _words()[self.kind][part]
        zh, en = ({name: value[at] if isinstance(value, tuple) else value for name, value in self.said.items()}
                  for at in (0, 1))  # fmt: skip
        return texts["zh"].format(**zh), texts["en"].format(**en)


@cache
def _words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    text = (files("yibao.service.console.bureau") / "alerts.yaml").read_text(encoding="utf-8")
    said: Mapping[str, Mapping[str, Mapping[str, str]]] = read_yaml(text, "alerts.yaml")
    return said


def listed(alerts: Iterable[Alert]) -> Listing:
    """The table of alerts, the gravest and then the oldest first."""
    rows = [
        {"level": one.level, "href": one.href, "since": one.since,
         **{part: one.words(part) for part in ("what", "rule", "advice", "owner")}}
        for one in sorted(alerts, key=lambda one: (one.level, one.since or date.max, one.kind))
    ]  # fmt: skip
    return Listing("warnings", "预警", "Early warnings", (
        Column("what", "预警", "Warning", head=True, href=lambda row: str(row["href"])),
        Column("level", "级别", "Level", "chip", words=LEVELS, tone=lambda row: _TONES[row["level"]]),
        Column("since", "起始", "Since", "date"), Column("rule", "规则", "Rule", "long"),
        Column("advice", "建议措施", "What may be done", "long"), Column("owner", "责任人", "Who answers for it"),
    ), rows, caption=False, page=10)  # fmt: skip


def of_reserve(found: Mapping[str, Books], region: str) -> list[Alert]:
    """Schemes whose reserve is short, tight, or below nine months while more goes out than comes in."""
    made = []
    for scheme, months in found.items():
        words = fund.SCHEMES.get(scheme, (scheme, scheme))
        way = f"/bureau/fund?region={region}&scheme={scheme}#"
        graded = _graded(months)
        level = graded[-1][1] if graded else 0
        if level:
            since = next(month for i, (month, _) in enumerate(graded) if all(0 < one <= level for _, one in graded[i:]))
            said = {"scheme": words, "months": f"{_lasts(months, max(months)) or 0:.1f}"}
            made.append(Alert(f"reserve_{level}", level, f"{way}care_payable_{scheme}", since, said))
        growing = _growing(months)
        if growing is not None:
            made.append(Alert("growth", 3, f"{way}care_spent_{scheme}", growing, {"scheme": words}))
    return made


def _lasts(months: Books, at: date) -> float | None:
    """Months payable at the end of a month, by the twelve months up to it; None below six known months."""
    year = _year(months, at)
    spent = sum(m["spending"] for m in year)
    return months[at]["balance"] * len(year) / spent if spent > 0 and len(year) >= care.LEAST_MONTHS else None


def _year(months: Books, at: date) -> list[Mapping[str, int]]:
    return [months[m] for m in sorted(months) if m <= at][-care.YEAR :]


def _graded(months: Books) -> list[tuple[date, int]]:
    """Each month with its level of warning, 0 for none."""
    made = []
    for at in sorted(months):
        lasts = _lasts(months, at)
        if lasts is not None:
            deficit = sum(m["spending"] - m["income"] for m in _year(months, at)) > 0
            made.append((at, 1 if lasts < SHORT else 2 if lasts < TIGHT else 3 if lasts < SOUND and deficit else 0))
    return made


def _growing(months: Books) -> date | None:
    """The first of the last three months when spending outgrew income in each of them; None otherwise."""
    order = sorted(months)[-GROWING:]
    for month in order:
        before, now = months.get(month.replace(year=month.year - 1)), months[month]
        if before is None or before["income"] <= 0 or before["spending"] <= 0:
            return None
        if now["spending"] * before["income"] <= now["income"] * before["spending"]:
            return None
    return order[0] if len(order) == GROWING else None


def of_courses(made: Sequence[care.Course], region: str) -> list[Alert]:
    """Indicators whose newest signal is of the last three final months."""
    found = []
    for one in made:
        change, final = one.signal, [i for i, p in enumerate(one.points) if not p.provisional]
        if change is None or change.at < final[-FRESH]:
            continue
        point, (side_zh, side_en), (unit_zh, unit_en) = one.points[change.at], _SIDES[change.side], one.indicator.unit
        said = {
            "name": one.indicator.words, "side_zh": side_zh, "side_en": side_en, "unit_zh": unit_zh, "unit_en": unit_en,
            "month": point.month, "value": f"{point.own:,.{one.indicator.digits}f}",
        }  # fmt: skip
        since = date.fromisoformat(f"{one.points[change.since].month}-01")
        kind = "beyond" if change.beyond else "run"
        found.append(Alert(kind, 3, f"/bureau/fund?region={region}#care_{one.indicator.name}", since, said))
    return found


def findings_by_month(service: Service, where: Within) -> list[dict[str, Any]]:
    """Findings and fund money at stake by law and month within scope; findings of no institution count everywhere."""
    found = service.figures.table("finding_month")
    inside = pc.is_in(found["institution_id"], value_set=pa.array(sorted(where.institutions), pa.string()))
    found = found.filter(pc.or_(inside, pc.is_null(found["institution_id"])))
    sums = found.group_by(["law_id", "month"]).aggregate([("findings", "sum"), ("fund_amount", "sum")])
    rows: list[dict[str, Any]] = sums.rename_columns(
        {"findings_sum": "findings", "fund_amount_sum": "fund"}
    ).to_pylist()
    return [row for row in rows if row["month"] is not None]


def of_rules(service: Service, findings: Iterable[Mapping[str, Any]]) -> list[Alert]:
    """Rules that found far more of late than in their own past, and rules of which too few were upheld."""
    laws = service.lawbook.laws

    def named(law_id: str) -> Words:
        law = laws.get(law_id)
        return (f"{law_id} {law.title.zh}", f"{law_id} {law.title.en}") if law is not None else (law_id, law_id)

    made = [
        Alert("surge", 3, f"/bureau/rules/{law_id}", month,
              {"name": named(law_id), "month": f"{month:%Y-%m}", "number": number, "usual": usual})
        for law_id, (month, number, usual) in surges(findings).items()
    ]  # fmt: skip
    since = service.registry.clock().date() - timedelta(days=DAYS)
    made += [
        Alert("seldom_right", 2, f"/bureau/rules/{one.law_id}", since,
              {"name": named(one.law_id), "decided": one.decided, "upheld": one.upheld, "days": DAYS})
        for one in alarms(service)
    ]  # fmt: skip
    return made


def surges(findings: Iterable[Mapping[str, Any]]) -> dict[str, tuple[date, int, int]]:
    """Rules whose findings rose beyond their own variation in the last three months: (month, findings, median)."""
    by_law: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for row in findings:
        by_law[row["law_id"]][row["month"]] += row["findings"]
    every = {month for counts in by_law.values() for month in counts}
    months, made = sorted(every)[-24:], {}
    for law_id, counts in by_law.items():
        series = [counts.get(month, 0) for month in months]
        found = signal(series)
        if found is not None and found.side > 0 and found.beyond and found.at >= len(months) - FRESH:
            made[law_id] = (months[found.at], series[found.at], sorted(series)[(len(series) - 1) // 2])
    return made


def of_clocks(clues: int, oldest: date | None, opinions_due: Sequence[date], today: date) -> list[Alert]:
    """Clues and opinions past their limit."""
    made = [Alert("clues_over", 2, "/audit/clues?due=over", oldest, {"number": clues})] if clues else []
    over = [day for day in opinions_due if day < today]
    if over:
        made.append(Alert("opinions_over", 2, "/bureau/opinions", min(over), {"number": len(over)}))
    return made
