"""Study files of the families: examples find what was put into their data, small studies the worked examples."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from yibao.equity.context import Study
from yibao.equity.errors import MethodError, StudyError
from yibao.equity.results import StepResult
from yibao.equity.simulated_tables import simulate_table
from yibao.equity.steps import step_function
from yibao.equity.study import StudyResult, run_study

EXAMPLES = Path(__file__).parents[2] / "examples" / "equity"


@cache
def example(name: str, data: Path | None = None) -> StudyResult:
    return run_study(EXAMPLES / f"{name}.yaml", data)


def rows(result: StepResult, table: str) -> dict[str, dict[str, Any]]:
    """Rows of a table by their first column."""
    found = next(one for one in result.tables if one.id == table)
    return {str(row[found.columns[0].key]): dict(row) for row in found.rows}


def step(name: str, tables: dict[str, Any], **parameters: Any) -> StepResult:
    function, kind = step_function(name)
    return function(Study(None, None, None, tables, 1), kind(**parameters))


def test_local_enrolment_and_health() -> None:
    study = example("dong_2024")
    assert study.labels[0][1].startswith("simulated data")
    found = rows(study.step("ordered_logit"), "coefficients")
    assert found["employee"]["odds_low"] < 1.178 < found["employee"]["odds_high"]
    assert found["local"]["odds_low"] < 1.088 < found["local"]["odds_high"]
    effects = rows(study.step("mediation"), "effects")
    parts = {key.split("'")[3]: row["value"] for key, row in effects.items()}
    assert parts["total"] == pytest.approx(parts["direct"] + parts["indirect (Sobel)"])


def test_cover_and_delivery() -> None:
    cells = rows(example("okechukwu_2024").step("by_route"), "cells")
    assert cells["pregnancy = 1, vaginal = 0"]["odds_low"] < 0.70 < cells["pregnancy = 1, vaginal = 0"]["odds_high"]
    inside = cells[str(("vaginal = 1 时 pregnancy 的效应", "pregnancy where vaginal = 1"))]
    assert inside["odds_low"] < 0.42 < inside["odds_high"]
    assert cells["pregnancy = 0, vaginal = 0"]["odds"] == 1


def test_shocks_crowd_out() -> None:
    shares = rows(example("qiu_zhang_2024").step("budget_shares"), "shares")
    assert shares["('out_of_pocket', 'out_of_pocket')"]["value"] > 0
    for part in ("food", "education"):
        assert shares[str((part, part))]["value"] < 0 and shares[str((part, part))]["p"] < 0.05
    assert sum(row["value"] for row in shares.values()) == pytest.approx(0, abs=1e-9)


def test_insurance_and_the_trap() -> None:
    found = example("zhou_yang_2024").step("poverty_trap")
    table = list(rows(found, "trap").values())
    assert all(len(row["states"].split(" / ")) == 2 for row in table), "two stable states"
    assert [row["ever"] for row in table] == sorted((row["ever"] for row in table), reverse=True)


def test_a_staggered_pilot() -> None:
    study = example("ding_2024_policy")
    overall = rows(study.step("staggered"), "averages")[str(("总体平均", "overall"))]
    assert overall["low"] < 0.06 < overall["high"]
    gap = rows(study.step("group_difference"), "differences")
    assert next(iter(gap.values()))["value"] == pytest.approx(0.045 - 0.09, abs=0.02)
    assert any("clusters only" in note[1] for note in study.step("matched_did").notes)
    assert study.step("staggered").figures[0].draw("zh") is not None


def test_donations_widen_the_gap_most_in_the_east() -> None:
    study = example("sun_zhang_2024")
    pooled = rows(study.step("fixed_effects"), "coefficients")[str(("accumulated", "accumulated"))]
    assert pooled["low"] > 0
    effects = rows(study.step("group_difference"), "effects")
    assert effects[str(("east", "east"))]["value"] == pytest.approx(0.10, abs=0.01)


def test_protection_of_households() -> None:
    study = example("household_protection")
    catastrophic = list(rows(study.step("catastrophic"), "catastrophic").values())
    assert len(study.step("catastrophic").tables[0].rows) == 5 and catastrophic
    heads = [row["headcount"] for row in study.step("catastrophic").tables[0].rows]
    assert heads[0] > heads[1] and all(0 <= head <= 1 for head in heads)
    parts = rows(study.step("concentration"), "parts")
    index = rows(study.step("concentration"), "index")[str(("集中指数", "concentration index"))]["value"]
    assert sum(row["contribution"] for row in parts.values()) == pytest.approx(index)
    assert {one.text.step for one in study.steps} >= {"progressivity", "vulnerability", "fairness_of_contribution"}


def test_spillover_of_logarithms(real_data: Path) -> None:
    """A cross-section in logarithms: what the step says is what the method says of logarithms."""
    study = example("chen_2024", real_data).step("spillover")
    assert any(note[1] == "natural logarithms of: beds_per_1000, gdp_per_head" for note in study.notes)
    assert any(note[1] == "errors: homoskedastic" for note in study.notes)
    slope = rows(study, "coefficients")[str(("gdp_per_head", "gdp_per_head"))]["value"]
    effects = rows(study, "effects")
    direct = effects[str(("gdp_per_head 直接", "gdp_per_head direct"))]["value"]
    total = effects[str(("gdp_per_head 总", "gdp_per_head total"))]["value"]
    rho = rows(study, "coefficients")[str(("ρ", "ρ"))]["value"]
    assert 0 < slope < 1 and direct == pytest.approx(slope, rel=0.1) and total == pytest.approx(slope / (1 - rho))


def test_difficult_and_expensive_counties(real_data: Path) -> None:
    """National Health Services Survey: 31 provinces in 1998, 2003, 2008; proxies are called proxies."""
    study = example("hard_and_expensive_counties", real_data)
    before, after = (rows(study.step(f"plane_{year}"), "plane") for year in (1998, 2008))
    assert len(before) == len(after) == 31
    assert sum(row["burden"] for row in before.values()) != sum(row["burden"] for row in after.values())
    assert sum("proxy" in note[1] for note in study.step("plane_2008").notes) == 2
    assert any("1 rows with gaps left out" in note[1] for note in study.step("plane_2008").notes)
    towns = study.step("town_country_2008")
    assert [table.id for table in towns.tables] == ["plane", "indicators", "gaps"] and len(towns.figures) == 3


def test_spillover_and_threshold_of_cities(real_data: Path) -> None:
    study = example("chen_2024_threshold", real_data)
    threshold = next(iter(study.step("panel_threshold").tables[0].rows))
    assert threshold["low"] <= threshold["value"] <= threshold["high"]
    assert "rho" not in rows(study.step("spillover"), "coefficients") and study.step("spillover").findings
    assert any("proxy" in label[1] for label in study.labels)


def test_access_around_goettingen(real_data: Path) -> None:
    study = example("goettingen_access", real_data)
    totals = []
    for name in ("gaussian", "two_step", "three_step"):
        table = study.step(name).tables[0].rows
        totals.append(sum(row["demand"] * row["access"] for row in table))
    assert totals == pytest.approx([309] * 3)


PANEL = """\
region,year,staff,beds,visits,stays
A,2020,4,3,1.0,2.0
B,2020,7,3,1.2,1.8
C,2020,8,1,1.1,2.2
D,2020,4,2,1.3,1.0
E,2020,2,4,0.9,2.4
F,2020,10,1,1.0,1.0
A,2021,4.2,3.0,1.1,2.2
B,2021,6.5,3.1,1.4,1.9
C,2021,7.8,1.1,1.1,2.6
D,2021,4.0,2.2,1.4,1.1
E,2021,2.1,3.9,1.0,2.5
F,2021,9.0,1.2,1.1,1.2
"""
STUDY = """\
study: small
title: {{zh: 小, en: small}}
question: {{zh: 小, en: small}}
data:
  panels: [{{file: panel.csv, level: city, variables: {{{variables}}}}}]
