"""Data of the equity tests: vectors written with their inputs, and public panels where a folder of data is named."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import pytest
from packaged_tables import doctor_aus, fatality, lacking, mpdta  # noqa: F401 - fixtures

from yibao.equity.worked import examples

NAMED = os.environ.get("YIBAO_TEST_DATA", "")
#: Files of public data that vectors take their input from.
INPUTS = {
    "columbus": "methods_inputs/columbus.csv",
    "columbus_W": "methods_inputs/columbus_W.csv",
    "provinces": "regions/province_panel_2013_2015.csv",
    "cities": "regions/city_panel_2013_2015.csv",
    "borders": "regions/province_adjacency.csv",
    "charls": "regions/inequality_inputs/charls_city_panel.csv",
    "cigarettes": "methods_inputs/cigsw.csv",
    "psm_toy": "methods_inputs/psm_toy.csv",
    "threshold_panel": "methods_inputs/threshold_panel.csv",
    "nhss": "regions/inequality_inputs/nhss_county_panel.csv",
}


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Vectors whose input is not there are named, not passed over in silence."""
    missing = [path for path in INPUTS.values() if not (NAMED and (Path(NAMED) / path).is_file())]
    missing += lacking()
    if missing:
        terminalreporter.write_line(f"equity: no input for vectors ({len(missing)}): {', '.join(missing)}")


@pytest.fixture(scope="session")
def vectors() -> dict[str, Any]:
    return examples()


@pytest.fixture(scope="session")
def data() -> Any:
    """The path of a public input; a test without it is skipped and its input listed at the end."""

    def path(name: str) -> Path:
        found = Path(NAMED) / INPUTS[name]
        if not NAMED or not found.is_file():
            pytest.skip(f"no input: {INPUTS[name]} (set YIBAO_TEST_DATA)")
        return found

    return path


@pytest.fixture(scope="session")
def rows(data) -> Any:
    def read(name: str) -> list[dict[str, str]]:
        with data(name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    return read
