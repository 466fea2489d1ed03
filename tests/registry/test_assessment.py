"""Annual assessment: the cases of the law, the published vectors of the weights, and the flow of a year."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pytest
from named_refusals import refused

from yibao.measures import ahp_weights, combined_weights, entropy_of
from yibao.registry import Registry, assessment
from yibao.registry.actors import take_places
from yibao.registry.laws import registry_law
from yibao.registry.tables.assessments import OBJECTION

LAW = registry_law("AS01")
TREE = assessment.Tree.of(LAW.said)
CASES = LAW.cases()


@pytest.mark.parametrize("case", CASES["indicators"], ids=lambda case: case["name"])
def test_points_of_a_value(case: Any) -> None:
    values = [float(v) for v in case.get("peers") or [case["value"]]]
    found = assessment.points(TREE.get(case["indicator"]), np.array(values))
    assert round(found[values.index(float(case["value"]))] * 1000) == int(case["points"])


@pytest.mark.parametrize("case", CASES["money"], ids=lambda case: case["score"])
def test_money_of_a_score(case: Any) -> None:
    assert assessment.paid_pct(LAW.said, int(case["score"])) == int(case["paid_pct"])


def test_the_tree_has_six_domains_and_56_indicators_and_agrees_with_itself() -> None:
    weights, ahp = TREE.judged()
    assert [len(d["indicators"]) for d in LAW.said["domains"]] == [9, 11, 12, 6, 8, 10]
    assert ahp.consistency_ratio < 0.10 and weights.sum() == pytest.approx(1)


def test_the_vectors_of_the_weights() -> None:
    judged = ahp_weights([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]])
    assert judged.weights.round(4).tolist() == [0.6370, 0.2583, 0.1047]
    data = entropy_of([[0.9, 0.8, 0.5], [0.9, 0.6, 0.7], [0.9, 0.9, 0.2], [0.9, 0.7, 0.6]])
    assert data.weights.round(4).tolist() == [0, 0.1215, 0.8785]
    assert combined_weights(judged.weights, data.weights, "linear").round(4).tolist() == [0.3185, 0.1899, 0.4916]


def test_icc_of_the_published_example() -> None:
    """The table of Shrout and Fleiss (1979), its first two judges; agreement with oneself is 1."""
    first, second = np.array([9.0, 6, 8, 7, 10, 6]), np.array([2.0, 1, 4, 1, 5, 2])
    assert assessment.icc(first, first) == 1
    assert 0 < assessment.icc(first, second) < np.corrcoef(first, second)[0, 1]


def on(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T10:00")


def _full() -> dict[str, int]:
    """Values that bring full points wherever peers do not decide."""
    found = {}
    for one in TREE.indicators:
        found[one.id] = round(float(one.said["full"]) * 100) if "full" in one.said else 0
    return found


def test_the_flow_of_a_year(registry: Registry) -> None:
    more = [{"institution_id": f"X{n}", "name": f"X{n}", "kind": "1", "region_code": "990100"} for n in range(6)]
    registry.do(take_places, [], more, by="root")
    registry.do(assessment.open_plan, "A25", 2025, "990000", by="bureau", at=on("2025-11-03"))
    registry.do(assessment.declare, "A25", "H1", _full(), by="h1", at=on("2025-11-04"))
    refused("out_of_scope", lambda: registry.do(assessment.declare, "A25", "H2", _full(), by="h1", at=on("2025-11-04")))
    refused(
        "unknown_indicator",
        lambda: registry.do(assessment.declare, "A25", "H1", {"beauty": 1}, by="h1", at=on("2025-11-04")),
    )
    for n in range(6):
        values = _full() | {
            "satisfaction": 9_000 - 400 * n,
            "refused": 2_000 + 3_000 * n,
            "drug_share": 3_000 + 100 * n,
        }
        registry.do(assessment.verify_values, "A25", f"X{n}", values, by="agency", at=on("2025-11-05"))
        again = {"satisfaction": values["satisfaction"] + (-1) ** n * 50}
        registry.do(assessment.verify_values, "A25", f"X{n}", again, repeated=True, by="agency", at=on("2025-11-19"))
    registry.do(assessment.verify_values, "A25", "H1", {"fraud": 100}, "查实", by="agency", at=on("2025-11-20"))
    drafted = registry.do(assessment.draft, "A25", by="bureau", at=on("2025-11-21"))
    quality = drafted["quality"]
    assert quality["institutions"] == 7 and quality["icc"] > 0.9 and quality["published"]["median"] == "96.92"
    assert drafted["objections_by"] == "2025-11-28"
    refused("clock_runs", lambda: registry.do(assessment.finish, "A25", by="bureau", at=on("2025-11-28")))
    refused(
        "appeal_after_limit",
        lambda: registry.do(assessment.object_to, "A25", "H1", "fraud", "非本院", by="h1", at=on("2025-12-01")),
    )
    asked = registry.do(assessment.object_to, "A25", "H1", "fraud", "非本院", by="h1", at=on("2025-11-28"))
    refused("objections_open", lambda: registry.do(assessment.finish, "A25", by="bureau", at=on("2025-12-01")))
    with registry.reading("assess.read", "h1") as unit:
        mine = assessment.results(unit, "A25")["scores"]
    assert [(s["institution_id"], s["score_milli"], s["explanation"]["paid_pct"]) for s in mine] == [("H1", 59_000, 0)]
    number = asked["objection_id"]

    def answer(granted: bool, mended: int | None, words: str) -> object:
        return registry.do(
            assessment.answer_objection, number, granted, mended, words, by="bureau", at=on("2025-12-02")
        )

    refused("no_words", lambda: answer(True, 0, " "))
    refused("illegal_transition", lambda: answer(True, None, "核实"))
    answer(True, 0, "非本院行为，已更正")
    refused("illegal_transition", lambda: answer(False, None, "再答一次"))
    with registry.reading("assess.read", "bureau") as unit:
        kept = unit.get(OBJECTION, "objection", "异议", objection_id=number)
    assert (kept["state"], kept["answer"], kept["decided_by"]) == ("granted", "非本院行为，已更正", "bureau")
    registry.do(assessment.draft, "A25", by="bureau", at=on("2025-12-02"))
    registry.do(assessment.finish, "A25", by="bureau", at=on("2025-12-11"))
    with registry.reading("assess.read", "bureau") as unit:
        found = assessment.results(unit, "A25")
    assert found["state"] == "final" and [s["rank"] for s in found["scores"]] == sorted(
        s["rank"] for s in found["scores"]
    )
    first = found["scores"][0]
    reckoned = sum(i["points_milli"] * i["weight_ppm"] for i in first["explanation"]["indicators"]) / 1e6
    assert reckoned == pytest.approx(first["score_milli"], abs=3)
    assert (
        len(
            assessment.sample(found | {"tree": '{"on_site_sample_pct": {"value": "10"}}'}, [f"X{n}" for n in range(20)])
        )
        == 2
    )
