"""Invented policies and bills over every combination of the switches, from a seed.

Figures are small and limits tight, so that a person with a few bills meets every rule of the policy.
"""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pyarrow as pa

from yibao.benefits import BILLS

LEVELS = ["1", "2", "3", "3.province"]
CLASSES = ["in_service", "retired", "adult", "minor"]
STATUSES = ["none", "low_income", "destitute"]
PLACES = ["local", "local", "local", "long_term", "referral", "emergency", "unfiled"]
AREAS = ["in_province", "out_of_province"]
DISEASES = ["M1", "M2", "M3"]
KINDS = ["21", "21", "21", "11", "14", "41"]
ALL = ["basic", "large_amount", "supplements", "critical_illness", "assistance", "commercial", "charity"]


def yuan(rng: random.Random, low: int, high: int) -> str:
    return f"{rng.randint(low * 100, high * 100) / 100:.2f}"


def percent(rng: random.Random, low: int = 0, high: int = 100) -> str:
    return f"{rng.randint(low * 10, high * 10) / 10}%"


def by(rng: random.Random, make: Any) -> Any:
    """One value, or cases of which the last always holds."""
    if rng.random() < 0.5:
        return make()
    whens = [
        {"level": rng.choice(LEVELS)}, {"class": rng.sample(CLASSES, 2)}, {"status": rng.choice(STATUSES)},
        {"place": rng.sample(PLACES, 2)}, {"area": "in_province"}, {"age_from": "60"}, {"age_below": "18"},
        {"cover": ["commercial"]}, {"disease": ["M1"]}, {"level": "3", "class": ["retired"]},
    ]  # fmt: skip
    return [*({**when, "value": make()} for when in rng.sample(whens, rng.randint(1, 3))), {"value": make()}]


def bands(rng: random.Random, top: int) -> list[dict[str, Any]]:
    count = rng.randint(1, 4)
    edges = sorted(rng.sample(range(1, top), count))
    out = [{"upto": str(edge), "rate": by(rng, lambda: percent(rng, 20))} for edge in edges]
    if rng.random() < 0.7:
        del out[-1]["upto"]
    return out


def deductible(rng: random.Random, *, disease: bool) -> dict[str, Any]:
    rule: dict[str, Any] = {"amount": by(rng, lambda: yuan(rng, 0, 400))}
    match rng.randint(0, 6):
        case 0:
            rule["nth"] = [percent(rng, 0) for _ in range(rng.randint(1, 4))]
        case 1:
            rule = {"nth_amounts": by(rng, lambda: [yuan(rng, 0, 400) for _ in range(3)])}
        case 2:
            rule["step_down"] = {"by": yuan(rng, 1, 80), "floor": yuan(rng, 0, 100)}
        case 3:
            rule["per"] = "year"
        case 4:
            percent_rule: dict[str, Any] = {
                "rate": [{"area": "out_of_province", "value": "20%"}],
                "max": yuan(rng, 300, 500),
            }
            percent_rule |= {"of": rng.choice(["total", "eligible"]), "min": yuan(rng, 20, 100)}
            rule["percent_of_bill"] = percent_rule
    if rng.random() < 0.3:
        rule["yearly_total"] = yuan(rng, 100, 900)
    if rng.random() < 0.2:
        rule["floor"] = yuan(rng, 0, 100)
    if rng.random() < 0.3:
        rule["waived"] = [{"status": "destitute"}]
    if rng.random() < 0.2:
        rule["pot"] = "inpatient"
    elif disease and rng.random() < 0.5:
        rule["by_disease"] = "true"
    return rule


def cap(rng: random.Random, low: int, high: int) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "amount": by(rng, lambda: yuan(rng, low, high)),
        "basis": rng.choice(["fund_payment", "eligible"]),
    }
    if rng.random() < 0.4:
        rule["includes_deductible"] = "true"
    return rule


