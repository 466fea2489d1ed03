"""What all tests share: a small demo city (once per worker), databases, Spark, real data, what a skip means in CI."""

from __future__ import annotations

import dataclasses
import fcntl
import os
import pickle
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from yibao.benchmarks.postgres import PostgresMissing, Server, scratch_postgres
from yibao.engine.session import SparkMissing
from yibao.engine.spark import SparkEngine
from yibao.ledger import open_ledger
from yibao.runs.demo import Demo, make_demo
from yibao.runs.laws import load_lawbook

PERSONS = 2_000

# How long an example takes tells of the machine and of what runs beside.
settings.register_profile("yibao", deadline=None)
settings.load_profile("yibao")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A city of 2 000 persons, ingested, judged and with one order checked. Tests must not change it.

    Whichever worker asks first makes it, and the others take it over.
    """
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    told = shared / "demo.pickle"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            made = make_demo(shared / "demo" / "city", PERSONS, 1, load_lawbook())
            told.write_bytes(
                pickle.dumps({f.name: getattr(made, f.name) for f in dataclasses.fields(made) if f.name != "ledger"})
            )
    known = pickle.loads(told.read_bytes())
    return Demo(ledger=open_ledger(known["folder"] / "ledger"), **known)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One PostgreSQL for all tests of a worker."""
    with tempfile.TemporaryDirectory(prefix="yibao-pg-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        try:
            with scratch_postgres(Path(folder) / "c", durable=False) as running:
                yield running
        except PostgresMissing as missing:
            if os.environ.get("CI"):
                pytest.fail(str(missing))
            pytest.skip(str(missing))


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkEngine]:
    """The Spark of all tests; those that use it are in the group ``spark``, so that one worker runs them all."""
    try:
        engine = SparkEngine.start(master="local[2]", memory="2g", brief=True)
    except SparkMissing as missing:
        if os.environ.get("CI"):
            pytest.fail(f"the tests of the cluster engine need Spark: {missing}")
        pytest.skip(str(missing))
    with engine:
        yield engine


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real test data, named by YIBAO_TEST_DATA."""
    folder = os.environ.get("YIBAO_TEST_DATA")
    if not folder:
        if os.environ.get("CI"):
            pytest.fail("YIBAO_TEST_DATA must name the folder of real test data in CI")
        pytest.skip("YIBAO_TEST_DATA is not set")
    return Path(folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test is a failed test: a component that is missing must not go unnoticed."""
    report = yield
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"in CI nothing is skipped: {reason}"
    return report
