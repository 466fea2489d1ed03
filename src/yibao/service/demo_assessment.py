"""The demonstration's assessment of a year: values found by the bureau, drafted, final after the objection days."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from yibao.registry import Registry, assessment
from yibao.registry.assessment.flow import LAW
from yibao.registry.assessment.tree import Tree
from yibao.registry.laws import registry_law

#: The year that is assessed and the day on which the bureau does it.
YEAR, DAY = 2024, datetime(2025, 3, 3, 9)
PLAN = f"AS-{YEAR}"
#: Hospitals and community centres: whoever is assessed as a medical institution.
KINDS = ("1", "3")
#: The share of institutions that lack what is asked for with yes or no.
_LACKING = 0.15
#: Between which values institutions lie that are compared with each other: yuan, and percent of the cost.
_COMPARED = {"cmi_cost": (8_600, 13_200), "drug_share": (17, 33), "exam_share": (11, 23), "consumable_share": (7, 21)}


def assess_city(registry: Registry, institutions: Sequence[Mapping[str, Any]], region: str, by: str) -> None:
    """One assessment from the plan to the final scores; that of the year after is a draft, open to objections.

    The values are made up, the same for the same institutions.
    """
    _drafted(registry, institutions, region, by, YEAR, DAY)
    registry.do(assessment.finish, PLAN, by=by, at=DAY + timedelta(days=30))
    _drafted(registry, institutions, region, by, YEAR + 1, registry.clock() - timedelta(days=2))


def _drafted(
    registry: Registry, institutions: Sequence[Mapping[str, Any]], region: str, by: str, year: int, day: datetime
) -> None:
    plan = f"AS-{year}"
    registry.do(assessment.open_plan, plan, year, region, by=by, at=day)
    tree = Tree.of(registry_law(LAW).said)
    for row in institutions:
        if row["kind"] in KINDS:
            name = row["institution_id"]
            values = {one.id: _value(f"{name}{year if year != YEAR else ''}", one) for one in tree.indicators}
            registry.do(assessment.verify_values, plan, name, values, by=by, at=day)
    registry.do(assessment.draft, plan, by=by, at=day + timedelta(days=1))


def _value(institution_id: str, indicator: Any) -> int:
    """A value in hundredths of the indicator's unit: mostly towards the good end of its scale."""
    drawn = int(hashlib.sha256(f"{institution_id}|{indicator.id}".encode()).hexdigest()[:6], 16) / 0xFFFFFF
    said = indicator.said
    if said["type"] in ("veto", "deduct"):
        return 0
    if said["type"] == "threshold":
        return 10_000 if drawn > _LACKING else 0
    if said["type"] == "peer":
        low, high = _COMPARED[indicator.id]
        return round((low + (high - low) * drawn) * 100)
    nought, full = float(said.get("nought", 60)), float(said.get("full", 100))
    return round((nought + (full - nought) * (0.45 + 0.55 * drawn)) * 100)
