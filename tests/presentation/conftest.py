"""One report in both languages over the made-up city, written once for all tests of the page."""

from __future__ import annotations

from pathlib import Path

import city
import pytest
from pages import Page

from yibao.presentation.report import write_report


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the run with both reports and the working lists in it."""
    path = tmp_path_factory.mktemp("city")
    ledger, run, laws = city.build(path), city.finished_run(path), city.lawbook()
    write_report(run, ledger, laws)
    return run


@pytest.fixture(scope="session", params=["zh", "en"])
def page(request: pytest.FixtureRequest, folder: Path) -> Page:
    path = folder / f"report.{request.param}.html"
    return Page(request.param, path, path.read_text(encoding="utf-8"))
