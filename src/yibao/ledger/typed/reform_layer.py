"""改革前后各层支出 · cost of each layer under two policies.

各险种各层保障改革前后的支出；末行为个人负担。
What each layer of protection pays by scheme before and after a reform, and what persons bear.

Generated from ``ledger/tables/reform_layer.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

from typing import TypedDict

import pyarrow as pa

TABLE = "reform_layer"


class ReformLayer(TypedDict):
    """One row of ``reform_layer`` (改革前后各层支出 · cost of each layer under two policies)."""

    #: 险种类型 · insurance scheme
    scheme: str
    #: 保障层次 · layer of protection
    layer: str
    #: 改革前 · before [minor unit of the ledger's currency (fen)]
    before_amount: int
    #: 改革后 · after [minor unit of the ledger's currency (fen)]
    after_amount: int


COLUMNS: tuple[str, ...] = (
    "scheme",
    "layer",
    "before_amount",
    "after_amount",
)

SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("scheme", pa.string()),
        pa.field("layer", pa.string()),
        pa.field("before_amount", pa.int64()),
        pa.field("after_amount", pa.int64()),
    ]
)
