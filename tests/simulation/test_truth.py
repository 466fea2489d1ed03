"""What is planted is there, is enough, and is counted."""

from __future__ import annotations

import csv
import json

import duckdb
import numpy as np
import pytest

from yibao.simulation import SimulationReport
from yibao.simulation.catalogue import RETIRED_CODE
from yibao.simulation.city import build_city
from yibao.simulation.dirt import UNKNOWN_CODE
from yibao.simulation.frame import NONE, Array
from yibao.simulation.planting import records
from yibao.simulation.visits import STAYS

from .conftest import rows, truth

RULES = ["A01", "A03", "A11", "A14", "B01", "C01", "C03", "C08", "D01", "E01", "F07"]
KEYS = {
    "charge_line": ("line", "feedetl_sn"),
    "encounter": ("encounter", "mdtrt_id"),
    "institution": ("institution", "fixmedins_code"),
    "stock_move": ("stock_move", "move_id"),
    "person": ("person", "psn_no"),
}


@pytest.mark.parametrize("rule", RULES)
def test_three_positives_and_every_lookalike(report: SimulationReport, rule: str) -> None:
    planted = [row for row in truth(report) if row["truth_rule"] == rule]
    assert sum(row["truth_role"] == "positive" for row in planted) >= 3
    assert sum(row["truth_role"] == "lookalike" for row in planted) >= 2
    assert report.truths[rule]["positive"] == sum(row["truth_role"] == "positive" for row in planted)


def test_every_reference_exists(report: SimulationReport, db: duckdb.DuckDBPyConnection) -> None:
    for table, (view, key) in KEYS.items():
        wanted = {row["ref_id"] for row in truth(report) if row["ref_table"] == table}
        known = {str(value) for (value,) in rows(db, f"select distinct {key} from {view}")}
        assert wanted
        assert wanted <= known, table


def test_examinations_without_a_report_are_planted(report: SimulationReport, db: duckdb.DuckDBPyConnection) -> None:
    """Outside the scenes every examination that was kept has its report."""
    missing = rows(
        db,
        """select feedetl_sn from line l join exam_class using (med_list_codg)
        where init_feedetl_sn is null
          and not exists (from line r where r.init_feedetl_sn = l.feedetl_sn)
          and not exists (from exam_report x where x.mdtrt_id = l.mdtrt_id and x.med_list_codg = l.med_list_codg)""",
    )
    planted = {row["ref_id"] for row in truth(report) if row["truth_rule"] == "A11"}
    assert {str(line) for (line,) in missing} <= planted


def test_stock_covers_what_was_settled_but_where_planted(
    report: SimulationReport, db: duckdb.DuckDBPyConnection
) -> None:
    """Opening, purchases and transfers in pieces against what left the shelf, institution by institution."""
    short = rows(
        db,
        """with moved as (
            select fixmedins_code, med_list_codg, sum(cast(quantity as decimal(18, 3))
                * case when unit = 'pack' then cast(pack_factor as int) else 1 end
                * case when kind in ('transfer_out', 'return_out', 'loss') then -1 else 1 end) as pieces
            from stock_move join catalogue_item using (med_list_codg) group by all
        ), sold as (
            select fixmedins_code, med_list_codg, sum(cnt) as pieces from line
            where list_type <> '201' group by all
        )
        select s.fixmedins_code || '|' || s.med_list_codg
        from sold s left join moved m using (fixmedins_code, med_list_codg)
        where s.pieces > coalesce(m.pieces, 0)""",
    )
    moves = [row["ref_id"] for row in truth(report) if (row["truth_rule"], row["truth_role"]) == ("F07", "positive")]
    named = ", ".join(f"'{move}'" for move in moves)
    planted = rows(db, f"select fixmedins_code || '|' || med_list_codg from stock_move where move_id in ({named})")
    assert len(short) == len(moves) and set(short) == set(planted)


