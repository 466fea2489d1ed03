"""What all tests share: the data that lie beside the project, and what a skip means in CI."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

#: Names the directory with test data that are not part of the project.
DATA_VARIABLE = "YIBAO_TEST_DATA"


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The directory with outside test data; the test is skipped where there is none."""
    folder = os.environ.get(DATA_VARIABLE)
    if not folder or not Path(folder).is_dir():
        pytest.skip(f"{DATA_VARIABLE} names no directory")
    return Path(folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test is a failed test: every component is there, or CI must say which is not.

    Only the outside data may be absent, and then no data directory is named.
    """
    report = yield
    skipped = report.skipped and not hasattr(report, "wasxfail")
    about_data = DATA_VARIABLE in str(report.longrepr) and not os.environ.get(DATA_VARIABLE)
    if skipped and os.environ.get("CI") and not about_data:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"in CI nothing is skipped: {reason}"
    return report
