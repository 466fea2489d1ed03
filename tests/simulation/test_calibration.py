"""Simulated beside published figures: every one is computed, and the fitted ones agree as far as chance allows."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yibao.cli.app import app
from yibao.simulation.calibration import Comparison, compare
from yibao.simulation.city import build_city
from yibao.simulation.measures import Measures, measure

#: What 40 000 people may differ from a million by chance, beside the five per cent.
CHANCE_PPM = 30_000


@pytest.fixture(scope="module")
def figures() -> list[Comparison]:
    return compare(Measures.total([measure(build_city(20_000, seed)) for seed in (101, 102)]))


@pytest.mark.slow
def test_fitted_figures_agree(figures: list[Comparison]) -> None:
    fitted = [figure for figure in figures if figure.kind == "fitted"]
    assert len(fitted) > 25
    far = {f.key: f.deviation_ppm for f in fitted if abs(f.deviation_ppm or 0) > 50_000 + CHANCE_PPM}
    assert far == {}
    assert sum(bool(f.agrees) for f in fitted) >= len(fitted) - 4


@pytest.mark.slow
def test_labelled_figures_lie_in_their_range_and_name_no_statistic(figures: list[Comparison]) -> None:
    for figure in figures:
        assert (figure.published is None) == (figure.kind == "labelled")
        assert figure.source
        assert figure.year or figure.kind == "labelled"
        if figure.kind == "labelled":
            assert figure.low is not None and figure.high is not None
            assert 0.9 * figure.low < figure.simulated < 1.1 * figure.high, figure.key


def test_the_command_writes_pages_and_a_table(tmp_path: Path) -> None:
    out = tmp_path / "city"
    result = CliRunner().invoke(app, ["simulate", "--persons", "1000", "--out", str(out), "--calibrate"])
    assert result.exit_code == 0, result.output
    for lang, word in (("zh", "住院率"), ("en", "hospitalisation rate")):
        page = (out / f"calibration.{lang}.html").read_text(encoding="utf-8")
        assert word in page
        assert page.count("<svg") >= 12
        assert f"calibration.{'en' if lang == 'zh' else 'zh'}.html" in page
    with (out / "calibration.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) > 40
    assert {row["类别 kind"] for row in table} == {"fitted", "plausible", "labelled"}
