"""Two packs side by side, weights, and figures of institutions by groups."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import smallpack as small

from yibao.casemix import Grouper, Limits, compare, encode_records, institution_indices, load_pack, read_weights
from yibao.casemix.refusals import CaseFileError
from yibao.ledger.contracts import load_contracts
from yibao.measures import poisson_interval

SCHEMA = load_contracts()["case_group"].arrow_schema()


def test_every_kind_of_move(tmp_path: Path, grouper: Grouper) -> None:
    doc = copy.deepcopy(small.document())
    doc["version"] = "2"
    _rename(doc, "GK19", "GK1X")  # renamed
    doc["drg"][4]["when"] = doc["drg"][3]["when"] = "otherwise"  # ZA1A takes ZA1B's cases: merged
    doc["adrg"][6]["entry"] = {"any": [{"any_procedure_valid": False}]}
    doc["drg"][11]["when"] = {"los_days": {"above": 5}}  # GR2A: some become GR2
    doc["mdc"][3]["entry"] = {"principal_diagnosis_in": "H.medical"}  # D20.0 is nowhere now
    doc["mdc"][2]["ambiguous_when"] = None  # GQY falls through
    weights = tmp_path / "weights.csv"
    weights.write_text("drg,weight\nGA15,1.5\nGK19,2\nGK1X,2.5\nZA1A,0.5\nZA1B,0.75\n", encoding="utf-8")
    prices = read_weights(weights, "1000")
    after = Grouper(load_pack(small.write(tmp_path / "two", doc)), prices)
    cases = encode_records([
        _case("same", diagnoses="D10.1", procedures="10.01"),
        _case("renamed", diagnoses="D10.1", procedures="11.01", sex=2),
        _case("merged child", diagnoses="D40.0|D44.0", age_years=10),
        _case("merged", diagnoses="D40.0|D44.0"),
        _case("split off", diagnoses="D11.0", los_days=5),
        _case("stays", diagnoses="D11.0", los_days=9),
        _case("lost", diagnoses="D20.0|D21.0"),
        _case("found", diagnoses="D10.2", procedures="13.01"),
        _case("never", diagnoses="X99.9"),
        _case("held", diagnoses=""),
    ])  # fmt: skip
    found = compare(Grouper(grouper.pack, prices).group(cases), after.group(cases))
    moves = {row["encounter_id"]: row for row in found.moves.to_pylist()}
    assert {case: row["move"] for case, row in moves.items()} == {
        "same": "same", "renamed": "renamed", "merged child": "same", "merged": "merged", "split off": "split",
        "stays": "same", "lost": "newly_ungroupable", "found": "newly_grouped", "never": "never_grouped",
        "held": "held_back",
    }  # fmt: skip
    assert moves["renamed"]["difference_amount"] == 50_000
    assert moves["merged"]["difference_amount"] == -25_000
    assert moves["merged"]["from_scheme"] == "SMALL-DRG 1 nowhere"
    merged = next(row for row in found.by_move if row["move"] == "merged")
    assert (merged["cases"], merged["priced"], merged["difference_amount"]) == (1, 1, -25_000)
    assert {(row["from_group"], row["to_group"]) for row in found.by_flow} >= {("GK19", "GK1X"), ("ZA1B", "ZA1A")}


def test_weights_are_read_exactly_and_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    path.write_text("病组编码,权重,三级系数,基层病组\nGA15,1.234567,1.05,是\nGA13,2,1.05,\n", encoding="utf-8")
    weights = read_weights(path, "9435.25")
    assert (weights.weight("GA15"), weights.weight("XX"), weights.weight(None)) == (1_234_567, None, None)
    assert weights.prices["GA15"].basic
    # 1.234567 x 1.05 x 9435.25 = 12 230.8739...: rounded half up once, to the fen.
    assert weights.standard("GA15", "3") == 1_223_087
    assert weights.standard("GA15", "1") is None
    for text, said in (
        ("drg,weight\nGA15,heavy\n", "is no number"),
        ("drg,weight\nGA15,1.2345678\n", "at most 6 decimals"),
        ("drg,weight\nGA15,1\nGA15,2\n", "is there twice"),
        ("drg,price\nGA15,1\n", "lacks the column weight"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(CaseFileError, match=said):
            read_weights(path)


def test_the_published_example_of_cmi_and_indices() -> None:
    """Groups A (600 cases, mean 8 000), B (300, 16 000), C (100, 40 000); a hospital of 100, 100 and 20 of them.

    Expected: CMI 1.069519, cost index 0.997727, time index 0.954257 (weighted means of ratios).
    """
    weights = {"A": 588_235, "B": 1_176_471, "C": 2_941_176}
    rows = [
        *_stays("H", "A", 100, 7_000, [6]), *_stays("H", "B", 100, 18_000, [9, 10]),
        *_stays("H", "C", 20, 39_000, [14]),
        *_stays("R", "A", 500, 8_200, [7, 7, 7, 7, 8]), *_stays("R", "B", 200, 15_000, [8, 9, 9, 9]),
        *_stays("R", "C", 80, 40_250, [15, 15, 15, 16]),
    ]  # fmt: skip
    found = _figures([row | {"weight_ppm": weights[row["group_code"]]} for row in rows])
    assert found["H", "cmi", "mean_weight"]["value_ppm"] == 1_069_519
    assert found["H", "cost_index", "mean_of_ratios"]["value_ppm"] == 997_727
    assert found["H", "time_index", "mean_of_ratios"]["value_ppm"] == 954_257
    # The other variant, by hand: 3 280 000 over 100 x 8 000 + 100 x 16 000 + 20 x 40 000.
    assert found["H", "cost_index", "ratio_of_sums"]["value_ppm"] == 1_025_000
    assert found["H", "groups", "of_region"]["value_ppm"] == 1_000_000


def test_readmissions_and_deaths_against_what_the_groups_let_expect() -> None:
    day = datetime(2026, 3, 1, 10)
    rows = []
    for number in range(200):
        home = "H" if number < 100 else "R"
        back = number < 20 or 100 <= number < 110
        rows.append(_stay(home, "A", f"p{number}", day, died=150 <= number < 160))
        if back:  # 1 to 31 days later, at the other hospital, in a group of its own
            rows.append(_stay("R" if home == "H" else "H", "B", f"p{number}", day + timedelta(days=20)))
    rows += [_stay("H", "B", f"late{number}", day + timedelta(days=200)) for number in range(5)]
    found = _figures(rows, Limits(fewest_expected=1))
    # 190 discharged alive of group A, 30 came back: H expects 100 x 30/190, R 90 x 30/190.
    home = found["H", "readmission", "by_group"]
    assert (home["numerator"], home["expected_ppm"]) == (20, round(100 * 30 / 190 * 1e6))
    lower, upper = poisson_interval(20)
    assert home["lower_ppm"] == round(float(lower) / (100 * 30 / 190) * 1e6)
    assert home["upper_ppm"] == round(float(upper) / (100 * 30 / 190) * 1e6)
    assert found["R", "mortality", "by_group"]["numerator"] == 10
    assert found["R", "mortality", "by_group"]["expected_ppm"] == 5_000_000
    assert found["H", "mortality", "by_group"]["note"] == "below expected"


def test_few_cases_have_no_figure() -> None:
    rows = [*_stays("H", "A", 9, 1_000, [3]), *_stays("R", "A", 30, 1_000, [3])]
    found = _figures(rows)
    small_numbers = [row for (hospital, *_), row in found.items() if hospital == "H"]
    assert small_numbers
    assert all(
        row["note"] == "too few" and row["value_ppm"] is None and row["numerator"] is None for row in small_numbers
    )
    assert found["R", "mortality", "by_group"]["note"] == "too few"  # cases enough, expected events not


def test_cases_held_back_and_cases_of_nobody_are_not_counted() -> None:
    rows = [*_stays("H", "A", 20, 1_000, [3]), *_stays(None, "A", 20, 9_000, [3])]
    held = [row | {"status": "quarantined"} for row in _stays("H", "A", 5, 9_000, [3])]
    assert _figures(rows + held) == _figures(rows[:20])


def _figures(rows: list[dict[str, Any]], limits: Limits | None = None) -> dict[tuple[str, str, str], dict[str, Any]]:
    plain = {"system": "S", "version": "1", "region": "X", "status": "grouped", "checks": None}
    table = pa.Table.from_pylist(
        [{"encounter_id": str(i), **plain, **row} for i, row in enumerate(rows)], schema=SCHEMA
    )
    found = institution_indices(table, limits).to_pylist()
    return {(row["institution_id"], row["measure"], row["variant"]): row for row in found}


def _stays(hospital: str | None, group: str, number: int, cost: int, days: list[int]) -> list[dict[str, Any]]:
    begin = datetime(2026, 1, 1)
    return [
        {
            "institution_id": hospital, "group_code": group, "person_id": f"{hospital}{group}{i}", "amount": cost * 100,
            "los_days": days[i % len(days)], "discharged_at": begin, "discharge_way": "1",
        }
        for i in range(number)
    ]  # fmt: skip


def _stay(hospital: str, group: str, person: str, left: datetime, died: bool = False) -> dict[str, Any]:
    return {
        "institution_id": hospital, "group_code": group, "person_id": person, "amount": 100_000, "los_days": 5,
        "discharged_at": left, "discharge_way": "5" if died else "1",
    }  # fmt: skip


def _case(name: str, **changes: Any) -> dict[str, Any]:
    return {"case_id": name, "sex": 1, "age_years": 40, "los_days": 1, "procedures": ""} | changes


def _rename(doc: dict[str, Any], old: str, new: str) -> None:
    for adrg in doc["adrg"]:
        adrg["drgs"] = [new if code == old else code for code in adrg["drgs"]]
    for drg in doc["drg"]:
        drg["code"] = new if drg["code"] == old else drg["code"]
