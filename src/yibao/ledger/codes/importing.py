"""Take a published catalogue into the ledger: one batch, the ordinary quarantine, and what it changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from yibao.errors import UsageError
from yibao.ledger.batch import Progress
from yibao.ledger.codes.coding import ITEMS, NATIONAL
from yibao.ledger.codes.editions import Difference, difference
from yibao.ledger.codes.kinds import Kind, get_kind
from yibao.ledger.codes.source import CatalogueFile, known_rows, now
from yibao.ledger.codes.spans import changed, ends, has_spans, overlaps
from yibao.ledger.duck import connect
from yibao.ledger.founding import open_ledger
from yibao.ledger.ingest import ingest
from yibao.ledger.report import IngestReport
from yibao.ledger.storage import Ledger


@dataclass(frozen=True)
class Targets:
    """Targets of a code map that its edition does not have; not ``checked`` when the ledger has no such edition."""

    system: str
    checked: bool
    missing: tuple[str, ...] = ()
    gray: int = 0


@dataclass(frozen=True)
class CatalogueReport:
    """What an import did: the ingest's account, how the file was read, and what it changes."""

    kind: str
    ingest: IngestReport
    columns: Mapping[str, str]
    left_aside: Sequence[str]
    other_sheets: Sequence[str]
    rewritten: Mapping[str, int]
    difference: Difference
    spans_ended: int = 0
    targets: Targets | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {
            **self.ingest.to_dict(),
            "kind": self.kind,
            "columns": dict(self.columns),
            "left_aside": list(self.left_aside),
            "other_sheets": list(self.other_sheets),
            "rewritten": dict(self.rewritten),
            "difference": asdict(self.difference),
            "spans_ended": self.spans_ended,
            "targets": asdict(self.targets) if self.targets else None,
        }


def import_catalogue(
    kind: str,
    path: Path,
    into: Path,
    *,
    given: Mapping[str, str] | None = None,
    named: Mapping[str, str] | None = None,
    sheet: str | None = None,
    end_previous: bool = False,
    correct: bool = False,
    currency: str | None = None,
    progress: Progress | None = None,
) -> CatalogueReport:
    """Read the catalogue file ``path`` of a kind into the ledger ``into``, which is created when there is none.

    ``given`` are columns with one value for all records (the edition, a span), ``named`` column -> heading where the
    heading is not a usual one. ``end_previous`` ends earlier spans of a code where those of the file begin, ``correct``
    lets records of the same edition and span take the place of recorded ones; both are recorded as corrections, and
    what held before is still seen as of then. Raises a refusal when the file cannot be read or lacks a column.
    """
    about = get_kind(kind)
    ledger = open_ledger(into) if (into / "ledger.json").exists() else None
    said = {column: value for column, value in (given or {}).items() if value}
    if kind == "map":
        said = _map_columns(said, path, _moment(ledger))
    for column in ("valid_from", "valid_to"):
        _check_day(column, said.get(column))
    file = CatalogueFile(about, path, said, named or {}, sheet)
    known = known_rows(ledger, about)
    if kind == "map":
        _repeat_decisions(file, known)
    money = ledger.currency if ledger else currency or "CNY"
    typed = file.typed(money)
    changes = difference(about, typed, known, said)
    if end_previous and has_spans(about):
        file.also = ends(about, typed, known)
        known = _ended(about, known, file.also)
        for one in [] if correct else changed(about, typed, known):
            file.refuse(one.at, about.code, "key_conflict", one.value)
    for one in overlaps(about, typed, known):
        file.refuse(one.at, "valid_from", "span_overlap", one.value)
    report = ingest(
        path, file, into, currency=currency, progress=progress, corrections=correct or bool(file.also.num_rows)
    )
    return CatalogueReport(
        kind=kind,
        ingest=report,
        columns=file.fields,
        left_aside=file.left_aside,
        other_sheets=file.sheet.others,
        rewritten=file.rewritten,
        difference=changes,
        spans_ended=file.also.num_rows,
        targets=_targets(into, said) if kind == "map" else None,
    )


