"""Two cities of one province and one of another, with a few people whose bills are settled, rightly and wrongly."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from yibao.benefits import PolicyBook, load_policies
from yibao.ledger import Ledger, create_ledger
from yibao.ledger.typed import SCHEMAS

HOME, NEAR, FAR = "990100", "990200", "980100"
#: Residents' policies of the two cities. At home: 1000 off, 60 %, limit 20 000; elsewhere 10 or 20 points less; the
#: low-income have assistance of 70 %. The neighbour pays 50 % from the first yuan and does not pay for the item K.
POLICIES = {
    "HOME-390": f"""
id: HOME-390
version: "1"
title: {{zh: 本市居民, en: home residents}}
region: "{HOME}"
scheme: 390
effective: {{from: 2020-01-01}}
sources: [{{title: made up for a test, grade: own}}]
benefits:
  - id: inpatient
    title: {{zh: 住院, en: inpatient}}
    kinds: [21]
    pot: inpatient
    deductible: {{amount: 1000, nth: [100%, 50%]}}
    bands: [{{rate: 60%}}]
    out_of_region: {{mode: subtract_points, long_term: 0%, referral: 10%, emergency: 10%, unfiled: 20%}}
    cap: {{basis: fund_payment, amount: 2万}}
layers:
  assistance:
    who: [{{status: [low_income]}}]
    bands: [{{rate: 70%}}]
""",
    "NEAR-390": f"""
id: NEAR-390
version: "1"
title: {{zh: 邻市居民, en: neighbouring residents}}
region: "{NEAR}"
scheme: 390
effective: {{from: 2020-01-01}}
sources: [{{title: made up for a test, grade: own}}]
lines: [{{items: [K], pay_as: "03"}}]
benefits:
  - id: inpatient
    title: {{zh: 住院, en: inpatient}}
    kinds: [21]
    pot: inpatient
    deductible: {{amount: 1000, nth: [100%, 50%]}}
    bands: [{{rate: 50%}}]
    cap: {{basis: fund_payment, amount: 2万}}
continuity: {{region_change: []}}
""",
    "HOME-310": f"""
id: HOME-310
version: "1"
title: {{zh: 本市职工, en: home employees}}
region: "{HOME}"
scheme: 310
effective: {{from: 2020-01-01}}
sources: [{{title: made up for a test, grade: own}}]
benefits:
  - id: inpatient
    title: {{zh: 住院, en: inpatient}}
    kinds: [21]
    pot: inpatient
    bands: [{{rate: [{{class: retired, value: 90%}}, {{value: 80%}}]}}]
""",
}


def book(folder: Path, **changed: str) -> PolicyBook:
    """The policies above and no others; ``changed`` takes the place of one by its id with ``_`` for ``-``."""
    for name, text in {**POLICIES, **{k.replace("_", "-"): v for k, v in changed.items()}}.items():
        path = folder / f"{name}_test" / "policy.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return load_policies([folder], shipped=False)


class World:
    """Rows of a ledger under construction; amounts in yuan, kept in fen."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}
        for code, parent, level in (
            ("990000", None, "province"), (HOME, "990000", "city"), (NEAR, "990000", "city"),
            ("980000", None, "province"), (FAR, "980000", "city"),
        ):  # fmt: skip
            self.add("region", region_code=code, name=code, level=level, parent_code=parent, pool_code=code)
        for code in (HOME, NEAR, FAR):
            self.add(
                "institution", institution_id=f"H{code}", name=f"医院{code}", kind="1", level="3", region_code=code
            )
        self.add(
            "catalogue_item", item_code="K", valid_from=date(2020, 1, 1), name="K", list_type="101",
            payment_class="01", first_share_rate=0,
        )  # fmt: skip

    def add(self, table: str, **row: Any) -> None:
        self.rows.setdefault(table, []).append(row)

    def person(self, name: str, *, scheme: str = "390", cls: str = "15", income: int | None = None) -> None:
        """Somebody insured at home from 2020 on; ``income`` is that of a household of one."""
        if income is not None:
            self.add("household", household_id=f"J{name}", region_code=HOME, size=1, yearly_income=income * 100)
        self.add(
            "person", person_id=name, sex="2", birth_date=date(1980, 6, 1), region_code=HOME,
            household_id=f"J{name}" if income is not None else None,
        )  # fmt: skip
        self.enrol(name, HOME, date(2020, 1, 1), scheme=scheme, cls=cls)

    def enrol(
        self, name: str, where: str, start: date, end: date | None = None, *, scheme: str = "390", cls: str = "15"
    ) -> None:
        self.add(
            "enrolment", enrolment_id=f"N{len(self.rows.get('enrolment', []))}", person_id=name, scheme=scheme,
            region_code=where, status="1", person_class=cls, begin_date=start, end_date=end,
        )  # fmt: skip

    def bill(
        self, bill: str, name: str, day: date, eligible: int, fund: int, *, deductible: int = 1000, where: str = HOME,
        scheme: str = "390", kind: str = "21", assistance: int = 0, lines: bool = False,
    ) -> None:  # fmt: skip
        """A stay of one day; ``fund`` is what basic insurance paid by the books. ``lines``: one line of the item K."""
        at = datetime(day.year, day.month, day.day, 9)
        who = {"person_id": name, "institution_id": f"H{where}"}
        self.add(
            "encounter", encounter_id=f"E{bill}", kind=kind, scheme=scheme, admitted_at=at, discharged_at=at, **who
        )
        self.add(
            "settlement", settlement_id=bill, encounter_id=f"E{bill}", scheme=scheme, kind=kind, settled_at=at,
            total_amount=eligible * 100, not_covered_amount=0, over_limit_amount=0, first_share_amount=0,
            eligible_amount=eligible * 100, deductible_amount=deductible * 100, basic_fund_amount=fund * 100,
            civil_servant_amount=0, enterprise_amount=0, critical_illness_amount=0, large_amount_amount=0,
            assistance_amount=assistance * 100, other_fund_amount=0, fund_amount=(fund + assistance) * 100,
            person_amount=(eligible - fund - assistance) * 100, account_amount=0, family_account_amount=0,
            cash_amount=(eligible - fund - assistance) * 100, hospital_amount=0, insured_region=HOME, **who,
        )  # fmt: skip
        if lines:
            self.add(
                "charge_line", line_id=f"L{bill}", settlement_id=bill, encounter_id=f"E{bill}", item_code="K",
                item_name="K", list_type="101", charge_type="09", payment_class="01", quantity=1000,
                unit_price=eligible * 10**6, amount=eligible * 100, charged_at=at, **who,
            )  # fmt: skip

    def ledger(self, path: Path) -> Ledger:
        made = create_ledger(path)
        tables = {}
        for name, rows in self.rows.items():
            schema = pa.schema([f for f in SCHEMAS[name] if f.name not in ("recorded_at", "batch_id")])
            tables[name] = pa.Table.from_pylist(rows, schema=schema)
        made.append(tables, source="test")
        return made
