"""What the service's benchmarks share: a registry over a ledger's places, systems with keys, orders, bills, persons."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from yibao.benchmarks.serve_load import Asked
from yibao.engine import DuckEngine
from yibao.ledger import Ledger
from yibao.registry import Registry
from yibao.registry.actors import add, found, grant, take_places
from yibao.registry.clock import china_time
from yibao.registry.database import connect
from yibao.registry.migrate import migrate
from yibao.service.access.keys import make_key
from yibao.service.forms import prepare

#: Hospitals that send at once, each with a key of its own.
HOSPITALS = 8
_ROOT = "root"
SEED = 1


@dataclass(frozen=True)
class System:
    """A hospital's system."""

    institution_id: str
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}


def make_systems(place: str, ledger: Ledger) -> list[System]:
    """A registry at an empty place, and systems of the hospitals with most encounters."""
    engine = connect(place)
    migrate(engine)
    prepare(engine)
    registry = Registry(place, engine, china_time)
    regions, institutions = (_rows(ledger, name, f"select * from {name} order by all")
                             for name in ("region", "institution"))  # fmt: skip
    top = next(row for row in regions if row["parent_code"] is None)
    found(registry, _ROOT, _ROOT, top["region_code"], top["name"], "bench")
    registry.do(take_places, regions, institutions, by=_ROOT)
    busiest = (
        "select e.institution_id from encounter e join institution i on i.institution_id = e.institution_id "
        f"where i.kind = '1' group by 1 order by count(*) desc, 1 limit {HOSPITALS}"
    )
    systems = []
    for row in _rows(ledger, ["encounter", "institution"], busiest):
        name, institution = f"his-{row['institution_id']}", row["institution_id"]
        registry.do(add, name, name, kind="service", by=_ROOT)
        registry.do(grant, name, "hospital", "institution", institution, valid_from=date(2024, 1, 1), by=_ROOT)
        systems.append(System(institution, make_key(registry, name, "bench", _ROOT)))
    registry.close()
    return systems


def orders(ledger: Ledger, systems: Sequence[System], codes: Sequence[str], count: int) -> list[Asked]:
    """Draft orders: patients of the systems' hospitals, drawn by their charge lines; codes that laws know."""
    chance, headers = random.Random(SEED), {s.institution_id: s.headers for s in systems}
    listed = ", ".join(f"'{name}'" for name in headers)
    rows = _rows(
        ledger, "charge_line",
        "select person_id, institution_id, max(charged_at) as last from (select person_id, institution_id, charged_at "
        f"from charge_line where institution_id in ({listed}) using sample {count} rows (reservoir, {SEED})) "
        "group by all order by all",
    )  # fmt: skip
    chance.shuffle(rows)
    made = []
    for number in range(count):
        row = rows[number % len(rows)]
        last: datetime = row["last"]
        body = {
            "person_id": row["person_id"], "institution_id": row["institution_id"], "staff_id": "D1",
            "ordered_at": last.replace(hour=23, minute=0, second=0).isoformat(sep=" "),
            "orders": [{"order_id": "1", "item_code": chance.choice(codes), "quantity": "1"}],
        }  # fmt: skip
        made.append(Asked("POST", "/api/v1/order-checks", headers[row["institution_id"]], body))
    return made


def persons(ledger: Ledger, day: date, most: int) -> list[str]:
    """Persons who live and whose basic insurance is in force on a day, drawn by chance."""
    sql = (
        "select e.person_id from enrolment e join person p on p.person_id = e.person_id "
        "where e.status = '1' and e.scheme in ('310', '390') and p.death_date is null "
        f"and e.begin_date <= date '{day}' and e.end_date is null group by 1 order by md5(e.person_id), 1 limit {most}"
    )
    return [row["person_id"] for row in _rows(ledger, ["enrolment", "person"], sql)]


def bill(number: int, prefix: str, persons_: Sequence[str], systems: Sequence[System], day: date) -> Asked:
    """The settlement of one bill, with an idempotency key; persons come again, so that counters move on."""
    system = systems[number % len(systems)]
    cents = 2_000 + number * 7_919 % 90_000
    body = {
        "settlement_id": f"{prefix}-{number}", "institution_id": system.institution_id,
        "person_id": persons_[number * 31 % len(persons_)], "kind": "11", "settled_at": day.isoformat(),
        "total": _yuan(cents + 1_500), "eligible": _yuan(cents), "first_share": "15.00",
    }  # fmt: skip
    headers = {**system.headers, "idempotency-key": f"{prefix}-key-{number:06d}"}
    return Asked("POST", "/api/v1/settlements", headers, body)


def fresh_folder(work: Path, name: str) -> Path:
    """A folder below ``work`` that did not exist before."""
    number = 0
    while (folder := work / f"{name}-{number}").exists():
        number += 1
    folder.mkdir(parents=True)
    return folder


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _rows(ledger: Ledger, tables: str | Sequence[str], sql: str) -> list[dict[str, Any]]:
    with DuckEngine() as engine:
        ledger.attach(engine, only=[tables] if isinstance(tables, str) else list(tables))
        rows: list[dict[str, Any]] = engine.execute(sql).to_pylist()
    return rows
