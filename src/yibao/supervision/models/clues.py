"""Decided findings as examples: what people upheld and what they called a false alarm, and features known beforehand.

Features come from the finding itself and from the scores of its institution and person; nothing that was written after
the finding (an answer, a decision) is among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from yibao.ledger import Ledger
from yibao.measures.poisson import Floats
from yibao.measures.ranking import Bools
from yibao.supervision.models.score import Scores

#: Decided findings of each kind below which nothing is learnt.
LEAST = 15
UPHELD = ("upheld", "partly")
#: Outcomes that say neither yes nor no are no examples.
UNDECIDED = ("unproven",)


@dataclass(frozen=True)
class Findings:
    """Findings of a run: ids, institutions, features (rows × names), amounts, and which are decided, how and when.

    ``when`` are seconds; NaN where nothing was decided.
    """

    ids: tuple[str, ...]
    institutions: tuple[str, ...]
    names: tuple[str, ...]
    features: Floats
    amount: Floats
    decided: Bools
    upheld: Bools
    when: Floats

    @property
    def enough(self) -> bool:
        """Whether there is enough of both kinds to learn from, at three institutions or more."""
        yes, no = self.decided & self.upheld, self.decided & ~self.upheld
        places = {self.institutions[i] for i in np.flatnonzero(self.decided)}
        return min(yes.sum(), no.sum()) >= LEAST and len(places) >= 3


def read_findings(ledger: Ledger, folder: Path, scores: Mapping[str, Scores]) -> Findings:
    """The findings of the result folder ``folder`` with the ledger's decisions; ``scores`` by kind of subject."""
    rows = pq.read_table(folder / "finding.parquet").sort_by("finding_id").to_pylist()
    told = _latest(ledger)
    laws = sorted({row["law_id"] for row in rows})
    risk = {kind: dict(zip(found.frame.ids, found.risk, strict=True)) for kind, found in scores.items()}
    names = (
        *(f"law_{law}" for law in laws), "violation", "lead", "amount", "fund", "fund_share", "signals",
        "hour", "same_institution", "same_person", "risk_institution", "risk_staff", "risk_person",
    )  # fmt: skip
    places, persons = (_counts([row[key] for row in rows]) for key in ("institution_id", "person_id"))
    features = np.array(
        [
            [
                *(float(row["law_id"] == law) for law in laws),
                float(row["result"] == "violation"), float(row["result"] == "lead"),
                np.log1p(max(row["amount"], 0)), np.log1p(max(row["fund_amount"], 0)),
                row["fund_amount"] / row["amount"] if row["amount"] else np.nan,
                row["signals"], row["occurred_at"].hour,
                np.log1p(places[row["institution_id"]]), np.log1p(persons[row["person_id"]]),
                *(risk.get(kind, {}).get(row[f"{kind}_id"], np.nan) for kind in ("institution", "staff", "person")),
            ]
            for row in rows
        ],
        dtype=np.float64,
    ).reshape(len(rows), len(names))  # fmt: skip
    none = (None, float("nan"))
    outcome, when = zip(*(told.get(row["finding_id"], none) for row in rows), strict=True) if rows else ((), ())
    return Findings(
        tuple(row["finding_id"] for row in rows),
        tuple(row["institution_id"] or "" for row in rows),
        names, features, np.array([row["amount"] for row in rows], dtype=np.float64),
        np.array([o is not None and o not in UNDECIDED for o in outcome], dtype=bool),
        np.array([o in UPHELD for o in outcome], dtype=bool),
        np.array(when, dtype=np.float64),
    )  # fmt: skip


def decisions(ledger: Ledger) -> pa.Table:
    """All decisions on clues that the ledger holds."""
    files = ledger.files("clue_decision")
    return pq.read_table(files).select(ledger.tables()["clue_decision"].column_names) if files else _none(ledger)


def _none(ledger: Ledger) -> pa.Table:
    return ledger.tables()["clue_decision"].empty()


def _latest(ledger: Ledger) -> dict[str, tuple[str, float]]:
    """The latest outcome by finding, and when it was decided."""
    rows = decisions(ledger).sort_by("decided_at").to_pylist()
    return {row["finding_id"]: (row["outcome"], row["decided_at"].timestamp()) for row in rows if row["finding_id"]}


def _counts(values: list[Any]) -> dict[Any, int]:
    out: dict[Any, int] = {}
    for value in values:
        out[value] = out.get(value, 0) + 1
    return out
