"""`yibao run`: run the laws of the rooms, keep what did not change, write one folder.

A law whose body, parameters and input files are those of the latest run is not run again: its rows are taken over.
The result folder appears at once or not at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from yibao import __version__
from yibao.casemix import Grouping, institution_indices
from yibao.casemix.kernel import READS, group_ledger
from yibao.engine import DuckEngine, Engine, EngineChoice
from yibao.lawbook import Law, Lawbook, Outcome, bind, columns_of, read_often, run_law
from yibao.lawbook.exemptions import READS as PLACING
from yibao.ledger import Ledger
from yibao.ledger.quality_sums import quality_month
from yibao.runs.folder import ResultFolder, run_id, write_table
from yibao.runs.manifest import LawEntry, Manifest
from yibao.runs.reuse import Previous, Prints, Reading
from yibao.runs.rooms import Room, plan
from yibao.runs.shadow import run_shadow, shadow_print
from yibao.supervision.absent import absent_columns
from yibao.supervision.arbitration import arbitrate
from yibao.supervision.lifecycle.register import Standing, in_force

Progress = Callable[[str, float, float], None]
EMBEDDED = EngineChoice()


@dataclass(frozen=True)
class RunResult:
    """A finished run: its folder and manifest, and whether anything had to be computed."""

    folder: Path
    manifest: Manifest
    unchanged: bool


@dataclass(frozen=True)
class Task:
    """What a run has to do, decided before anything is computed."""

    rooms: list[Room]
    laws: list[Law]
    beside: list[Law]  # grey: their findings are kept apart
    grey: Mapping[str, Standing]
    problems: list[str]
    grouping: Grouping | None
    reading: Reading
    prints: Prints

    @property
    def everything(self) -> list[Law]:
        return [*self.laws, *self.beside]

    @property
    def writes(self) -> dict[str, list[pa.Table]]:
        """The result tables, empty still."""
        return {table: [] for room in self.rooms for table in room.writes}


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
    reading = Reading(ledger, as_of, as_of or ledger.last_recorded() or started, engine.name)
    task = _decide(reading, lawbook, plan(only, grouped=grouping is not None), grouping)
    previous = Previous(ledger)
    if previous.is_the_same(task.prints, task.problems, [room.name for room in task.rooms]):
        assert previous.folder is not None and previous.manifest is not None
        return RunResult(previous.folder, previous.manifest, unchanged=True)
    manifest = Manifest(
        run_id=run_id(ledger, started), started_at=started.isoformat(sep=" "), seconds=0, engine=engine.name,
        yibao_version=__version__, snapshot=str(ledger.snapshot_id), as_of=reading.instant.isoformat(sep=" "),
        currency=ledger.currency, rooms=[r.name for r in task.rooms], problems=task.problems,
    )  # fmt: skip
    with ResultFolder(ledger, manifest.run_id) as work, engine.open(rows=ledger.size(as_of)) as opened:
        lacking = absent_columns(ledger, task.everything, as_of)
        kept = {law.key for law in task.laws if previous.has(law, task.prints)}
        _attach(opened, task, asked=[law for law in task.everything if law.key not in {*lacking, *kept}])
        results = task.writes | _grouped(opened, task, manifest, progress)
        for index, law in enumerate(task.laws):
            if progress:
                progress(law.id, index, len(task.laws))
            outcome = _outcome(opened, task, law, lacking, previous if law.key in kept else None)
            manifest.laws[law.key] = _entry(law, outcome, task.prints.laws[law.key], reading.instant)
            for name, table in outcome.tables.items():
                results[name].append(table)
        if "finding" in results:
            results |= _arbitrated(opened, task, results)
        _run_beside(opened, task, lacking, manifest, work.path)
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
        progress("done", len(task.laws), len(task.laws))
    return RunResult(work.target, manifest, unchanged=False)


def _decide(reading: Reading, lawbook: Lawbook, rooms: list[Room], grouping: Grouping | None) -> Task:
    """Which laws speak, which run beside them, and what each one's rows depend on."""
    names = {room.name for room in rooms}
    speaking, grey = in_force(reading.ledger, lawbook)
    laws = [law for room in rooms for law in speaking.of() if law.runs_in == room.name]
    beside = [law for law in lawbook.of("rule") if law.key in grey and law.runs_in in names]
    groups = reading.print_of_groups(grouping)
    prints = Prints(
        {law.key: reading.print_of(law, groups) for law in laws},
        {law.key: shadow_print(reading.print_of(law, groups), grey[law.key]) for law in beside},
        groups,
    )
    problems = [str(problem) for problem in speaking.problems]
    return Task(rooms, laws, beside, grey, problems, grouping, reading, prints)


