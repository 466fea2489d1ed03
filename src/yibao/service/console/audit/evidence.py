"""All that a decision on one clue rests on, gathered once: findings, their evidence, ledger rows, persons, the law."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from yibao.presentation.fmt import Format, Lang
from yibao.presentation.messages import Messages
from yibao.presentation.report.scene import Scene
from yibao.presentation.report.source import Instant
from yibao.runs.manifest import Manifest, latest_run
from yibao.service.console.audit.facts import KeptNames, KeptRows, facts_of
from yibao.service.state import Service

#: Persons of a clue that are shown one by one; all count.
MOST = 200
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Party:
    """One person of a clue (or, where a finding is about none, the finding): what is found, what it claims."""

    number: int
    person_id: str | None
    label: str
    sex: str | None
    age: int | None
    findings: Sequence[Row]
    diagnosis: str
    gaps: str
    strength_ppm: int | None
    fund_amount: int
    claimed: int
    kept: bool

    @property
    def ids(self) -> list[str]:
        return [row["finding_id"] for row in self.findings]

    @property
    def elsewhere(self) -> int:
        """Fund money of these findings that another clue claims or has recovered already."""
        return self.fund_amount - self.claimed


class Case:
    """A clue with its evidence, for one language. ``clue`` is what the registry shows of it."""

    def __init__(self, service: Service, clue: Row, lang: Lang) -> None:
        self.service, self.clue, self.lang = service, clue, lang
        self.fmt, self.t = Format(lang, service.ledger.currency), Messages(lang)
        self.facts = facts_of(service, clue)
        self.refs = self.facts.refs
        self.rows = KeptRows(service, self.facts.rows)
        self.names = KeptNames(service, self.facts.persons, lang)
        self.names.load_persons(row["person_id"] for row in clue["findings"])
        self.names.load_institutions({*self.rows.values("institution_id"), clue["institution_id"]})
        self.names.load_items(self.rows.values("item_code"))

    @cached_property
    def laws(self) -> list[Any]:
        known = self.service.lawbook.laws
        return [known[law] for law in self.clue["law_ids"].split(",") if law in known]

    @cached_property
    def manifest(self) -> Manifest | None:
        run = latest_run(self.service.ledger.path)
        return Manifest.read(run) if run is not None else None

    def bound(self, law: Any) -> dict[str, Any]:
        """The parameters that the run bound for a law, or the law's own."""
        entry = self.manifest.laws.get(f"{law.id}@{law.version}") if self.manifest is not None else None
        said = entry.params if entry is not None else {}
        return {name: said.get(name, p.value) for name, p in law.params.items()}

    def value(self, finding_id: str, signal: str) -> int | None:
        """The greatest value of a signal of a finding."""
        seen = [r["value"] for r in self.refs.get(finding_id, ()) if r["signal"] == signal and r["value"] is not None]
        return max(seen, default=None)

    @cached_property
    def encounters(self) -> dict[str, list[Row]]:
        """The encounters that each finding points at, in order of time."""
        found: dict[str, list[Row]] = {}
        for finding_id, refs in self.refs.items():
            ids = {
                row["encounter_id"]
                for ref in refs
                if (row := self.rows.get(ref)) is not None and row.get("encounter_id")
            }
            rows = [self.facts.encounters[one] for one in ids if one in self.facts.encounters]
            found[finding_id] = sorted(rows, key=lambda row: (row["admitted_at"], row["encounter_id"]))
        return found

    @cached_property
    def parties(self) -> list[Party]:
        """Person by person, most fund money first."""
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in self.clue["findings"]:
            groups[row["person_id"] or row["finding_id"]].append(row)
        money: dict[str, tuple[int, bool]] = {}
        for row in self.clue["money"]:
            amount, out = money.get(row["finding_id"], (0, True))
            dropped = row["upheld"] == 0 and self.clue["upheld"] is None
            money[row["finding_id"]] = (amount + row["fund_amount"], out and dropped)
        ranked = sorted(groups.values(), key=lambda rows: (-sum(r["fund_amount"] for r in rows), rows[0]["finding_id"]))
        return [self._party(number, rows, money) for number, rows in enumerate(ranked[:MOST], start=1)]

    def _party(self, number: int, rows: Sequence[Row], money: Mapping[str, tuple[int, bool]]) -> Party:
        first = rows[0]
        person = self.names.person(first["person_id"]) if first["person_id"] else None
        ids = [row["finding_id"] for row in rows]
        encounters = [e for i in ids for e in self.encounters.get(i, ())]
        last = max((e["admitted_at"] for e in encounters), default=None)
        gaps = sorted({v for i in ids if (v := self.value(i, "gap_days")) is not None})
        strengths = [v for i in ids if (v := self.value(i, "strength")) is not None]
        diagnoses = list(dict.fromkeys(e["main_diagnosis"] for e in encounters if e["main_diagnosis"]))
        claims = [money.get(i, (0, False)) for i in ids]
        return Party(
            number, first["person_id"], person.masked_name if person is not None and person.masked_name else
            (person.label if person is not None else ids[0][-6:]), person.sex if person is not None else None,
            person.age(last.date()) if person is not None and last is not None else None, rows,
            "、".join(diagnoses[:2]) if self.lang == "zh" else ", ".join(diagnoses[:2]),
            ("、" if self.lang == "zh" else ", ").join(str(v) for v in gaps[:3]),
            max(strengths) * 100 if strengths else None, sum(row["fund_amount"] for row in rows),
            sum(amount for amount, _ in claims), not (claims and all(out for _, out in claims)),
        )  # fmt: skip

    def scene(self, finding: Row) -> Scene | None:
        """One finding with all at hand to draw it; None when its law is not at hand."""
        law = next((one for one in self.laws if one.id == finding["law_id"]), None)
        if law is None:
            return None
        refs = self.refs.get(finding["finding_id"], [])
        told = self.facts.findings.get(finding["finding_id"])
        bare = {
            **finding,
            "occurred_at": None,
            "institution_id": self.clue["institution_id"],
            "amount": sum(r["amount"] for r in refs),
        }
        ledger = Instant(self.service.ledger, None)
        return Scene(law, self.bound(law), told or bare, refs, self.rows, ledger, self.names, self.fmt, self.t)