def test_labels_are_recorded_once_for_what_was_charged_but_where_planted(
    report: SimulationReport, db: duckdb.DuckDBPyConnection
) -> None:
    """At the hospitals that scan labels, net of refunds."""
    unlike = rows(
        db,
        """with charged as (
            select mdtrt_id, med_list_codg, sum(cnt) as pieces from line
            where med_list_codg in (select med_list_codg from implant)
              and fixmedins_code in (select fixmedins_code from implant)
            group by all having sum(cnt) > 0
        ), recorded as (
            select mdtrt_id, med_list_codg, sum(cast(quantity as decimal(18, 3))) as pieces from implant group by all
        )
        select coalesce(c.mdtrt_id, r.mdtrt_id)
        from charged c full join recorded r using (mdtrt_id, med_list_codg)
        where c.pieces is distinct from r.pieces""",
    )
    again = rows(
        db,
        """select mdtrt_id from implant qualify count(distinct mdtrt_id) over (partition by serial_no) > 1
            and row_number() over (partition by serial_no order by implanted_at) > 1""",
    )
    planted = [row for row in truth(report) if (row["truth_rule"], row["truth_role"]) == ("A10", "positive")]
    lines = {row["ref_id"] for row in planted if row["ref_table"] == "charge_line"}
    stays = rows(db, f"select distinct mdtrt_id from line where feedetl_sn in ({str(sorted(lines))[1:-1]})")
    assert unlike and set(unlike) <= set(stays)
    assert {stay for (stay,) in again} == {row["ref_id"] for row in planted if row["ref_table"] == "encounter"}


def test_notes_are_each_patients_own_but_where_planted(report: SimulationReport, db: duckdb.DuckDBPyConnection) -> None:
    copies = rows(db, "select mdtrt_id from clinical_note qualify count(*) over (partition by content) > 1")
    planted = {row["ref_id"] for row in truth(report) if row["truth_rule"] == "G03"}
    assert copies and {stay for (stay,) in copies} <= planted
    assert rows(db, "select min(length(content)) >= 100 from clinical_note") == [(True,)]


def test_patients_of_one_month_pay_more_themselves_where_it_is_planted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "STAYS_SPEAK", 1_000)
    city = build_city(2_000, 7)
    bills, ended = city.bills.settlements, city.encounters["end"].astype("datetime64[s]").astype("datetime64[M]")
    stays = np.isin(bills["kind"], STAYS) & (bills["reverses"] == NONE)
    november = ended[bills["encounter"]] == np.datetime64("2025-11")

    def share(place: str, month: Array) -> float:
        chosen = stays & month & (bills["institution"] == city.providers.index[place])
        return float(bills["not_covered"][chosen].sum() / bills["total"][chosen].sum())

    assert share("donghu_hospital", november) > share("donghu_hospital", ~november) + 0.05
    assert share("second", november) < share("second", ~november) + 0.05
    (planted,) = [t for t in city.cast.truths if (t.rule, t.role, t.table) == ("C10", "positive", "institution")]
    assert planted.handle == "institution:donghu_hospital"


def test_the_story(report: SimulationReport, db: duckdb.DuckDBPyConnection) -> None:
    order = json.loads((report.out / "orders" / "thyroid_ultrasound.json").read_text(encoding="utf-8"))
    assert order["ordered_at"] == "2025-12-20 09:30:00"
    ((sex, birth),) = rows(db, f"select gend, brdy from person where psn_no = '{order['person_id']}'")
    assert sex == "2"
    assert "1957-12-20" < str(birth) <= "1958-12-20"
    earlier = rows(
        db,
        f"""select fixmedins_type, r.examined_at, r.reported_at, r.recognition_mark, related_group
        from exam_report r join institution using (fixmedins_code) join exam_class using (med_list_codg)
        where psn_no = '{order["person_id"]}' and examined_at >= '2025-09-21'""",
    )
    assert [(kind, str(at)[:10], str(done)[:10], mark, group) for kind, at, done, mark, group in earlier] == [
        ("3", "2025-11-10", "2025-11-10", "市HR", "thyroid")
    ]
    code = order["orders"][0]["item_code"]
    assert rows(db, f"select related_group from exam_class where med_list_codg = '{code}'") == [("thyroid",)]
    here = f"select medinslv from institution where fixmedins_code = '{order['institution_id']}'"
    assert rows(db, here) == [("3",)]
    assert {path.name for path in report.orders} == {
        "thyroid_ultrasound.json",
        "nothing_against_it.json",
        "prostate_ultrasound_for_a_woman.json",
    }


