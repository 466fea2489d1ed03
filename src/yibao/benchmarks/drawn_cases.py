"""Cases drawn from the code lists of a pack, and the same cases on both engines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from yibao.casemix.cases import Cases
from yibao.casemix.grouper import Grouper
from yibao.casemix.kernel import READS, group_ledger
from yibao.casemix.laid import ledger_tables
from yibao.casemix.pack.conditions import lists_of
from yibao.casemix.pack.model import Pack
from yibao.engine import DuckEngine, Engine, EngineChoice, EngineError
from yibao.engine.content import require_equal
from yibao.ledger.contracts import load_contracts

ROWS = 262_144
Ints = npt.NDArray[np.int64]


def draw_cases(pack: Pack, cases: int, seed: int, target: Path) -> None:
    """Write so many cases as Parquet: zero to six other diagnoses, half of them complications; zero to two procedures.

    Main diagnoses and procedures are drawn from the lists that the pack's rules ask of them; one case in twenty
    is below a year old.
    """
    asked = {one for _, _, condition in pack.rules() for one in lists_of(condition)}
    principal = _codes(pack, [name for role, name in asked if role == "principal"])
    procedures = _codes(pack, [name for role, name in asked if role in ("main", "any_procedure")])
    complications = np.array(sorted(pack.complications))
    rng, writer, written = np.random.default_rng(seed), None, 0
    while written < cases:
        n = min(ROWS, cases - written)
        infant = rng.random(n) < 0.05
        days = np.where(infant, rng.integers(0, 365, n), rng.integers(365, 33_000, n))
        others = rng.integers(0, 7, n)
        half = rng.random(others.sum()) < 0.5
        other = np.where(half, rng.choice(complications, len(half)), rng.choice(principal, len(half)))
        operated = rng.integers(0, 3, n)
        table = pa.table(
            {
                "case_id": pa.array([f"C{number:09d}" for number in range(written, written + n)]),
                "sex": pa.array(rng.integers(1, 3, n)),
                "age_years": pa.array(days // 365),
                "age_days": pa.array(days),
                "birth_weight_g": pa.array(np.where(days <= 28, rng.integers(900, 4500, n), 0)),
                "los_days": pa.array(rng.integers(1, 40, n)),
                "diagnoses": _joined(rng.choice(principal, n), other, others),
                "procedures": _joined(None, rng.choice(procedures, int(operated.sum())), operated),
            }
        )
        writer = writer or pq.ParquetWriter(target, table.schema, compression="zstd")
        writer.write_table(table)
        written += n
    if writer is not None:
        writer.close()


def same_on_engines(grouper: Grouper, cases: Cases) -> str:
    """Compare the rows that both engines give for cases laid out as a ledger. Raises :class:`EngineError`."""
    tables = ledger_tables(cases)
    with DuckEngine() as embedded, EngineChoice("spark", "2GB").open() as cluster:
        rows = {engine.name: _grouped(engine, grouper, tables) for engine in (embedded, cluster)}
    require_equal(rows)
    wanted = grouper.group(cases)["group_code"].to_pylist()
    order = dict(zip(rows["duckdb"]["encounter_id"].to_pylist(), rows["duckdb"]["group_code"].to_pylist(), strict=True))
    if [order[case] for case in cases.ids.to_pylist()] != wanted:
        raise EngineError("the file and the ledger of the same cases have different groups")
    return f"equal on {len(cases):,} cases"


def _grouped(engine: Engine, grouper: Grouper, tables: Mapping[str, pa.Table]) -> pa.Table:
    for name in READS:
        engine.register(name, tables.get(name, load_contracts()[name].empty()))
    return group_ledger(engine, grouper)


def _codes(pack: Pack, lists: list[str]) -> npt.NDArray[np.str_]:
    return np.array(sorted({code for name in lists for code in pack.lists.get(name, ())}))


def _joined(first: npt.NDArray[np.str_] | None, more: npt.NDArray[np.str_], counts: Ints) -> pa.Array:
    """Codes of each case as one text with bars."""
    texts = more.tolist()
    ends = np.cumsum(counts)
    begins = ends - counts
    heads = [[]] * len(counts) if first is None else [[code] for code in first.tolist()]
    return pa.array(["|".join([*head, *texts[a:b]]) for head, a, b in zip(heads, begins, ends, strict=True)])
