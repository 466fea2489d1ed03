"""Claims drawn at random, written as FHIR and as X12, taken in: the ledger holds the same facts."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from interchanges import Segment, billing, interchange, one_set
from takings import Taken

pytestmark = pytest.mark.slow
#: Each example is an ingest: few of them, and none to make a failing one smaller.
FEW = settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)

WORD = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=8)
#: Names hold what both forms must carry through: other scripts, quotes, backslashes, blanks inside.
NAME = st.text(st.sampled_from("ABCé李\"\\{}[],'/. "), min_size=1, max_size=12).map(lambda t: f"N{t}N")
CENTS = st.one_of(st.integers(0, 10_000_000), st.integers(0, 10**13))


@dataclass(frozen=True)
class Line:
    code: str
    quantity: int
    cents: int


@dataclass(frozen=True)
class Claim:
    number: str
    person: str
    name: str
    provider: str
    day: date
    lines: tuple[Line, ...]
    diagnoses: tuple[str, ...]
    total: int | None  # stated total, None: as the lines add up


LINES = st.builds(Line, WORD, st.integers(1, 999), CENTS)
PERSONS = st.dictionaries(WORD, NAME, min_size=1, max_size=4)


@st.composite
def claims(draw: st.DrawFn) -> list[Claim]:
    people = draw(PERSONS)
    numbers = draw(st.lists(WORD, min_size=1, max_size=12, unique=True))
    made = []
    for number in numbers:
        person = draw(st.sampled_from(sorted(people)))
        made.append(
            Claim(
                number, person, people[person], draw(st.sampled_from(["P1", "P2"])),
                date(2020, 1, 1) + timedelta(days=draw(st.integers(0, 2000))),
                tuple(draw(st.lists(LINES, min_size=1, max_size=5))),
                tuple(draw(st.lists(WORD, max_size=4))),
                draw(st.none() | CENTS),
            )
        )  # fmt: skip
    return made


def money(cents: int, draw: Any) -> str:
    """An amount in one of the ways in which it may be written."""
    whole, part = divmod(cents, 100)
    ways = [f"{whole}.{part:02d}"]
    if part % 10 == 0:
        ways.append(f"{whole}.{part // 10}")
    if part == 0:
        ways.append(f"{whole}")
    return str(draw(st.sampled_from(ways)))


def facts_of(drawn: list[Claim], claim_id: Any, line_id: Any) -> tuple[dict, dict, set]:
    bills = {
        claim_id(c): sum(line.cents for line in c.lines) if c.total is None else c.total for c in drawn
    }  # fmt: skip
    lines = {
        line_id(c, n): (line.code, line.quantity * 1000, line.cents, c.day.isoformat())
        for c in drawn for n, line in enumerate(c.lines, 1)
    }  # fmt: skip
    diagnoses = {(claim_id(c), n, code) for c in drawn for n, code in enumerate(c.diagnoses, 1)}
    return bills, lines, diagnoses


def facts_in(taken: Taken) -> tuple[dict, dict, set]:
    taken.balances()
    assert taken.report.quarantined == 0, taken.ledger.quarantine().to_pylist()[:3]
    bills = {row["settlement_id"]: row["total_amount"] for row in taken.table("settlement")}
    lines = {
        row["line_id"]: (row["item_code"], row["quantity"], row["amount"], row["charged_at"].date().isoformat())
        for row in taken.table("charge_line")
    }
    diagnoses = {(row["encounter_id"], row["sequence"], row["code"]) for row in taken.table("diagnosis")}
    return bills, lines, diagnoses


def fhir_text(claim: Claim, draw: Any) -> str:
    def amount(cents: int) -> dict[str, str]:
        return {"value": f"#{money(cents, draw)}#", "currency": "USD"}

    day = claim.day.isoformat()
    items = [
        {"sequence": n, "productOrService": {"coding": [{"code": line.code}]}, "servicedDate": day,
         "quantity": {"value": line.quantity}, "net": amount(line.cents)}
        for n, line in enumerate(claim.lines, 1)
    ]  # fmt: skip
    doc: dict[str, Any] = {
        "resourceType": "Claim", "id": claim.number, "status": "active", "use": "claim", "created": day,
        "patient": {"reference": f"Patient/{claim.person}"}, "item": items,
        "provider": {"reference": f"Organization/{claim.provider}"},
        "diagnosis": [
            {"sequence": n, "diagnosisCodeableConcept": {"coding": [{"code": code}]}}
            for n, code in enumerate(claim.diagnoses, 1)
        ],
    }  # fmt: skip
    if claim.total is not None:
        doc["total"] = amount(claim.total)
    keys = draw(st.permutations(sorted(doc)))
    text = json.dumps({key: doc[key] for key in keys}, ensure_ascii=draw(st.booleans()))
    return text.replace('"#', "").replace('#"', "")


@FEW
@given(st.data())
def test_claims_written_as_fhir(data: st.DataObject) -> None:
    drawn = data.draw(claims())
    texts = [fhir_text(claim, data.draw) for claim in drawn]
    people = {claim.person: claim.name for claim in drawn}
    texts += [
        json.dumps({"resourceType": "Patient", "id": person, "name": [{"text": name}]})
        for person, name in people.items()
    ]
    texts = data.draw(st.permutations(texts))
    form = data.draw(st.sampled_from(["lines", "bundle", "array"]))
    if form == "bundle":
        whole = '{"resourceType": "Bundle", "entry": [' + ", ".join(f'{{"resource": {t}}}' for t in texts) + "]}"
    else:
        whole = "\n".join(texts) if form == "lines" else "[" + ",\n".join(texts) + "]"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "raw.json"
        path.write_text(whole, encoding="utf-8")
        taken = Taken("fhir", path, Path(folder) / "ledger")
        assert facts_in(taken) == facts_of(drawn, lambda c: f"Claim/{c.number}", lambda c, n: f"Claim/{c.number}/{n}")
        named = {row["person_id"].removeprefix("Patient/"): row["name"] for row in taken.table("person")}
        assert named == people


def x12_segments(claim: Claim, draw: Any) -> list[Segment]:
    total = sum(line.cents for line in claim.lines) if claim.total is None else claim.total
    segments: list[Segment] = [
        ("HL", "2", "1", "22", "0"), ("SBR", "P", "18", "", "", "", "", "", "", "CI"),
        ("NM1", "IL", "1", claim.name, "", "", "", "", "MI", claim.person),
        ("CLM", claim.number, money(total, draw), "", "", "11:B:1"),
    ]  # fmt: skip
    codes = [f"ABF:{code}" for code in claim.diagnoses]
    if codes:
        cut = draw(st.integers(1, len(codes)))
        segments += [("HI", *part) for part in (codes[:cut], codes[cut:]) if part]
    for n, line in enumerate(claim.lines, 1):
        segments += [
            ("LX", str(n)), ("SV1", f"HC:{line.code}", money(line.cents, draw), "UN", str(line.quantity)),
            ("DTP", "472", "D8", f"{claim.day:%Y%m%d}"),
        ]  # fmt: skip
    return segments


@FEW
@given(st.data())
def test_claims_written_as_x12(data: st.DataObject) -> None:
    drawn = data.draw(claims())
    sets = []
    for number, provider in enumerate(sorted({claim.provider for claim in drawn}), 1):
        bodies = [x12_segments(claim, data.draw) for claim in drawn if claim.provider == provider]
        sets.append(one_set(billing(provider), *bodies, control=f"{number:04d}"))
    text = interchange(*sets, after=data.draw(st.sampled_from(["", "\n", "\r\n"])))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "raw.x12"
        path.write_text(text, encoding="utf-8", newline="")
        taken = Taken("x12", path, Path(folder) / "ledger")
        assert facts_in(taken) == facts_of(
            drawn, lambda c: f"{c.provider}/{c.number}", lambda c, n: f"{c.provider}/{c.number}/{n}"
        )
        named = {row["person_id"]: row["name"] for row in taken.table("person")}
        assert named == {claim.person: claim.name for claim in drawn}
