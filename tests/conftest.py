"""Fixtures that several rooms share: a small demo city (made once per worker), and the folder of real test data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from yibao.runs.demo import Demo, make_demo
from yibao.runs.laws import load_lawbook

PERSONS = 2_000


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A city of 2 000 persons, ingested, judged and with one order checked. Tests must not change it."""
    return make_demo(tmp_path_factory.mktemp("demo") / "city", PERSONS, 1, load_lawbook())


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real test data, named by YIBAO_TEST_DATA."""
    folder = os.environ.get("YIBAO_TEST_DATA")
    if not folder:
        if os.environ.get("CI"):
            pytest.fail("YIBAO_TEST_DATA must name the folder of real test data in CI")
        pytest.skip("YIBAO_TEST_DATA is not set")
    return Path(folder)
