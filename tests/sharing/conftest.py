"""Both cities have sent up: built once, copied for every test that goes on from there."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from province import CITY_A, CITY_B, PROVINCE, Sent, made, nation, send, take

from yibao.ledger import open_ledger


@pytest.fixture(scope="session")
def _sent_up(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    folder = tmp_path_factory.mktemp("nation")
    ledgers = nation(folder)
    packages = {}
    for city in (CITY_A, CITY_B):
        packages[city] = made(send(ledgers, city, PROVINCE, folder / "post"))
        take(ledgers, PROVINCE, packages[city].path)
    return ledgers, packages


@pytest.fixture
def sent_up(_sent_up: Sent, tmp_path: Path) -> Sent:
    """Ledgers of the nation with the packages received by the province."""
    ledgers, packages = _sent_up
    home = next(iter(ledgers.values())).path.parent
    shutil.copytree(home, tmp_path, dirs_exist_ok=True)
    return (
        {region: open_ledger(tmp_path / region) for region in ledgers},
        {city: replace(package, path=tmp_path / "post" / package.path.name) for city, package in packages.items()},
    )
