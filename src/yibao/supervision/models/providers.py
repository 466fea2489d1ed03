"""Labelled providers for an evaluation: labels, shared aggregates, and features computed from the claims themselves.

The folder has the shape of the public US set of providers with inpatient claims: ``provider_labels.csv``
(``Provider``, ``PotentialFraud`` Yes/No), any ``provider_features*.csv[.gz]``, and optionally ``inpatient.parquet``
with ``beneficiary.parquet``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow as pa

from yibao.engine import DuckEngine
from yibao.engine.sql import sql_text
from yibao.errors import UsageError
from yibao.measures.poisson import Floats
from yibao.measures.ranking import Bools

LABELS = "provider_labels.csv"
#: What the one-feature baseline ranks by.
BASELINE = "InscClaimAmtReimbursed_sum"
_ID, _LABEL = "Provider", "PotentialFraud"


@dataclass(frozen=True)
class Providers:
    """Providers in the order of their ids. ``shared`` and ``claims`` map feature names to columns, NaN where unknown.

    ``dropped`` names columns that were refused because they say the label or the identity.
    """

    ids: tuple[str, ...]
    label: Bools
    shared: Mapping[str, Floats]
    claims: Mapping[str, Floats]
    dropped: tuple[str, ...]

    @property
    def baseline(self) -> Floats:
        """The one feature: log of total reimbursement."""
        return np.log1p(np.maximum(np.nan_to_num(self.shared[BASELINE]), 0))

    @property
    def with_claims(self) -> Bools:
        """Which providers have an inpatient claim at all."""
        first = next(iter(self.claims.values()), np.full(len(self.ids), np.nan))
        return np.isfinite(first)


def read_providers(folder: Path) -> Providers:
    """Read the folder. Raises :class:`UsageError` naming what is missing."""
    if not (folder / LABELS).is_file():
        raise UsageError(
            f"neither a ledger nor a folder with {LABELS}", where=str(folder),
            mend="give a ledger, or a folder with labels and provider features",
            zh=f"既不是账本，也没有 {LABELS}", mend_zh="请给出账本，或含标签和机构特征的目录",
        )  # fmt: skip
    with DuckEngine(threads=1) as engine:
        labels = engine.execute(f"select * from {_csv(folder / LABELS)} order by {_ID}")
        _needs(labels, (_ID, _LABEL), folder / LABELS)
        ids = tuple(labels[_ID].to_pylist())
        label = np.array([str(v).lower() in ("yes", "1", "true") for v in labels[_LABEL].to_pylist()])
        shared, dropped = _shared(engine, folder, ids, label)
        claims = _claims(engine, folder, ids)
    if BASELINE not in shared:
        raise UsageError(
            f"no feature file has the column {BASELINE}", where=str(folder), mend="the baseline ranks by it",
            zh=f"特征文件中没有 {BASELINE} 列", mend_zh="基线按它排序",
        )  # fmt: skip
    return Providers(ids, label, shared, claims, dropped)


def design(features: Mapping[str, Floats]) -> Floats:
    """The matrix of features (units × columns); amounts and counts by their logarithm, because they span decades."""
    columns = []
    for values in features.values():
        known = values[np.isfinite(values)]
        wide = known.size > 0 and known.min() >= 0 and known.max() > 20
        columns.append(np.log1p(values) if wide else values)
    return np.column_stack(columns)


def _shared(
    engine: DuckEngine, folder: Path, ids: tuple[str, ...], label: Bools
) -> tuple[dict[str, Floats], tuple[str, ...]]:
    found: dict[str, Floats] = {}
    dropped: list[str] = []
    for path in sorted(folder.glob("provider_features*.csv*")):
        table = engine.execute(f"select * from {_csv(path)}")
        _needs(table, (_ID,), path)
        for name in table.column_names:
            if name == _ID or name in found:
                continue
            if not (pa.types.is_integer(table[name].type) or pa.types.is_floating(table[name].type)):
                dropped.append(name)
                continue
            values = _aligned(table, name, ids)
            if _says(values, label):
                dropped.append(name)
            else:
                found[name] = values
    return found, tuple(dict.fromkeys(dropped))


def _says(values: Floats, label: Bools) -> bool:
    """Whether one threshold of the column gives the label exactly: then it is the label under another name."""
    yes, no = values[label], values[~label]
    if not np.isfinite(values).all():
        return False
    return bool(yes.min() > no.max() or yes.max() < no.min())


def _claims(engine: DuckEngine, folder: Path, ids: tuple[str, ...]) -> dict[str, Floats]:
    claim, person = folder / "inpatient.parquet", folder / "beneficiary.parquet"
    if not (claim.is_file() and person.is_file()):
        return {}
    engine.register("claim", [claim])
    engine.register("beneficiary", [person])
    have = engine.execute("select * from claim limit 0").column_names
    chronic = [n for n in engine.execute("select * from beneficiary limit 0").column_names if n.startswith("Chronic")]
    named = {
        "diagnoses": ", ".join(n for n in have if n.startswith("ClmDiagnosisCode")),
        "procedures": ", ".join(n for n in have if n.startswith("ClmProcedureCode")),
        "chronic": " + ".join(f"case when b.{n} = 1 then 1 else 0 end" for n in chronic) or "0",
    }
    sql = (files(__package__) / "provider_claims.sql").read_text(encoding="utf-8")
    for name, words in named.items():
        sql = sql.replace("{" + name + "}", words)
    table = engine.execute(sql)
    return {name: _aligned(table, name, ids, "provider") for name in table.column_names if name != "provider"}


def _aligned(table: pa.Table, name: str, ids: tuple[str, ...], key: str = _ID) -> Floats:
    values = table[name].cast(pa.float64()).to_numpy(zero_copy_only=False)
    place = {unit: i for i, unit in enumerate(table[key].to_pylist())}
    where = np.array([place.get(unit, -1) for unit in ids])
    return np.where(where >= 0, values[where], np.nan)


def _csv(path: Path) -> str:
    return f"read_csv({sql_text(str(path))}, header = true)"


def _needs(table: pa.Table, names: tuple[str, ...], path: Path) -> None:
    for name in names:
        if name not in table.column_names:
            raise UsageError(
                f"there is no column {name!r}", where=str(path), mend=f"the header needs {', '.join(names)}",
                zh=f"没有 {name} 列", mend_zh=f"表头应有 {'、'.join(names)}",
            )  # fmt: skip
