"""Any sequence of ingests, corrections, rollbacks and compactions shows at each instant what a naive model shows."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rawfiles import line, write

from yibao.engine import DuckEngine
from yibao.ledger import Ledger, open_ledger
from yibao.ledger.compact import compact
from yibao.ledger.history import rollback
from yibao.ledger.ingest import ingest
from yibao.ledger.receipts import Tally
from yibao.ledger.verify import verify

pytestmark = pytest.mark.slow

START = datetime(2025, 6, 1)
PERSONS = ("P0", "P1", "P2")

#: A line of a file: number, person, amount in fen, day of the event (late or not).
Row = tuple[int, str, int, int]
Moment = datetime | None


@dataclass(frozen=True)
class Step:
    """One thing done to a ledger, so many seconds after the one before."""

    do: Literal["ingest", "correct", "rollback", "compact"]
    rows: tuple[Row, ...] = ()
    pause: int = 0
    pick: int = 0


@dataclass(frozen=True)
class Version:
    """A version of a line and when it could be seen."""

    row: Row
    since: datetime
    until: Moment = None

    def seen(self, at: Moment) -> bool:
        if at is None:
            return self.until is None
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True)
class State:
    """A snapshot as the model has it: versions of lines, and files taken (as corrections or not)."""

    versions: tuple[Version, ...] = ()
    files: tuple[tuple[tuple[Row, ...], bool], ...] = ()

    def seen(self, at: Moment = None) -> dict[int, Row]:
        found = [version.row for version in self.versions if version.seen(at)]
        assert len({row[0] for row in found}) == len(found)
        return {row[0]: row for row in found}

    def ingest(self, rows: tuple[Row, ...], at: datetime, corrections: bool) -> tuple[State, Tally]:
        """The next state, row by row, and what became of the rows."""
        tally = Tally(rows_in=len(rows), money_in=sum(row[2] for row in rows))
        before = [as_corrections for file, as_corrections in self.files if file == rows]
        if before and (not corrections or any(before)):
            return self, replace(tally, duplicates=tally.rows_in, money_duplicates=tally.money_in)
        said = {version.row for version in self.versions} if before else set()
        known, new = self.seen(), dict[int, Row]()
        for row in rows:
            if (
                known.get(row[0]) == row
                or row in said
                or ((row[0] not in known or corrections) and new.get(row[0]) == row)
            ):
                tally.add(Tally(duplicates=1, money_duplicates=row[2]))
            elif row[0] in new or (row[0] in known and not corrections):
                tally.add(Tally(quarantined=1, money_quarantined=row[2]))
            else:
                new[row[0]] = row
                tally.add(Tally(accepted=1, money_accepted=row[2]))
                if row[0] in known:
                    tally.add(Tally(corrected=1, money_before=known[row[0]][2], money_after=row[2]))
        if not tally.accepted and not tally.quarantined:
            return self, tally
        versions = [
            replace(v, until=at) if v.until is None and v.row[0] in new else v for v in self.versions
        ]  # fmt: skip
        versions += [Version(row, at) for row in new.values()]
        return State(tuple(versions), (*self.files, (rows, corrections))), tally


ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(PERSONS), st.sampled_from((1_000, 2_000)), st.integers(1, 2)),
    min_size=1, max_size=4,
).map(tuple)  # fmt: skip
STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(("ingest", "correct", "correct", "correct", "rollback", "compact")),
        ROWS,
        st.integers(0, 2),
        st.integers(0, 9),
    ),
    min_size=3,
    max_size=8,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first=ROWS, more=STEPS)
def test_a_ledger_shows_what_the_model_shows(first: tuple[Row, ...], more: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        city = Path(folder) / "city"
        states, moments, files = [State()], [START], [first]
        for step in [Step("ingest", first), *more]:
            moments.append(moments[-1] + timedelta(seconds=step.pause))
            if step.do in ("ingest", "correct"):
                # Now and then the same file again.
                rows = files[step.pick] if step.pick < len(files) else step.rows
                files.append(rows)
                state, tally = states[-1].ingest(rows, moments[-1], step.do == "correct")
                raw = write(Path(folder) / "raw", *map(_text, rows))
                report = ingest(raw, "national", city, recorded_at=moments[-1], corrections=step.do == "correct")
                assert report.tables["charge_line"] == tally
                if report.batch_id is None:
                    continue
                states.append(state)
            elif step.do == "rollback":
                to = step.pick % len(states)
                if to == len(states) - 1:
                    continue
                rollback(city, to)
                states.append(states[to])
            elif compact(city).snapshot == len(states):
                states.append(states[-1])
        _compare(city, states, moments)


def _text(row: Row) -> str:
    number, person, fen, day = row
    amount = f"{fen // 100}.00"
    return line(number, psn_no=person, det_item_fee_sumamt=amount, fee_ocur_time=f"2025-03-0{day} 08:00:00")


def _compare(city: Path, states: list[State], moments: list[datetime]) -> None:
    assert open_ledger(city).snapshot_id == len(states) - 1
    for number, state in enumerate(states):
        ledger = open_ledger(city, snapshot=number)
        assert verify(city, number).whole
        for at in (None, START - timedelta(seconds=1), *sorted(set(moments))):
            expected = sorted(state.seen(at).values())
            assert _attached(ledger, at) == expected
            assert _sliced(ledger, at) == expected
            assert ledger.row_count("charge_line", at) == len(expected)


def _attached(ledger: Ledger, at: Moment) -> list[Row]:
    with DuckEngine(threads=1) as engine:
        ledger.attach(engine, at, only=["charge_line"])
        return _rows(engine.execute("select * from charge_line").to_pylist())


def _sliced(ledger: Ledger, at: Moment) -> list[Row]:
    slices = [ledger.slice(person, ["charge_line"], at)["charge_line"] for person in PERSONS]
    return _rows([row for rows in slices for row in rows.to_pylist()])


def _rows(found: list[dict]) -> list[Row]:
    return sorted((int(r["line_id"][1:]), r["person_id"], r["amount"], r["charged_at"].day) for r in found)
