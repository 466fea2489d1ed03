"""Grouping: a million drawn cases from Parquet to Parquet, one case, agreement with published answers, and peers.

``data`` is the folder with grouping packs, cases with answers and weights (``drg/packs`` and beside it). Cases are
drawn from the code lists of a pack, as its published test cases are. The limit is that of end to end on two cores; the
peers are two US groupers on their own definitions, if they are installed (``msdrg``, ``drgpy``): cases per second, one
core.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from yibao.benchmarks import BenchmarkError
from yibao.benchmarks.alone import alone
from yibao.benchmarks.drawn_cases import draw_cases, same_on_engines
from yibao.benchmarks.us_groupers import drgpy_rate, msdrg_rate
from yibao.casemix import CaseFile, Grouper, encode, encode_records, group_file, load_pack, read_weights
from yibao.casemix.output import RowFile
from yibao.engine.session import SparkMissing
from yibao.ledger.contracts import load_contracts

#: Cases per second from Parquet to Parquet on two cores, after encoding on one core; seconds; milliseconds.
END_TO_END, ENCODED, LOAD_SECONDS, ONE_CASE_MS = 300_000, 400_000, 2.0, 3.0
RATE = "9435.25"  # what a weight of 1 pays in Suzhou, 2023
SEED, SAMPLE = 1, 20_000
PACK = "chs_drg_11"


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:
    """Figures of the module. ``details`` are agreement by pack, seconds, and the peers."""
    folder = _folder(data)
    cases = work / f"cases-{scale}.parquet"
    if not cases.exists():
        unfinished = cases.with_suffix(".unfinished")
        alone(_draw, folder / "packs" / PACK, unfinished.with_name(f"{unfinished.name}-{scale}"))
        unfinished.with_name(f"{unfinished.name}-{scale}").rename(cases)
    clock = time.perf_counter()
    grouper = Grouper(load_pack(folder / "packs" / PACK))
    loaded = time.perf_counter() - clock
    step = alone(_end_to_end, folder, cases)
    half, ninety_nine = _one_case(grouper, cases)
    limit = scale / END_TO_END
    return {
        "seconds": round(step.seconds - step.result["load"], 2),
        "limit_seconds": round(limit, 2),
        "peer_seconds": None,
        "ratio": None,
        "cases_per_second": round(scale / (step.seconds - step.result["load"])),
        "cpu_seconds": round(step.cpu - step.result["load"], 2),
        "encoded_cases_per_second_per_core": round(_encoded(grouper, cases)),
        "encoded_limit": ENCODED,
        "end_to_end_mb": step.rss_mb,
        "pack_load_seconds": round(loaded, 2),
        "pack_load_limit": LOAD_SECONDS,
        "one_case_p50_ms": round(half, 2),
        "one_case_p99_ms": round(ninety_nine, 2),
        "one_case_limit_ms": ONE_CASE_MS,
        **_peers(),
        "engines": _engines(grouper, cases),
        "details": [*_agreement(folder), _payments(folder)],
    }


def _folder(data: Path | None) -> Path:
    for folder in (data, data / "drg") if data else ():
        if (folder / "packs" / PACK / "pack.json").exists():
            return folder
    raise BenchmarkError(
        f"there is no pack {PACK}", where=str(data or ""), mend="name the folder of packs and cases with --data",
        zh=f"没有方案包 {PACK}", mend_zh="请用 --data 指明方案包与病例所在的目录",
    )  # fmt: skip


def _draw(pack: Path, target: Path) -> None:
    draw_cases(load_pack(pack), int(target.name.rpartition("-")[2]), SEED, target)


def _end_to_end(folder: Path, cases: Path) -> Mapping[str, float]:
    """Group a file into another; how long reading the pack took is no part of the cases' time."""
    clock = time.perf_counter()
    grouper = Grouper(load_pack(folder / "packs" / PACK))
    loaded = time.perf_counter() - clock
    with RowFile(cases.with_name("groups.parquet"), load_contracts()["case_group"]) as out:
        group_file(grouper, CaseFile(cases), out.write, threads=2)
    return {"load": loaded}


def _encoded(grouper: Grouper, cases: Path) -> float:
    """Cases per second and core from encoded cases to answers: facts and decision list."""
    with pq.ParquetFile(cases) as file:
        batches = [encode(file.read_row_group(i)) for i in range(min(file.num_row_groups, 4))]
    clock = time.process_time()
    for batch in batches:
        grouper.rules.decide(grouper.facts(batch)[0])
    return sum(map(len, batches)) / (time.process_time() - clock)


def _one_case(grouper: Grouper, cases: Path) -> tuple[float, float]:
    """Median and 99th percentile of one case as a record, in milliseconds."""
    with pq.ParquetFile(cases) as file:
        records = next(file.iter_batches(1_000)).to_pylist()
    taken = []
    for record in records:
        clock = time.perf_counter()
        grouper.decide(encode_records([record]))
        taken.append(1000 * (time.perf_counter() - clock))
    half, ninety_nine = np.percentile(taken, [50, 99])
    return float(half), float(ninety_nine)


def _agreement(folder: Path) -> list[dict[str, Any]]:
    """Agreement with the published answers, a row per pack."""
    files = (
        ("differential_chs_drg_11", [PACK]),
        ("examples_local_packs", ["beijing_2022", "suzhou_2023", "wuhan_2022"]),
    )
    found = []
    for name, packs in files:
        for pack in packs:
            grouper = Grouper(load_pack(folder / "packs" / pack))
            _, agreement = group_file(grouper, CaseFile(folder / f"{name}.csv.gz"), lambda _: None)
            if agreement is not None:
                found.append({"compared": f"{name}, {pack}", "of": agreement.cases, "agree": agreement.agreed})
    return found


def _payments(folder: Path) -> dict[str, Any]:
    weights = read_weights(folder / "suzhou_2023_weights.csv.gz", RATE)
    published = sum(len(price.published) for price in weights.prices.values())
    return {
        "compared": "Suzhou 2023, payment = weight x coefficient x rate",
        "of": published,
        "agree": published - len(weights.misfits()),
    }


def _peers() -> dict[str, float | None]:
    rates = {"msdrg": msdrg_rate, "drgpy": drgpy_rate}
    there = {name: importlib.util.find_spec(name) is not None for name in rates}
    return {f"{name}_cases_per_second": round(rate()) if there[name] else None for name, rate in rates.items()}


def _engines(grouper: Grouper, cases: Path) -> str:
    """Whether a sample, laid out as a ledger, gets the same rows on both engines as from the file."""
    with pq.ParquetFile(cases) as file:
        sample = encode(file.read_row_group(0).slice(0, SAMPLE))
    try:
        return same_on_engines(grouper, sample)
    except SparkMissing as error:
        return f"not compared: {error.what}"
