"""What the tests of grouping share: a small pack of our own, and the published packs where they are at hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import smallpack as small

from yibao.casemix import Grouper, load_pack


@pytest.fixture(scope="session")
def small_pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small.write(tmp_path_factory.mktemp("pack") / "small")


@pytest.fixture(scope="session")
def grouper(small_pack: Path) -> Grouper:
    return Grouper(load_pack(small_pack))


@pytest.fixture(scope="session")
def drg(real_data: Path) -> Path:
    """The folder of published packs, cases and weights."""
    return real_data / "drg"


@pytest.fixture(scope="session")
def published(drg: Path) -> Callable[[str], Grouper]:
    """Groupers of the published packs by id."""
    return cache(lambda name: Grouper(load_pack(drg / "packs" / name)))
