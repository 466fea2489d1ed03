"""Order-free hash of the visible rows of a table: the same facts have the same hash, however they lie on disk."""

from __future__ import annotations

from yibao.engine import DuckEngine, content_hash
from yibao.ledger.contracts import RECORDED
from yibao.ledger.duck import extension_cells
from yibao.ledger.visible import Reading


def facts_hash(reading: Reading, recorded: bool = False) -> str:
    """SHA-256 of what the rows say; it streams, whatever the size of the table.

    Files, buckets and the order of rows do not matter, nor do extension columns without a value. ``recorded`` says
    whether ``recorded_at`` and ``batch_id`` count: without them the same facts in one batch or in ten are equal.
    """
    ours = () if recorded else tuple(column.name for column in RECORDED)
    facts = ", ".join(f'"{name}"' for name in reading.table.column_names if name not in ours)
    with DuckEngine() as engine:
        reading.attach(engine, None, keep="no")
        described = engine.execute(f'describe "{reading.table.name}"').to_pylist()
        cells = ", ".join(["null", *extension_cells(row["column_name"] for row in described)])
        engine.view("facts", f'select {facts}, concat_ws(chr(31), {cells}) as x from "{reading.table.name}"')
        return content_hash(engine, "facts")
