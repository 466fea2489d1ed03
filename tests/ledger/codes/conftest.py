"""A ledger with a small national catalogue and the messy charges of two hospitals."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from yibao.ledger import Ledger, open_ledger
from yibao.ledger.codes import import_catalogue
from yibao.ledger.ingest import ingest

sys.path.insert(0, str(Path(__file__).parent))
import messy


@pytest.fixture(scope="session")
def billed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger as it is made once; tests get copies."""
    folder = tmp_path_factory.mktemp("messy")
    ingest(messy.write_facts(folder / "raw"), "national", folder / "ledger")
    book = messy.write_national(folder / "national.xlsx")
    report = import_catalogue("item", book, folder / "ledger", given={"version": "2025", "valid_from": "2025-01-01"})
    assert (report.ingest.accepted, report.ingest.quarantined) == (len(messy.NATIONAL), 0)
    return folder / "ledger"


@pytest.fixture
def ledger(billed: Path, tmp_path: Path) -> Ledger:
    shutil.copytree(billed, tmp_path / "ledger")
    return open_ledger(tmp_path / "ledger")