def test_dirt_is_counted(report: SimulationReport) -> None:
    raw = report.out / "raw"
    with (report.out / "truth" / "dirt.csv").open(encoding="utf-8", newline="") as file:
        dirt = {(row["file"], row["kind"]): int(row["rows"]) for row in csv.DictReader(file)}
    first, second, late = (f"charge_line_{which}.csv" for which in ("1", "2", "late"))
    lines = [line.split(",") for line in (raw / first).read_text(encoding="utf-8").splitlines()[1:]]
    ids = [line[0] for line in lines]
    malformed = ("bad_date", "unknown_code", "too_many_decimals", "missing_person")
    spoiled = sum(dirt[first, kind] for kind in malformed)
    assert sum("X" in line_id for line_id in ids) == spoiled
    assert len(ids) - len(set(ids)) == dirt[first, "duplicate"]
    old = (raw / second).read_bytes()
    assert old.decode("gb18030").count("\n") - 1 == dirt[second, "encoding_gb18030"]
    with pytest.raises(UnicodeDecodeError):
        old.decode("utf-8")
    delayed = (raw / late).read_text(encoding="utf-8").splitlines()[1:]
    assert len(delayed) == dirt[late, "late_file"] > 0
    codes = [line[5] for line in [*lines, *(row.split(",") for row in delayed)]] + [
        row.split(",")[5] for row in old.decode("gb18030").splitlines()
    ]
    assert codes.count(UNKNOWN_CODE) >= dirt[first, "unknown_item"] > 0
    assert codes.count(RETIRED_CODE) >= dirt[first, "retired_item"] > 0
    assert report.tables["charge_line"] == len(set(ids)) - spoiled + len(delayed) + old.count(b"\n") - 1
    deaths = (raw / "death_source.csv").read_bytes()
    assert (raw / "death_source_copy.csv").read_bytes() == deaths
    assert dirt["death_source_copy.csv", "duplicate_file"] == deaths.count(b"\n") - 1


def test_one_clock_runs_behind(report: SimulationReport, db: duckdb.DuckDBPyConnection) -> None:
    """The readings of one terminal stand eight hours before their settlements."""
    behind = rows(
        db,
        """select terminal_id, count(*) from terminal_event t
        where not exists (from settlement s where s.psn_no = t.psn_no and s.setl_time = t.happened_at)
          and exists (from settlement s where s.psn_no = t.psn_no
                      and cast(s.setl_time as timestamp) = cast(t.happened_at as timestamp) + interval 8 hour)
        group by 1""",
    )
    assert len(behind) == 1
    with (report.out / "truth" / "dirt.csv").open(encoding="utf-8", newline="") as file:
        (counted,) = [int(row["rows"]) for row in csv.DictReader(file) if row["kind"] == "clock_behind"]
    assert behind[0][1] == counted


#: Every rule of the domain but C06, of one hospital alone, H04, planted with A11, and H06, for which this city is too
#: small.
_FAMILIES = {"A": 15, "B": 13, "C": 11, "D": 2, "E": 8, "F": 10, "G": 4, "H": 5}
_RULES = [f"{letter}{k:02d}" for letter, last in _FAMILIES.items() for k in range(1, last + 1)]
BLOCKS = [rule for rule in _RULES if rule not in ("C06", "H04")]


@pytest.mark.parametrize("rule", [*BLOCKS, "EQ01"])
def test_every_block_has_positives_and_lookalikes(report: SimulationReport, rule: str) -> None:
    planted = [row for row in truth(report) if row["truth_rule"] == rule]
    assert {row["truth_role"] for row in planted} == {"positive", "lookalike"}
    assert {row["strength"] for row in planted} <= {"1", "2", "3"}


def test_every_variant_is_played(report: SimulationReport) -> None:
    kinds = {row["kind"] for row in truth(report)}
    assert {"plain", "boundary", "refund", "late", "cross_day", "cross_city", "cohort", "ring", "miscoded"} <= kinds
