"""Every law returns the same rows for its cases on the cluster engine as on the embedded one, and they are right."""

from __future__ import annotations

from pathlib import Path

import pytest

from yibao.engine import EngineError
from yibao.engine.spark import SparkEngine
from yibao.lawbook import Proof, load_laws, prove
from yibao.ledger.contracts import load_contracts
from yibao.runs.laws import load_lawbook

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]

LAWS = {law.key: law for law in load_lawbook().of()}
TABLES = load_contracts()


@pytest.fixture(scope="module")
def proofs(spark: SparkEngine) -> dict[str, Proof]:
    """All cases of all laws, proved side by side on one Spark."""
    return {proof.law.key: proof for proof in prove(LAWS.values(), TABLES, spark)}


@pytest.mark.parametrize("key", LAWS)
def test_cases_pass_on_both_engines(proofs: dict[str, Proof], key: str) -> None:
    proof = proofs[key]
    assert not proof.problem
    assert [f"{r.case.name}: {d}" for r in proof.results for d in r.differences] == []
    assert proof.results


def test_a_law_whose_rows_differ_fails(spark: SparkEngine, law_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the cluster to lose a row, every case of the group says so."""
    execute = SparkEngine.execute
    monkeypatch.setattr(SparkEngine, "execute", lambda *args, **named: execute(*args, **named).slice(1))
    law = load_laws([law_folder], TABLES).get("X01")
    (proof,) = prove([law], TABLES, spark)
    assert not all(result.passed for result in proof.results)
    assert any("only duckdb" in d for result in proof.results for d in result.differences)


def test_a_cluster_that_fails_fails_the_law(
    spark: SparkEngine, law_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **named: object) -> None:
        raise EngineError("no worker left")

    monkeypatch.setattr(SparkEngine, "execute", refuse)
    (proof,) = prove([load_laws([law_folder], TABLES).get("X01")], TABLES, spark)
    assert all("no worker left" in result.differences[0] for result in proof.results)