steps:
{steps}
"""


def small(folder: Path, panel: str, steps: str) -> StudyResult:
    (folder / "panel.csv").write_text(panel, encoding="utf-8")
    names = panel.splitlines()[0].split(",")[2:]
    text = STUDY.format(variables=", ".join(f"{name}: {{}}" for name in names), steps=steps)
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    return run_study(folder / "study.yaml")


def test_efficiency_of_six_units(tmp_path: Path) -> None:
    """V10 as a panel of regions."""
    io = "inputs: [staff, beds], outputs: [visits, stays]"
    study = small(
        tmp_path,
        PANEL,
        f"  - {{step: efficiency, {io}}}\n  - {{step: efficiency, id: above, model: super_sbm, {io}, years: [2020]}}\n"
        f"  - {{step: efficiency, id: slack, model: sbm, {io}, years: [2020]}}\n"
        f"  - {{step: efficiency, id: variable, model: super, returns: bcc, {io}, years: [2020]}}\n"
        f"  - {{step: malmquist, {io}}}\n  - {{step: describe}}",
    )
    first = [row for row in study.step("efficiency").tables[0].rows if row["year"] == 2020]
    assert [row["score"] for row in first] == pytest.approx(
        [0.9299191374663, 0.7359218308048, 1, 1, 1, 0.9090909090909]
    )
    assert first[0]["returns"] == ("递增", "increasing")
    above = [row["score"] for row in study.step("above").tables[0].rows]
    assert above == pytest.approx(
        [0.9153094462541, 0.7066787003607, 1.604166666667, 1.226415094339, 1.6, 0.5454545454545]
    )
    assert study.step("slack").tables[0].rows[2]["score"] == pytest.approx(1)
    assert study.step("variable").tables[0].rows[1]["score"] is None and study.step("variable").notes
    means = study.step("malmquist").tables[0].rows[0]
    assert means["index"] == pytest.approx(means["efficiency"] * means["technical"])


def test_grey_steps(tmp_path: Path) -> None:
    """V12: the forecast of six years."""
    series = [2.67, 3.13, 3.25, 3.36, 3.56, 3.72]
    panel = "region,year,beds,staff,bills\n" + "".join(
        f"A,{2015 + i},{v},{v},{i * i + 1}\n" for i, v in enumerate(series)
    )
    study = small(
        tmp_path,
        panel,
        "  - {step: grey_forecast, of: beds}\n  - {step: grey_relation, of: beds, others: [staff, bills]}",
    )
    model = [row["model"] for row in study.step("grey_forecast").tables[0].rows]
    assert model[-3:] == pytest.approx([3.8756263973577547, 4.0498031792433, 4.23180774127006])
    assert study.step("grey_forecast").tables[0].rows[-1]["year"] == 2023
    assert study.step("grey_relation").tables[0].rows[0]["grade"] == 1


def test_steps_on_rows_by_themselves() -> None:
    tables = {"t": simulate_table("digital_provinces", 300, 5), "m": simulate_table("migrants", 800, 1)}
    where = {"table": "t", "outcome": "index", "unit": "province", "year": "year", "first_treated": "first"}
    plain = step("event_study", tables, method="two_way", window=(-3, 3), **where)
    assert "staggered" not in plain.notes[0][1] and plain.figures
    matched = step("matching", tables, table="m", outcome="health", treatment="local", covariates=["age", "schooling"])
    assert rows(matched, "balance")["schooling"]["after"] == pytest.approx(0, abs=0.1)
    tested = step(
        "instruments", tables, table="m", outcome="health", endogenous="record", instruments=["local", "employee"]
    )
    assert len(rows(tested, "tests")) == 6


def test_columns_that_are_not_there_are_named() -> None:
    tables = {"t": simulate_table("households", 400, 1)}
    with pytest.raises(MethodError, match="rent: there is no such column"):
        step("impoverishment", tables, table="t", consumption="rent", payment="out_of_pocket", line=1)
    with pytest.raises(StudyError, match="no table 'x'"):
        step("impoverishment", tables, table="x", consumption="a", payment="b", line=1)
    with pytest.raises(StudyError, match="no simulated table"):
        simulate_table("planets", 100, 1)
    with pytest.raises(MethodError, match="size: is needed"):
        step(
            "fairness_of_contribution",
            tables,
            table="t",
            consumption="consumption",
            payment="out_of_pocket",
            food="food",
        )


def test_simulated_tables_are_the_same_for_a_seed() -> None:
    assert simulate_table("households", 400, 1).equals(simulate_table("households", 400, 1))
    assert not simulate_table("households", 400, 1).equals(simulate_table("households", 400, 2))