def _ended(kind: Kind, known: pa.Table, ended: pa.Table) -> pa.Table:
    """The ledger's spans once those of ``ended`` have taken their new end."""
    key = ", ".join(kind.table.key)
    with connect() as engine:
        engine.register("known", known)
        engine.register("ended", ended)
        return engine.execute(
            "select k.* replace (coalesce(e.valid_to, k.valid_to) as valid_to) "
            f"from known k left join ended e using ({key})"
        ).to_arrow_table()


def _map_columns(said: dict[str, str], path: Path, at: dt.datetime) -> dict[str, str]:
    """A published map is a decision that its publisher took; the file is what it rests on."""
    if said.get("kind") == "item":
        said.setdefault("to_system", ITEMS)
    return {
        "status": "confirmed",
        "decided_by": "published",
        "decided_at": f"{at:%Y-%m-%d %H:%M:%S}",
        "source": path.name,
        **said,
    }


def _moment(ledger: Ledger | None) -> dt.datetime:
    """A time for new decisions: now, or a second behind the last one, so that their order is told."""
    from yibao.engine import DuckEngine

    if ledger is None or not ledger.row_count("code_map"):
        return now()
    with DuckEngine() as engine:
        ledger.attach(engine, only={"code_map": ["decided_at"]})
        last = engine.execute("select max(decided_at) as at from code_map")["at"][0].as_py()
    return max(now(), last + dt.timedelta(seconds=1))


def _repeat_decisions(file: CatalogueFile, known: pa.Table) -> None:
    """A record that says what holds already is given the time of that decision: it is then a repeat."""
    if not known.num_rows:
        return
    columns = [name for name in file.raw.column_names if name != "decided_at"]
    same = " and ".join(f"nullif(r.{c}, '') is not distinct from k.{c}" for c in columns)
    with connect() as engine:
        engine.register("raw", file.raw.append_column("_at", pa.array(range(file.raw.num_rows))))
        engine.register("known", known)
        times = engine.execute(
            f"""
            select coalesce(strftime(max(k.decided_at), '%Y-%m-%d %H:%M:%S'), any_value(r.decided_at)) as decided_at
            from raw r left join known k on {same} group by r._at order by r._at
            """
        ).to_arrow_table()
    place = file.raw.schema.get_field_index("decided_at")
    file.raw = file.raw.set_column(place, "decided_at", times["decided_at"].cast(pa.string()))


def _targets(into: Path, said: Mapping[str, str]) -> Targets | None:
    from yibao.engine import DuckEngine

    if said.get("kind") not in NATIONAL:
        return None
    national = NATIONAL[said["kind"]]
    table, code, edition = national.table, national.code, national.edition
    system = said["to_system"]
    where = f"n.{edition} = $system" if edition else "true"
    gray = "count(distinct case when n.is_gray then m.to_code end)" if edition else "0"
    params = {"kind": said["kind"], "from": said["from_system"], "to": system}
    maps = "from code_in_force m where m.kind = $kind and m.from_system = $from and m.to_system = $to"
    with DuckEngine() as engine:
        ledger = open_ledger(into)
        ledger.attach(engine, only=[table, "code_in_force"])
        listed = {"system": system} if edition else {}
        if not engine.execute(f"select count(*) as n from {table} n where {where}", listed)["n"][0].as_py():
            return Targets(system, checked=False)
        missing = engine.execute(
            f"select distinct m.to_code {maps} and not exists "
            f"(select 1 from {table} n where n.{code} = m.to_code and {where}) order by 1",
            params | listed,
        )["to_code"].to_pylist()
        grays = engine.execute(
            f"select {gray} as n from code_in_force m join {table} n on n.{code} = m.to_code and {where} "
            "where m.kind = $kind and m.from_system = $from and m.to_system = $to",
            params | listed,
        )["n"][0].as_py()
    return Targets(system, True, tuple(missing), grays)


def _check_day(column: str, value: str | None) -> None:
    try:
        if value:
            dt.date.fromisoformat(value)
    except ValueError:
        option = f"--{column.replace('_', '-')}"
        raise UsageError(
            f"{option} {value!r} is no day", mend="write it as 2025-01-31", zh=f"{option} {value!r} 不是日期",
            mend_zh="请写作 2025-01-31",
        ) from None  # fmt: skip