def benefit(rng: random.Random, name: str, kinds: list[str], pot: str) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": name, "title": {"zh": "甲", "en": name}, "kinds": kinds, "pot": pot, "bands": bands(rng, 3000),
    }  # fmt: skip
    if rng.random() < 0.85:
        rule["deductible"] = deductible(rng, disease=pot == "chronic")
    of = rng.choice(["per_admission", "annual_cumulative", "fund_payment"])
    rule["axis"] = {"of": of}
    if of != "fund_payment" and rng.random() < 0.5:
        rule["axis"]["includes_deductible"] = "true"
    if rng.random() < 0.2:
        rule["axis"]["pot"] = "inpatient"
    if rng.random() < 0.6:
        rule["cap"] = cap(rng, 300, 4000)
        if rule["cap"]["basis"] == "fund_payment" and rng.random() < 0.2:
            rule["cap"]["per"] = "bill"
        elif pot == "chronic" and rng.random() < 0.6:
            rule["cap"]["by_disease"] = "true"
        elif rng.random() < 0.2:
            rule["cap"]["pot"] = "inpatient"
    if rng.random() < 0.2:
        rule["cap_per_bill"] = by(rng, lambda: yuan(rng, 100, 1500))
    if rng.random() < 0.25:
        rule["floor"] = {"rate": by(rng, lambda: percent(rng, 0, 60)), "within_cap": rng.choice(["true", "false"])}
    if rng.random() < 0.4:
        rule["retiree"] = rng.choice([{"points": percent(rng, 0, 10)}, {"share_times": percent(rng, 50)}])
    if rng.random() < 0.5:
        rule["out_of_region"] = {
            "mode": rng.choice(["subtract_points", "multiply"]),
            "unfiled": by(rng, lambda: percent(rng, 0, 40)),
        }
    return rule


def layer(rng: random.Random, name: str) -> dict[str, Any]:
    of = rng.choice(
        [["burden"], ["burden", "first_share"], ["above_cap"], ["not_covered", "over_limit"], ["special_drug"]]
    )
    if name in ("critical_illness", "assistance", "tilt"):
        of = rng.choice([["burden"], ["burden", "first_share"]])
    rule: dict[str, Any] = {
        "base": {"of": of},
        "bands": bands(rng, 1500),
        "origin": rng.choice(["absolute", "above_threshold"]),
    }
    if "burden" in of and rng.random() < 0.3:
        rule["base"]["less"] = rng.sample(["deductible", "above_cap"], rng.randint(1, 2))
    if rng.random() < 0.8:
        rule["threshold"] = by(rng, lambda: rng.choice([yuan(rng, 0, 500), "1.5% of disposable_income"]))
    if rng.random() < 0.2:
        rule["per"] = "bill"
    if rng.random() < 0.5:
        rule["cap"] = by(rng, lambda: yuan(rng, 50, 900))
    if rng.random() < 0.2:
        rule["outpatient_cap"] = yuan(rng, 20, 300)
    if rng.random() < 0.2:
        rule["cap_per_bill"] = yuan(rng, 50, 500)
    if rng.random() < 0.4:
        rule["who"] = [
            rng.choice([{"status": ["low_income", "destitute"]}, {"cover": "commercial"}, {"class": CLASSES[:3]}])
        ]
    if rng.random() < 0.3:
        rule["benefits"] = ["stay", "chronic"]
    if rng.random() < 0.5:
        favour = {
            "status": ["destitute", "low_income"],
            "threshold_times": percent(rng, 30),
            "points": percent(rng, 0, 20),
        }
        rule["favour"] = [favour | ({"no_cap": "true"} if rng.random() < 0.5 else {})]
    return rule


def policy(rng: random.Random, name: str, region: str, scheme: str) -> dict[str, Any]:
    from benefits.oracle import LAYERS

    out: dict[str, Any] = {
        "id": name, "version": "1", "title": {"zh": "甲", "en": name}, "region": region, "scheme": scheme,
        "effective": {"from": "2020-01-01"}, "sources": [{"title": "invented", "grade": "own"}],
        "reference": {"disposable_income": "20000"},
        "rounding": {"scope": rng.choice(["bill", "year"]), "mode": rng.choice(["half_up", "half_up", "down", "up"])},
        "benefits": [
            benefit(rng, "stay", ["21"], "inpatient"), benefit(rng, "visit", ["11"], "outpatient"),
            benefit(rng, "chronic", ["14"], "chronic"),
        ],
        "layers": {name: layer(rng, name) for name in LAYERS if rng.random() < 0.6},
        "continuity": {
            "scheme_change": rng.sample(ALL, rng.randint(0, len(ALL))),
            "region_change": rng.sample(ALL, rng.randint(0, len(ALL))),
        },
    }  # fmt: skip
    if rng.random() < 0.4:
        out["annual_cap"] = cap(rng, 1000, 6000)
    if rng.random() < 0.6:
        parts = ["in_range", "first_share", "over_limit", "not_covered"]
        out["account"] = {"pays": rng.sample(parts, rng.randint(1, 4)), "family": rng.choice(["true", "false"])}
        if rng.random() < 0.3:
            out["account"]["benefits"] = ["stay"]
    return out


