"""`yibao run`: plan the rooms as a graph over tables, run their laws, keep what did not change, write one folder.

A room reads tables and writes tables; the plan follows from that. A law whose body, parameters and input files are
those of the latest run is not run again: its rows are taken over. The result folder appears at once or not at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from yibao import __version__
from yibao.casemix import Grouping, institution_indices
from yibao.casemix.kernel import READS, group_ledger
from yibao.engine import DuckEngine, Engine, EngineChoice
from yibao.engine.portable import derived_order, derived_sources
from yibao.lawbook import Law, Lawbook, Outcome, bind, columns_of, read_often, run_law
from yibao.lawbook.exemptions import READS as PLACING
from yibao.ledger import Ledger
from yibao.ledger.quality_sums import quality_month
from yibao.runs.folder import ResultFolder, run_id, write_table
from yibao.runs.manifest import LawEntry, Manifest, RunError, fingerprint, latest_run
from yibao.runs.shadow import run_shadow, shadow_print
from yibao.supervision.absent import absent_columns
from yibao.supervision.arbitration import arbitrate
from yibao.supervision.lifecycle.register import in_force

Progress = Callable[[str, float, float], None]
EMBEDDED = EngineChoice()


@dataclass(frozen=True)
class Room:
    """A capability in the plan: the result tables its laws write, and those it reads."""

    name: str
    writes: tuple[str, ...]
    reads: tuple[str, ...] = ()


ROOMS: Mapping[str, Room] = {
    room.name: room
    for room in (
        Room("quality", ("quality_issue", "indicator_value")),
        Room("casemix", ("case_group", "casemix_index")),
        Room("supervision", ("finding", "finding_ref", "indicator_value", "money_attribution"), reads=("case_group",)),
    )
}


@dataclass(frozen=True)
class RunResult:
    """A finished run: its folder and manifest, and whether anything had to be computed."""

    folder: Path
    manifest: Manifest
    unchanged: bool


def plan(only: Sequence[str] = ()) -> list[Room]:
    """Rooms in an order in which every table is written before it is read."""
    unknown = [name for name in only if name not in ROOMS]
    if unknown:
        known = ", ".join(ROOMS)
        raise RunError(
            f"there is no room {unknown[0]!r}",
            mend=f"known: {known}",
            zh=f"没有 {unknown[0]!r}",
            mend_zh=f"可用：{known}",
        )
    chosen = [room for room in ROOMS.values() if not only or room.name in only]
    writer = {table: room.name for room in chosen for table in room.writes}
    graph = {room.name: {writer[t] for t in room.reads if t in writer} for room in chosen}
    return [ROOMS[name] for name in TopologicalSorter(graph).static_order()]


def run(
    ledger: Ledger,
    lawbook: Lawbook,
    *,
    only: Sequence[str] = (),
    as_of: datetime | None = None,
    progress: Progress | None = None,
    engine: EngineChoice = EMBEDDED,
    grouping: Grouping | None = None,
) -> RunResult:
    """Run the laws of the chosen rooms over a ledger and write ``results/<run>/``.

    The room ``casemix`` runs with a ``grouping`` only: without one no case has a group, and laws that read groups find
    nothing.

    ``as_of`` reads the ledger as it stood then; by default as it stands, judged at the time of its last batch.
    What another ``engine`` computed is not taken over. Laws that fail are recorded and do not stop the others.
    """
    started, clock = datetime.now().replace(microsecond=0), time.perf_counter()
    rooms = _with_pack(plan(only), only, grouping)
    instant = as_of or ledger.last_recorded() or started
    whole, (lawbook, grey) = lawbook, in_force(ledger, lawbook)
    laws = [law for room in rooms for law in lawbook.of() if law.runs_in == room.name]
    shadow = [law for law in whole.of("rule") if law.key in grey and law.runs_in in {room.name for room in rooms}]
    grouped = "" if grouping is None else _grouping_print(ledger, grouping, as_of, engine.name)
    prints = {law.key: _fingerprint(ledger, law, instant, as_of, engine.name, grouped) for law in (*laws, *shadow)}
    previous = _previous(ledger)
    told = {law.key: shadow_print(prints[law.key], grey[law.key]) for law in shadow}
    if previous is not None and _same(previous[1], prints, told, lawbook, rooms, grouped):
        return RunResult(previous[0], previous[1], unchanged=True)
    manifest = Manifest(
        run_id=run_id(ledger, started), started_at=started.isoformat(sep=" "), seconds=0, engine=engine.name,
        yibao_version=__version__, snapshot=str(ledger.snapshot_id), as_of=instant.isoformat(sep=" "),
        currency=ledger.currency, rooms=[r.name for r in rooms], problems=[str(p) for p in lawbook.problems],
    )  # fmt: skip
    with ResultFolder(ledger, manifest.run_id) as work, engine.open(rows=ledger.size(as_of)) as opened:
        columns = columns_of((*laws, *shadow), ledger.tables())
        lacking = absent_columns(ledger, (*laws, *shadow), as_of)
        if grouping is not None:
            columns = {**columns, **{name: columns.get(name, set()) | _columns(ledger, name) for name in READS}}
        kept = {law.key for law in laws if _taken_over(law, prints, previous)}
        waiting = [law for law in laws if law.key not in lacking and law.key not in kept]
        if "finding" in {name for room in rooms for name in room.writes}:
            columns = {name: columns.get(name, set()) | PLACING.get(name, set()) for name in {*columns, *PLACING}}
        ledger.attach(opened, as_of, only=columns, often=read_often([*waiting, *shadow]))
        results: dict[str, list[pa.Table]] = {table: [] for room in rooms for table in room.writes}
        if grouping is not None:
            results |= _group(opened, ledger, grouping, grouped, manifest, progress)
        for index, law in enumerate(laws):
            if progress:
                progress(law.id, index, len(laws))
            outcome, skipped = _lacking(law, lacking) or _run_or_reuse(
                opened, law, instant, previous if law.key in kept else None
            )
            if outcome.status == "failed":
                ledger.still_there()  # a law is not to blame for files that vanished
            manifest.laws[law.key] = _entry(law, outcome, prints[law.key], skipped, bind(law, instant))
            for name, table in outcome.tables.items():
                results[name].append(table)
        if "finding" in results:
            results |= _arbitrated(opened, ledger, laws, results, as_of)
        if shadow:
            ran = run_shadow(
                opened, ledger, [law for law in shadow if law.key not in lacking], grey, instant, work.path
            )
            for law in shadow:
                outcome, _ = _lacking(law, lacking) or (ran[law.key], False)
                manifest.shadow[law.key] = _entry(law, outcome, told[law.key], False, bind(law, instant))
        for name, tables in results.items():
            manifest.tables[name] = write_table(opened.local, ledger, name, tables, work.path)
        if "quality_issue" in results:
            issues = pq.read_table(work.path / "quality_issue.parquet")
            monthly = quality_month(ledger, issues, as_of)
            manifest.tables["quality_month"] = write_table(opened.local, ledger, "quality_month", [monthly], work.path)
        manifest.seconds = round(time.perf_counter() - clock, 3)
        manifest.write(work.path)
        work.commit()
    if progress:
        progress("done", len(laws), len(laws))
    return RunResult(work.target, manifest, unchanged=False)


def _arbitrated(
    engine: Engine,
    ledger: Ledger,
    laws: Sequence[Law],
    results: Mapping[str, Sequence[pa.Table]],
    as_of: datetime | None,
) -> dict[str, list[pa.Table]]:
    """Exemptions and the sharing of money, over the findings of all laws together; always on an embedded engine."""
    if not results["finding"]:
        return {"money_attribution": []}
    finding, refs = (
        pa.concat_tables(results[name], promote_options="permissive") for name in ("finding", "finding_ref")
    )
    with ExitStack() as closing:
        embedded = engine.local
        if embedded is not engine:
            embedded = closing.enter_context(DuckEngine())
            ledger.attach(embedded, as_of, only=PLACING)
        judged, counted = arbitrate(embedded, laws, finding, refs)
    return {"finding": [judged], "money_attribution": [counted]}


def _with_pack(rooms: list[Room], only: Sequence[str], grouping: Grouping | None) -> list[Room]:
    if grouping is None and "casemix" in only:
        raise RunError(
            "the room casemix needs a grouping pack", mend="name its folder: --pack DIR",
            zh="casemix 需要分组方案包", mend_zh="请指明目录：--pack 目录",
        )  # fmt: skip
    return [room for room in rooms if grouping is not None or room.name != "casemix"]


def _group(
    engine: Engine, ledger: Ledger, grouping: Grouping, grouped: str, manifest: Manifest, progress: Progress | None
) -> dict[str, list[pa.Table]]:
    """Group every stay, leave the groups where laws read them, and note what they came from."""
    clock, head = time.perf_counter(), grouping.grouper.pack.head
    if progress:
        progress(head.id, 0, 1)
    with ledger.reading():
        groups = group_ledger(engine, grouping.grouper, grouping.edition)
    engine.register("case_group", groups)
    manifest.grouping = {
        "pack": head.id, "system": head.system, "version": head.version, "region": head.region,
        "fingerprint": grouped, "edition": grouping.edition, "seconds": round(time.perf_counter() - clock, 3),
        "rows": groups.num_rows,
    }  # fmt: skip
    return {"case_group": [groups], "casemix_index": [institution_indices(groups)]}


def _columns(ledger: Ledger, name: str) -> set[str]:
    return set(ledger.tables()[name].column_names)


def _grouping_print(ledger: Ledger, grouping: Grouping, as_of: datetime | None, engine: str) -> str:
    """Of everything that the groups depend on."""
    inputs = {name: _inputs(ledger, name, as_of) for name in sorted(READS)}
    parts = {"grouping": grouping.fingerprint, "inputs": inputs, "version": __version__, "engine": engine}
    return fingerprint(parts)


def _fingerprint(ledger: Ledger, law: Law, instant: datetime, as_of: datetime | None, engine: str, grouped: str) -> str:
    """Of everything that a law's rows depend on. The engine is part of it: that engines agree is proved by comparing
    their results, which would prove nothing if one took over those of the other.
    """
    params = bind(law, instant)
    if "as_of" not in law.bound and law.kernel is None:
        params.pop("as_of")  # the instant does not matter to this law
    contracts = ledger.tables()
    inputs: dict[str, Any] = {name: _inputs(ledger, name, as_of) for name in sorted(law.tables)}
    if "case_group" in inputs:
        inputs["case_group"] = grouped
    if law.text.kind == "rule":
        inputs["exemption"] = _inputs(ledger, "exemption", as_of)
    return fingerprint(
        {
            "law": law.hash, "params": params, "version": __version__, "engine": engine, "inputs": inputs,
            "derived": {name: contracts[name].sql for name in derived_order(law.tables, contracts)},
        }
    )  # fmt: skip


def _inputs(ledger: Ledger, name: str, as_of: datetime | None) -> dict[str, list[str]]:
    """Batches by stored table; not files, because compaction changes these and no result."""
    derived = ledger.tables()[name].kind == "derived"
    stored = sorted(derived_sources(name, ledger.tables())) if derived else [name]
    return {table: ledger.sources(table, as_of) for table in stored}


def _previous(ledger: Ledger) -> tuple[Path, Manifest] | None:
    folder = latest_run(ledger.path)
    return (folder, Manifest.read(folder)) if folder else None


def _same(
    manifest: Manifest, prints: Mapping[str, str], shadow: Mapping[str, str], lawbook: Lawbook, rooms: Sequence[Room],
    grouped: str,
) -> bool:  # fmt: skip
    old = {key: entry.fingerprint for key, entry in manifest.laws.items() if entry.status != "failed"}
    beside = {key: entry.fingerprint for key, entry in manifest.shadow.items() if entry.status != "failed"}
    spoken = {key: print_ for key, print_ in prints.items() if key not in shadow}
    problems = [str(p) for p in lawbook.problems]
    same_groups = manifest.grouping.get("fingerprint", "") == grouped
    return (
        old == spoken and beside == dict(shadow) and same_groups and manifest.problems == problems
        and manifest.rooms == [r.name for r in rooms]
    )  # fmt: skip


def _lacking(law: Law, lacking: Mapping[str, Sequence[str]]) -> tuple[Outcome, bool] | None:
    """The outcome of a law that cannot be asked; its message names the columns."""
    columns = lacking.get(law.key)
    return (Outcome(law, "lacking", 0.0, 0, {}, ", ".join(columns)), False) if columns else None


def _run_or_reuse(
    engine: Engine, law: Law, instant: datetime, kept: tuple[Path, Manifest] | None
) -> tuple[Outcome, bool]:
    """A law's outcome: asked anew, or as a previous run has ``kept`` it."""
    if kept is None:
        return run_law(engine, law, instant), False
    folder, manifest = kept
    tables = {}
    for name in ROOMS[law.runs_in].writes:
        path = folder / f"{name}.parquet"
        if path.exists():
            rows = pq.read_table(path, filters=[("law_id", "=", law.id)])
            if rows.num_rows:
                tables[name] = rows
    return Outcome(law, "skipped", 0.0, manifest.laws[law.key].rows, tables), True


def _taken_over(law: Law, versions: Mapping[str, str], previous: tuple[Path, Manifest] | None) -> bool:
    """Whether the previous run has the results of a law: same law, same inputs."""
    if previous is None:
        return False
    known = previous[1].laws
    # Result rows name the law, not its version: of a law with several versions nothing can be taken over.
    alone = sum(key.partition("@")[0] == law.id for key in {*known, *versions}) == 1
    old = known.get(law.key)
    same = old is not None and old.fingerprint == versions[law.key] and old.status not in ("failed", "lacking")
    return alone and same


def _entry(law: Law, outcome: Outcome, print_: str, skipped: bool, params: dict[str, Any]) -> LawEntry:
    return LawEntry(
        version=law.text.version, kind=law.text.kind, hash=law.hash, fingerprint=print_,
        params={k: str(v) for k, v in params.items()}, status="skipped" if skipped else outcome.status,
        seconds=round(outcome.seconds, 3), rows=outcome.rows, message=outcome.message,
    )  # fmt: skip
