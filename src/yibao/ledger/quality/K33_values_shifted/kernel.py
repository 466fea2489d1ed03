"""Population stability index of every column of every institution: the newest batch against all before it.

PSI = sum over values of (p - q) * ln(p / q), where q and p are a value's shares before and now. Half a row is added to
each value, so that a value that is new or gone does not make it infinite.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

PARTITION = ["table_name", "column_name", "institution_id"]
ORDER = ["code"]

SCHEMA = pa.schema(
    {
        "occurred_on": pa.date32(), "institution_id": pa.string(), "person_id": pa.string(), "ref_table": pa.string(),
        "ref_id": pa.string(), "column_name": pa.string(), "value": pa.string(), "amount": pa.int64(),
        "row_count": pa.int64(), "note_zh": pa.string(), "note_en": pa.string(),
    }
)  # fmt: skip


def run(table: pa.Table, params: dict[str, Any]) -> pa.Table:
    """One row per column and institution whose PSI reaches ``psi_ppm`` millionths."""
    if not table.num_rows:
        return SCHEMA.empty_table()
    keys = [table.column(name).combine_chunks().dictionary_encode().indices.to_numpy() for name in PARTITION]
    changes = np.any([np.diff(key) != 0 for key in keys], axis=0)
    starts = np.concatenate([[0], np.flatnonzero(changes) + 1])
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, table.num_rows)))
    new, old = (table.column(name).to_numpy().astype(np.int64) for name in ("new_rows", "old_rows"))
    new_rows, old_rows = np.add.reduceat(new, starts), np.add.reduceat(old, starts)
    values = np.diff(np.append(starts, table.num_rows))
    p = (new + 0.5) / (new_rows + 0.5 * values)[group]
    q = (old + 0.5) / (old_rows + 0.5 * values)[group]
    psi_ppm = np.rint(np.add.reduceat((p - q) * np.log(p / q), starts) * 1_000_000).astype(np.int64)
    few = int(params["fewest_rows"])
    shifted = np.flatnonzero((psi_ppm >= int(params["psi_ppm"])) & (new_rows >= few) & (old_rows >= few))
    moved = np.abs(p - q)
    rows = []
    for i in shifted.tolist():
        part = table.slice(int(starts[i]), int(values[i])).to_pylist()
        most = int(np.argmax(moved[starts[i] : starts[i] + values[i]]))
        rows.append(_issue(part, part[most], int(psi_ppm[i]), int(new_rows[i]), int(old_rows[i])))
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _issue(
    part: list[dict[str, Any]], most: dict[str, Any], psi_ppm: int, new_rows: int, old_rows: int
) -> dict[str, Any]:
    shown = f"{psi_ppm // 1_000_000}.{psi_ppm % 1_000_000 // 10_000:02d}"
    before, now = most["old_rows"] * 100 // old_rows, most["new_rows"] * 100 // new_rows
    return {
        "occurred_on": max(row["last_day"] for row in part if row["last_day"] is not None),
        "institution_id": part[0]["institution_id"],
        "ref_table": part[0]["table_name"],
        "ref_id": part[0]["institution_id"],
        "column_name": part[0]["column_name"],
        "value": shown,
        "amount": sum(row["new_amount"] for row in part),
        "row_count": new_rows,
        "note_zh": f"PSI {shown}；变化最大的取值 {most['code'] or '（空）'}：以往 {before} %，最新一批 {now} %",
        "note_en": f"PSI {shown}; {most['code'] or '(empty)'}: {before} % before, {now} % now",
    }