def person(rng: random.Random, name: str, policies: list[str]) -> list[dict[str, Any]]:
    """The bills of one person in order; some change scheme, region, status or year; some are reversed."""
    bills: list[dict[str, Any]] = []
    at, who = dt.datetime(2024, 1, 1), rng.choice(CLASSES)
    policy_key, covers = rng.choice(policies), [c for c in ("commercial", "civil_servant") if rng.random() < 0.5]
    status, age = rng.choice(STATUSES), rng.choice([5, 17, 18, 40, 60, 80])
    for number in range(rng.choice([1, 2, 4, 8, 12])):
        at += dt.timedelta(days=rng.randint(1, 60))
        if rng.random() < 0.1:
            policy_key, status, who = rng.choice(policies), rng.choice(STATUSES), rng.choice(CLASSES)
        eligible = rng.choice([0, rng.randint(1, 50_000), rng.randint(1, 400_000)])
        parts = [rng.choice([0, rng.randint(0, 60_000)]) for _ in range(3)]
        own_rate = rng.choice([0, 0, rng.randint(0, eligible)])
        place, total = rng.choice(PLACES), eligible + sum(parts)
        bills.append(
            {
                "id": f"{name}-{number}", "person": name, "policy": policy_key, "at": at, "year": at.year,
                "kind": rng.choice(KINDS), "level": rng.choice(LEVELS), "class": who, "status": status, "place": place,
                "area": "local" if place == "local" else rng.choice(AREAS), "age": age,
                "disease": rng.choice(DISEASES), "covers": covers, "total": total, "not_covered": parts[0],
                "over_limit": parts[1], "first_share": parts[2], "eligible": eligible,
                "special_drug": rng.randint(0, parts[0]), "own_rate": own_rate,
                "own_pay": rng.randint(0, own_rate), "hospital": rng.choice([0, 0, rng.randint(0, total)]),
                "account_credit": rng.choice([0, rng.randint(0, 80_000)]),
                "family_credit": rng.choice([0, 0, rng.randint(0, 40_000)]), "reverses": None,
            }
        )  # fmt: skip
    for original in [b for b in bills if rng.random() < 0.08]:
        at += dt.timedelta(days=1)
        amounts = {k: -original[k] for k in ("total", "not_covered", "over_limit", "first_share", "eligible")}
        none = dict.fromkeys(("special_drug", "hospital", "account_credit", "family_credit", "own_rate", "own_pay"), 0)
        bills.append(
            {**original, **amounts, **none, "id": f"{original['id']}r", "reverses": original["id"], "at": at,
             "year": at.year}
        )  # fmt: skip
    return bills


def table(bills: list[dict[str, Any]]) -> pa.Table:
    rows = [
        {
            "settlement_id": b["id"], "person_id": b["person"], "policy": b["policy"], "ordered_at": b["at"],
            "year": b["year"], "kind": b["kind"], "level": b["level"], "person_class": b["class"],
            "status": b["status"], "place": b["place"], "area": b["area"], "age": b["age"], "disease": b["disease"],
            "covers": " ".join(b["covers"]), "total_amount": b["total"], "not_covered_amount": b["not_covered"],
            "over_limit_amount": b["over_limit"], "first_share_amount": b["first_share"],
            "eligible_amount": b["eligible"], "special_drug_amount": b["special_drug"],
            "hospital_amount": b["hospital"], "account_credit": b["account_credit"],
            "family_credit": b["family_credit"], "own_rate_amount": b["own_rate"], "own_rate_pay": b["own_pay"],
            "reverses": b["reverses"],
        }
        for b in bills
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=BILLS)
