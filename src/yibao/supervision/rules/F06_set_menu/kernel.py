"""Finds sets of things that one pharmacy sells together to everybody and the others do not.

A basket's set is the sum of a fixed mix of its items' numbers: two baskets of the same things have the same sum and
length, and a collision would need two sets of one length with one 64-bit sum. Support is the share of a shop's baskets
(all of them, small ones included) that hold exactly the set. The deviation compares it with the share at the other
shops; larger shops must show more baskets, by the square root of their size.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

PARTITION = ["market"]
ORDER = ["institution_id", "encounter_id", "item_code"]


def run(table: pa.Table, params: dict[str, Any]) -> pa.Table:
    """Evidence rows: per set and shop the baskets that hold it."""
    baskets = _baskets(table)
    menus = _menus(baskets, params)
    rows = [_evidence(baskets, *menu) for menu in menus]
    return pa.concat_tables(rows) if rows else _empty()


def _baskets(table: pa.Table) -> dict[str, np.ndarray]:
    """One entry per basket: shop, person, set signature, money; rows arrive sorted by shop and basket."""
    encounter = _codes(table, "encounter_id")
    begins = np.flatnonzero(np.concatenate([[True], encounter[1:] != encounter[:-1]]))
    mixed = _mix(_codes(table, "item_code"))
    length = np.diff(np.append(begins, len(encounter)))
    text = {name: np.asarray(table.column(name).to_pylist(), dtype=object)[begins] for name in
            ("institution_id", "encounter_id", "person_id")}  # fmt: skip
    return {
        **text,
        "signature": np.add.reduceat(mixed, begins) + length.astype(np.uint64),
        "length": length,
        "amount": np.add.reduceat(_ints(table, "amount"), begins),
        "fund_amount": np.add.reduceat(_ints(table, "fund_amount"), begins),
        "shop_baskets": _ints(table, "shop_baskets")[begins],
        "at": table.column("admitted_at").cast(pa.int64()).to_numpy()[begins],
    }


def _menus(b: dict[str, np.ndarray], params: dict[str, Any]) -> list[tuple[np.ndarray, int, int]]:
    """(baskets, share at the shop, share elsewhere in ppm) of every set that one shop sells beyond its peers."""
    shop_names, shop = np.unique(b["institution_id"], return_inverse=True)
    _, menu = np.unique(b["signature"], return_inverse=True)
    size = np.zeros(len(shop_names), dtype=np.int64)
    size[shop] = b["shop_baskets"]
    pair, which, count = np.unique(menu * len(shop_names) + shop, return_inverse=True, return_counts=True)
    everywhere = np.bincount(menu)
    found = []
    for number in np.flatnonzero(count >= params["min_baskets"]):
        place = int(pair[number] % len(shop_names))
        others = int(size.sum() - size[place])
        here = int(count[number]) * 1_000_000 // int(size[place])
        there = (int(everywhere[pair[number] // len(shop_names)]) - int(count[number])) * 1_000_000 // max(others, 1)
        # A shop of n baskets shows a set by chance about sqrt(n) times as often as it deviates.
        enough = int(count[number]) ** 2 * 10_000 >= params["scale"] * int(size[place])
        chosen = np.flatnonzero(which == number)
        persons = len(set(b["person_id"][chosen]))
        if enough and persons >= params["min_persons"] and here * 10_000 >= params["lift"] * max(there, 1):
            found.append((chosen, here, there))
    return found


def _evidence(b: dict[str, np.ndarray], chosen: np.ndarray, here: int, there: int) -> pa.Table:
    first = chosen[np.argmin(b["encounter_id"][chosen])]
    shop = b["institution_id"][first]
    key = f"{shop}|{b['encounter_id'][first]}"
    heads = [("baskets", len(chosen)), ("things", int(b["length"][first])), ("share", here), ("elsewhere", there)]
    n, last = len(chosen), int(b["at"][chosen].max())
    size = n + len(heads)
    none = pa.nulls(size, pa.string())
    return pa.table(
        {
            "finding_key": pa.array([key] * size),
            "person_id": none,
            "institution_id": pa.array([shop] * size),
            "encounter_id": none,
            "staff_id": none,
            "occurred_at": pa.array([last] * size, pa.int64()).cast(pa.timestamp("us")),
            "signal": pa.array([name for name, _ in heads] + ["basket"] * n),
            "value": pa.array([value for _, value in heads] + b["amount"][chosen].tolist(), pa.int64()),
            "ref_table": pa.array(["institution"] * len(heads) + ["encounter"] * n),
            "ref_id": pa.array([shop] * len(heads) + b["encounter_id"][chosen].tolist()),
            "kp_id": none,
            "amount": pa.array([0] * len(heads) + b["amount"][chosen].tolist(), pa.int64()),
            "fund_amount": pa.array([0] * len(heads) + b["fund_amount"][chosen].tolist(), pa.int64()),
        }
    )


def _empty() -> pa.Table:
    text = ("finding_key", "person_id", "institution_id", "encounter_id", "staff_id")
    fields = [(name, pa.string()) for name in text]
    fields += [("occurred_at", pa.timestamp("us")), ("signal", pa.string()), ("value", pa.int64())]
    fields += [("ref_table", pa.string()), ("ref_id", pa.string()), ("kp_id", pa.string())]
    return pa.schema([*fields, ("amount", pa.int64()), ("fund_amount", pa.int64())]).empty_table()


def _codes(table: pa.Table, name: str) -> np.ndarray:
    """Numbers of the distinct texts of a column, in the order of the texts."""
    column = table.column(name).combine_chunks()
    values = pc.unique(column)
    ranks = np.argsort(np.argsort(np.asarray(values.to_pylist(), dtype=object)))
    return np.asarray(ranks[pc.index_in(column, value_set=values).to_numpy(zero_copy_only=False)], dtype=np.int64)


def _mix(numbers: np.ndarray) -> np.ndarray:
    """SplitMix64 of each number: fixed, the same on every machine (Steele, Lea and Flood 2014)."""
    x = (numbers.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _ints(table: pa.Table, name: str) -> np.ndarray:
    return np.asarray(table.column(name).to_numpy(), dtype=np.int64)
