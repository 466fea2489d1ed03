"""The demo city judged on Spark: the same results by content hash, and neither engine takes over the other's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from yibao.engine import EngineChoice
from yibao.engine.spark import SparkEngine
from yibao.lawbook import Lawbook
from yibao.ledger import open_ledger
from yibao.runs.demo import Demo
from yibao.runs.laws import load_lawbook
from yibao.runs.run import RunResult, run

OF_EACH_BLOCK = {"A01", "B10", "C01", "D01", "E01", "F01", "G01", "H01"}
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]


@pytest.fixture(scope="module")
def city(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's ledger with its run, where a test may add another."""
    return copied(demo, tmp_path_factory.mktemp("spark") / "ledger")


def copied(demo: Demo, folder: Path) -> Path:
    shutil.copytree(demo.ledger.path, folder)
    return folder


@pytest.fixture(scope="module")
def on_spark(city: Path, spark: SparkEngine) -> RunResult:
    return run(open_ledger(city), load_lawbook(), engine=EngineChoice("spark"))


def test_every_law_ran_there(on_spark: RunResult) -> None:
    assert on_spark.manifest.engine == "spark"
    assert not on_spark.unchanged
    failed = {key: entry.message for key, entry in on_spark.manifest.laws.items() if entry.status != "ran"}
    assert failed == {}


def test_results_are_those_of_the_embedded_engine(demo: Demo, on_spark: RunResult) -> None:
    embedded = demo.run.manifest
    assert {k: e.rows for k, e in on_spark.manifest.laws.items()} == {k: e.rows for k, e in embedded.laws.items()}
    assert {k: vars(e) for k, e in on_spark.manifest.tables.items()} == {k: vars(e) for k, e in embedded.tables.items()}
    assert embedded.tables["finding"].rows > 50


def test_the_settings_of_a_large_ledger_give_the_same(
    demo: Demo, spark: SparkEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With compiled code, plans that adapt and many tasks, which a small ledger does without: a law of each block."""
    monkeypatch.setattr("yibao.engine.opening.FEW", 0)
    laws = Lawbook(tuple(law for law in load_lawbook().versions if law.id in OF_EACH_BLOCK))
    there, here = (
        run(open_ledger(copied(demo, tmp_path / name)), laws, only=["supervision"], engine=EngineChoice(name)).manifest
        for name in ("spark", "duckdb")
    )
    assert {entry.status for entry in there.laws.values()} == {"ran"}
    assert {k: vars(e) for k, e in there.tables.items()} == {k: vars(e) for k, e in here.tables.items()}
    assert here.tables["finding"].rows > 50


def test_nothing_is_taken_over_from_the_other_engine(
    demo: Demo, on_spark: RunResult, city: Path, spark: SparkEngine
) -> None:
    embedded, cluster = (
        {entry.fingerprint for entry in manifest.laws.values()} for manifest in (demo.run.manifest, on_spark.manifest)
    )
    assert embedded.isdisjoint(cluster)
    again = run(open_ledger(city), load_lawbook(), engine=EngineChoice("spark"))
    assert again.unchanged
    assert again.folder == on_spark.folder


def test_the_ledger_as_it_stood(city: Path, spark: SparkEngine) -> None:
    """An instant before the first batch: both engines see an empty ledger and say the same of it.

    What the instant changes is what the laws read, which is done before them: a law of each block is enough.
    """
    ledger = open_ledger(city)
    laws = Lawbook(tuple(law for law in load_lawbook().versions if law.id in OF_EACH_BLOCK))
    instant = ledger.batches()[0].recorded_at.replace(year=2000)
    there, here = (
        run(ledger, laws, only=["supervision"], as_of=instant, engine=EngineChoice(name))
        for name in ("spark", "duckdb")
    )
    assert {k: e.content_hash for k, e in there.manifest.tables.items()} == {
        k: e.content_hash for k, e in here.manifest.tables.items()
    }
    assert there.manifest.tables["finding"].rows == 0
