"""The steps of settlements as rows: on how much, at what rate, giving how much.

A bill has one row for each step that did something; the amounts of the bands add up to what the layer pays before its
limits.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yibao.benefits.basic import band_parts
from yibao.benefits.bills import numbers
from yibao.benefits.kernel import Reckoned
from yibao.benefits.layers import positions
from yibao.benefits.parameters import Value
from yibao.benefits.quantities import ONE
from yibao.engine.money import IntArray
from yibao.ledger.typed import SCHEMAS

STEP: pa.Schema = SCHEMAS["settlement_step"]

#: Names of layers in Chinese and English, in the order in which they pay.
LAYER_NAMES = {
    "split": ("费用拆分", "the bill in parts"),
    "basic": ("基本医疗保险", "basic insurance"),
    "civil_servant": ("公务员医疗补助", "civil-servant supplement"),
    "enterprise": ("企业补充医疗保险", "enterprise supplement"),
    "large_amount": ("职工大额医疗费用补助", "large-amount supplement"),
    "critical_illness": ("大病保险", "critical-illness insurance"),
    "assistance": ("医疗救助", "medical assistance"),
    "tilt": ("倾斜救助", "tilt of assistance"),
    "commercial_in_range": ("惠民保（范围内）", "city supplementary insurance, in range"),
    "commercial_out_of_range": ("惠民保（范围外）", "city supplementary insurance, out of range"),
    "commercial_drugs": ("惠民保（特药）", "city supplementary insurance, special drugs"),
    "charity": ("慈善帮扶", "charity"),
    "person": ("个人负担", "the person's share"),
}
#: Names of steps. ``{n}`` is the number of the band.
STEP_NAMES = {
    "total": ("医疗费总额", "total cost"),
    "not_covered": ("全自费（目录外）", "not covered"),
    "over_limit": ("超限价自费", "above ceiling prices"),
    "first_share": ("先行自付", "first share"),
    "eligible": ("符合政策范围", "eligible"),
    "deductible": ("起付线", "deductible"),
    "above_limit": ("限额以上不进入的费用", "expense above the limit, which does not enter"),
    "band": ("第 {n} 段", "band {n}"),
    "own_rate": ("单独比例的项目", "items with a rate of their own"),
    "rounding": ("全年合并取整的差额", "rounding of the year's running sum"),
    "looked_at": ("本次计入", "counted on this bill"),
    "seen": ("本年此前累计", "counted earlier in the year"),
    "below_threshold": ("起付标准以内", "below the threshold"),
    "cut": ("超过限额，扣减", "cut by the limit"),
    "floor": ("保底支付，增加", "raised to the floor payment"),
    "paid": ("支付", "paid"),
    "hospital": ("医院负担", "borne by the hospital"),
    "account": ("本人账户支付", "paid from the own account"),
    "family": ("家庭共济账户支付", "paid from a relative's account"),
    "cash": ("个人现金", "cash"),
}


@dataclass
class _Rows:
    """Steps being gathered; each call of :meth:`add` is one kind of step, in its place in the statement."""

    bills: int
    parts: list[tuple[IntArray, str, str, int, IntArray | None, IntArray | None, IntArray]] = field(
        default_factory=list
    )

    def add(
        self,
        layer: str,
        step: str,
        amount: Value,
        base: Value | None = None,
        rate: Value | None = None,
        *,
        where: npt.NDArray[np.bool_] | None = None,
        band: int = 0,
    ) -> None:
        whole = self._each(amount)
        rows = (whole if where is None else where).nonzero()[0]
        if len(rows):
            picked = [None if v is None else self._each(v)[rows] for v in (base, rate)]
            self.parts.append((rows, layer, step, band, picked[0], picked[1], whole[rows]))

    def _each(self, value: Value) -> IntArray:
        return np.full(self.bills, value) if isinstance(value, int) else value

    def bands(self, layer: str, parts: list[tuple[Value, Value]], add: Value) -> Value:
        """Rows of the bands; their amounts are steps of the rounded sum, so that they add up. Gives the sum."""
        before: Value = 0
        for number, (part, rate) in enumerate(parts, start=1):
            after = before + part * rate
            self.add(
                layer, "band", (after + add) // ONE - (before + add) // ONE, part, rate,
                where=self._each(part) > 0, band=number,
            )  # fmt: skip
            before = after
        return (before + add) // ONE


def steps_of(reckoned: Reckoned) -> pa.Table:
    """The rows of ``settlement_step``, by bill and sequence. The kernel must have run with ``trace``."""
    if reckoned.run is None:
        return STEP.empty_table()
    if not reckoned.trace:
        raise ValueError("steps need what the kernel keeps with trace=True")
    rows = _Rows(reckoned.table.num_rows)
    forward = np.zeros(rows.bills, dtype=bool)
    forward[reckoned.rows] = True
    _split(rows, reckoned, forward)
    _basic(rows, reckoned, forward)
    for layer in reckoned.run.tables.layers:
        _layer(rows, reckoned, layer)
    amounts = reckoned.amounts
    rows.add("person", "hospital", amounts["hospital"])
    rows.add("person", "paid", amounts["person"], where=forward)
    rows.add("person", "account", amounts["account"] - amounts["family"])
    rows.add("person", "family", amounts["family"])
    rows.add("person", "cash", amounts["cash"], where=forward)
    return _table(rows, reckoned, forward)


def _split(rows: _Rows, reckoned: Reckoned, forward: npt.NDArray[np.bool_]) -> None:
    rows.add("split", "total", numbers(reckoned.table, "total_amount"), where=forward)
    for part in ("not_covered", "over_limit", "first_share"):
        rows.add("split", part, numbers(reckoned.table, f"{part}_amount"))
    rows.add("split", "eligible", numbers(reckoned.table, "eligible_amount"), where=forward)


def _basic(rows: _Rows, reckoned: Reckoned, forward: npt.NDArray[np.bool_]) -> None:
    assert reckoned.run is not None
    amounts, trace, tables = reckoned.amounts, reckoned.trace, reckoned.run.tables
    own_rate, own_pay = (numbers(reckoned.table, f"own_rate_{name}") for name in ("amount", "pay"))
    eligible, at = numbers(reckoned.table, "eligible_amount") - own_rate, tables.basic.at(reckoned.which)
    rows.add("basic", "deductible", amounts["deductible"], eligible)
    within = trace["basic.within"]
    rows.add(
        "basic",
        "above_limit",
        eligible - amounts["deductible"] - within,
        where=forward & (eligible - amounts["deductible"] > within),
    )
    parts = band_parts(tables, at, tables.bands.columns.at(reckoned.which), trace["basic.start"], within)
    alone = rows.bands("basic", parts, at["round_add"]) + own_pay
    rows.add("basic", "own_rate", own_pay, own_rate, where=forward & (own_rate > 0))
    _limits(rows, "basic", alone, trace["basic.by_rates"], amounts["basic"])
    rows.add("basic", "paid", amounts["basic"], where=forward)


def _layer(rows: _Rows, reckoned: Reckoned, layer: str) -> None:
    assert reckoned.run is not None
    columns, table = reckoned.run.tables.layers[layer]
    at, basic = columns.at(reckoned.which), reckoned.run.tables.basic.at(reckoned.which)
    seen, base = reckoned.trace[f"{layer}.seen"], reckoned.trace[f"{layer}.base"]
    on = (base > 0) & (np.asarray(at["on"]) == 1)
    if not on.any():
        return
    rows.add(layer, "seen", seen, where=on & (seen > 0))
    rows.add(layer, "looked_at", base, where=on)
    low, high = positions(columns, at, seen, base)
    below = base - (high - low)
    rows.add(layer, "below_threshold", below, at["threshold"], where=on & (below > 0))
    bands = table.columns.at(reckoned.which)
    overlaps = [np.where(on, part, 0) for part in table.overlaps(bands, low, high)]
    parts: list[tuple[Value, Value]] = [(part, bands[f"rate_{k}"]) for k, part in enumerate(overlaps)]
    alone = rows.bands(layer, parts, basic["round_add"])
    _limits(rows, layer, alone, reckoned.trace[f"{layer}.by_rates"], reckoned.amounts[layer])
    rows.add(layer, "paid", reckoned.amounts[layer], where=on)


def _limits(rows: _Rows, layer: str, alone: Value, by_rates: IntArray, paid: IntArray) -> None:
    rows.add(layer, "rounding", by_rates - alone)
    rows.add(layer, "cut", np.minimum(paid - by_rates, 0))
    rows.add(layer, "floor", np.maximum(paid - by_rates, 0))


def _table(rows: _Rows, reckoned: Reckoned, forward: npt.NDArray[np.bool_]) -> pa.Table:
    """The gathered rows of the bills that were settled, sorted and numbered."""
    kept = rows.parts
    bill = np.concatenate([part[0] for part in kept])
    kind = np.repeat(np.arange(len(kept)), [len(part[0]) for part in kept])
    order = np.lexsort((kind, bill))
    order = order[forward[bill[order]]]
    bill, kind = bill[order], kind[order]
    first = np.flatnonzero(np.diff(bill, prepend=-1))
    sequence = np.arange(len(bill)) - np.repeat(first, np.diff(first, append=len(bill)))
    words = [_label(part[1], part[2], part[3]) for part in kept]
    at, kinds = pa.array(bill), pa.array(kind)
    policies = pa.array([p.policy.id for p in reckoned.profiles], pa.string())
    columns = {
        "settlement_id": reckoned.table["settlement_id"].take(at),
        "policy_id": policies.take(pa.array(reckoned.which[bill])),
        "sequence": pa.array(sequence),
        "layer": pa.array([part[1] for part in kept], pa.string()).take(kinds),
        "step": pa.array([part[2] for part in kept], pa.string()).take(kinds),
        "label_zh": pa.array([zh for zh, _ in words], pa.string()).take(kinds),
        "label_en": pa.array([en for _, en in words], pa.string()).take(kinds),
        "base_amount": _numbers([part[4] for part in kept], [len(part[0]) for part in kept], order),
        "rate_ppm": _numbers([part[5] for part in kept], [len(part[0]) for part in kept], order),
        "amount": pa.array(np.concatenate([part[6] for part in kept])[order]),
    }  # fmt: skip
    return pa.table([columns[f.name].cast(f.type) for f in STEP], schema=STEP)


def _label(layer: str, step: str, band: int) -> tuple[str, str]:
    zh, en = STEP_NAMES[step]
    zh, en = zh.format(n=band), en.format(n=band)
    return f"{LAYER_NAMES[layer][0]}：{zh}", f"{LAYER_NAMES[layer][1]}: {en}"


def _numbers(parts: list[IntArray | None], sizes: list[int], order: IntArray) -> pa.Array:
    values = np.concatenate(
        [np.zeros(n, dtype=np.int64) if p is None else p for p, n in zip(parts, sizes, strict=True)]
    )
    missing = np.repeat([p is None for p in parts], sizes)
    return pa.array(values[order], mask=missing[order])