def _attach(engine: Engine, task: Task, asked: Sequence[Law]) -> None:
    """The ledger's tables, with the columns that somebody reads; what the laws ``asked`` read often is kept at hand."""
    ledger = task.reading.ledger
    contracts = ledger.tables()
    columns = columns_of(task.everything, contracts)
    also: list[Mapping[str, Set[str]]] = []
    if task.grouping is not None:
        also.append({name: set(contracts[name].column_names) for name in READS})
    if "finding" in task.writes:
        also.append(PLACING)
    for wanted in also:
        columns = {name: columns.get(name, set()) | wanted.get(name, set()) for name in {*columns, *wanted}}
    ledger.attach(engine, task.reading.as_of, only=columns, often=read_often(asked))


def _grouped(engine: Engine, task: Task, manifest: Manifest, progress: Progress | None) -> dict[str, list[pa.Table]]:
    """Group every stay, leave the groups where laws read them, and note what they came from."""
    if task.grouping is None:
        return {}
    clock, head = time.perf_counter(), task.grouping.grouper.pack.head
    if progress:
        progress(head.id, 0, 1)
    with task.reading.ledger.reading():
        groups = group_ledger(engine, task.grouping.grouper, task.grouping.edition)
    engine.register("case_group", groups)
    manifest.grouping = {
        "pack": head.id, "system": head.system, "version": head.version, "region": head.region,
        "fingerprint": task.prints.groups, "edition": task.grouping.edition,
        "seconds": round(time.perf_counter() - clock, 3), "rows": groups.num_rows,
    }  # fmt: skip
    return {"case_group": [groups], "casemix_index": [institution_indices(groups)]}


def _outcome(
    engine: Engine, task: Task, law: Law, lacking: Mapping[str, Sequence[str]], kept: Previous | None
) -> Outcome:
    """What a law gives: nothing where columns are lacking, as a previous run has ``kept`` it, or asked anew."""
    if law.key in lacking:
        return _lacking(law, lacking)
    if kept is not None:
        return kept.outcome(law)
    outcome = run_law(engine, law, task.reading.instant)
    if outcome.status == "failed":
        task.reading.ledger.still_there()  # a law is not to blame for files that vanished
    return outcome


def _lacking(law: Law, lacking: Mapping[str, Sequence[str]]) -> Outcome:
    """The outcome of a law that cannot be asked; its message names the columns."""
    return Outcome(law, "lacking", 0.0, 0, {}, ", ".join(lacking[law.key]))


def _arbitrated(engine: Engine, task: Task, results: Mapping[str, Sequence[pa.Table]]) -> dict[str, list[pa.Table]]:
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
            task.reading.ledger.attach(embedded, task.reading.as_of, only=PLACING)
        judged, counted = arbitrate(embedded, task.laws, finding, refs)
    return {"finding": [judged], "money_attribution": [counted]}


def _run_beside(
    engine: Engine, task: Task, lacking: Mapping[str, Sequence[str]], manifest: Manifest, folder: Path
) -> None:
    """Grey laws, into a folder of their own."""
    if not task.beside:
        return
    asked, instant = [law for law in task.beside if law.key not in lacking], task.reading.instant
    ran = run_shadow(engine, task.reading.ledger, asked, task.grey, instant, folder)
    for law in task.beside:
        outcome = ran[law.key] if law.key in ran else _lacking(law, lacking)
        manifest.shadow[law.key] = _entry(law, outcome, task.prints.grey[law.key], instant)


def _entry(law: Law, outcome: Outcome, print_: str, instant: datetime) -> LawEntry:
    return LawEntry(
        version=law.text.version, kind=law.text.kind, hash=law.hash, fingerprint=print_,
        params={k: str(v) for k, v in bind(law, instant).items()}, status=outcome.status,
        seconds=round(outcome.seconds, 3), rows=outcome.rows, message=outcome.message,
    )  # fmt: skip
