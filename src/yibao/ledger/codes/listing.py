"""What catalogues a ledger has: editions, spans, where they came from, and how much of what is billed they know."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from yibao.engine import DuckEngine
from yibao.ledger.codes.coding import ITEMS, NATIONAL
from yibao.ledger.codes.coverage import coverage
from yibao.ledger.codes.kinds import Kind, load_kinds
from yibao.ledger.storage import Ledger


@dataclass(frozen=True)
class Edition:
    """One edition of one kind in the ledger.

    ``codes_in_use`` of it are billed, and ``rows_known`` of ``rows_billed`` (``money_known`` of ``money_billed``, fen)
    are said in codes that it knew on their day; None where the kind says nothing of that.
    """

    kind: str
    version: str
    rows: int
    codes: int
    valid_from: dt.date | None
    valid_to: dt.date | None
    files: tuple[str, ...]
    batches: tuple[str, ...]
    recorded_at: dt.datetime
    codes_in_use: int | None = None
    rows_known: int | None = None
    rows_billed: int | None = None
    money_known: int | None = None
    money_billed: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return asdict(self)


def list_catalogues(ledger: Ledger) -> list[Edition]:
    """Every edition of every kind, in the order of the kinds, then as they were recorded."""
    files: dict[tuple[str, str], list[str]] = {}
    for batch in ledger.batches():
        for file in batch.files:
            files.setdefault((batch.batch_id, file.table), []).append(file.file)
    found = []
    for kind in load_kinds().values():
        if ledger.row_count(kind.table.name):
            found += [_with_use(ledger, kind, edition) for edition in _editions(ledger, kind, files)]
    return found


def _editions(ledger: Ledger, kind: Kind, files: dict[tuple[str, str], list[str]]) -> list[Edition]:
    version = {
        "map": "kind || ': ' || from_system || ' → ' || to_system || case status when 'confirmed' then '' "
        "else ' (' || status || ')' end"
    }.get(kind.name, f"coalesce({kind.version}, '')")
    spans = "valid_from" in kind.table.by_name
    first, last = ("min(valid_from)", "max(valid_to)") if spans else ("null", "null")
    with DuckEngine() as engine:
        ledger.attach(engine, only=[kind.table.name])
        rows = engine.execute(
            f"""
            select {version} as version, count(*) as n, count(distinct {kind.code}) as codes,
                cast({first} as date) as first_day, cast({last} as date) as last_day,
                list(distinct batch_id order by batch_id) as batches, min(recorded_at) as recorded_at
            from {kind.table.name} group by 1 order by recorded_at, version
            """
        ).to_pylist()
    return [
        Edition(
            kind=kind.name,
            version=row["version"],
            rows=row["n"],
            codes=row["codes"],
            valid_from=row["first_day"],
            valid_to=row["last_day"],
            files=tuple(dict.fromkeys(f for b in row["batches"] for f in files.get((b, kind.table.name), ()))),
            batches=tuple(row["batches"]),
            recorded_at=row["recorded_at"],
        )
        for row in rows
    ]


def _with_use(ledger: Ledger, kind: Kind, edition: Edition) -> Edition:
    if kind.name not in NATIONAL:
        return edition
    # Items are one dated list: how much of the bills it knows is asked of all its editions together.
    covered = coverage(ledger, kind.name, ITEMS if kind.name == "item" else edition.version, top=0)
    known = next((share for share in covered.total if share.state == "national"), None)
    if known is None:
        return edition
    return Edition(
        **asdict(edition)
        | {
            "files": edition.files,
            "batches": edition.batches,
            "codes_in_use": known.codes,
            "rows_known": known.rows,
            "rows_billed": sum(share.rows for share in covered.total),
            "money_known": known.money,
            "money_billed": sum(share.money for share in covered.total),
        }
    )
