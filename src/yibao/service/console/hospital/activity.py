"""What a hospital does, beside its peers: where patients come from and go, which drugs, which groups."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from yibao.service.console.hospital.benchmark import Benchmark
from yibao.service.console.hospital.estimate import by_place, spread, tells_nobody
from yibao.service.console.hospital.stays import MILLION, Stays
from yibao.service.console.suppression import INSTITUTION, suppressed

Row = dict[str, Any]
#: Where a patient's next stay within 31 days was.
NEXT = {"here": ("本院", "here"), "3": ("三级机构", "a tertiary provider"), "2": ("二级机构", "a secondary provider"),
        "1": ("一级及以下机构", "a primary provider"), "0": ("未定级机构", "an ungraded provider")}  # fmt: skip


def homes(made: Benchmark, regions: Mapping[str, tuple[str, str]]) -> list[Row]:
    """Own stays by the patients' region: number, money, share, and the same share at peers together."""
    own, peers = made.own, _peers(made)
    here, there = Counter(own.table["home"].to_pylist()), Counter(peers.table["home"].to_pylist())
    money: dict[str, float] = defaultdict(float)
    for home, amount in zip(own.table["home"].to_pylist(), own["amount"], strict=True):
        money[home] += float(amount)
    enough = _enough(peers)
    rows = [
        {"home": regions.get(home, (home, home)), "stays": n, "money": round(money[home]),
         "share": round(n / max(len(own), 1) * MILLION),
         "peers": round(there[home] / max(len(peers), 1) * MILLION) if enough else None}
        for home, n in here.most_common()
    ]  # fmt: skip
    return suppressed(rows, INSTITUTION, "stays", ["money", "share"])


def onward(made: Benchmark) -> list[Row]:
    """Where the own patients' next stay within 31 days was, by level of the place, and the same at peers."""
    own, peers = made.own, _peers(made)
    here, there = (Counter(s.table["next_place"].to_pylist()) for s in (own, peers))
    enough = _enough(peers)
    rows = [
        {"place": words, "stays": here[code], "share": round(here[code] / max(len(own), 1) * MILLION),
         "peers": round(there[code] / max(len(peers), 1) * MILLION) if enough else None}
        for code, words in NEXT.items()
    ]  # fmt: skip
    return suppressed(rows, INSTITUTION, "stays", ["share"])


def drugs(rows: Sequence[Mapping[str, Any]], own: str, peers: set[str]) -> list[Row]:
    """The own drugs by money: visits, share of drug money, and where the share lies among peers (middle half).

    ``rows`` are rows of the figure ``drug_use``. A share is of the institution's own drug money.
    """
    total: dict[str, int] = defaultdict(int)
    by_drug: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    mine: dict[str, Row] = {}
    for row in rows:
        place, code = row["institution_id"], row["item_code"]
        if place != own and place not in peers:
            continue
        total[place] += row["amount"]
        by_drug[code][place] += row["amount"]
        if place == own:
            one = mine.setdefault(code, {"name": row["item_name"], "item_code": code, "class": row["payment_class"],
                                         "kind": row["charge_type"], "visits": 0, "amount": 0})  # fmt: skip
            one["visits"] += row["visits"]
            one["amount"] += row["amount"]
    others = [place for place in total if place != own]
    found = []
    for code, one in mine.items():
        share = one["amount"] / max(total[own], 1)
        lies = spread([by_drug[code].get(place, 0) / total[place] for place in others if total[place]])
        peers_lie = (None, None, None) if lies is None else (lies.p25, lies.p50, lies.p75)
        low, middle, high = (None if at is None else round(at * MILLION) for at in peers_lie)
        found.append(one | {"share": round(share * MILLION), "low": low, "peers": middle, "high": high})
    found.sort(key=lambda row: -row["amount"])
    return shown_first(suppressed(found, INSTITUTION, "visits", ["amount", "share"]), "amount")


def shown_first(rows: Sequence[Row], key: str) -> list[Row]:
    """Suppressed rows last: their place among the others would tell what was taken out."""
    return sorted(rows, key=lambda row: isinstance(row[key], str))


def drug_kinds(rows: Sequence[Mapping[str, Any]], own: str) -> list[Row]:
    """Own drug money by charge category and payment class."""
    money: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        if row["institution_id"] == own:
            money[row["charge_type"], row["payment_class"] or ""] += row["amount"]
    total = sum(money.values())
    return [
        {"kind": kind, "class": payment, "amount": amount, "share": round(amount / total * MILLION) if total else 0}
        for (kind, payment), amount in sorted(money.items(), key=lambda item: -item[1])
    ]


def mix(made: Benchmark) -> list[Row]:
    """Own groups by number of cases: share, weight, and the same share at peers together."""
    own, peers = made.own, _peers(made)
    names = own.groups
    weights, sizes = own["weight_ppm"], Counter(own.group_codes[g] for g in own.group[own.in_group])
    there = Counter(peers.group_codes[g] for g in peers.group[peers.in_group]) if len(peers) else Counter()
    enough = _enough(peers)
    rows = []
    for code, n in sizes.most_common():
        here = own.group == own.group_codes.index(code)
        weight = weights[here]
        rows.append({
            "code": code, "name": (f"{code} {names[code].zh}", f"{code} {names[code].en}"), "cases": n,
            "share": round(n / len(own) * MILLION), "peers": round(there[code] / len(peers) * MILLION) if enough else
            None, "weight": int(weight[0]) if np.isfinite(weight).any() and np.isfinite(weight[0]) else None,
            "money": round(float(own["amount"][here].sum())), "days": round(float(own["days"][here].mean()) * MILLION),
        })  # fmt: skip
    return suppressed(rows, INSTITUTION, "cases", ["share", "money", "days"])


def group_counts(made: Benchmark) -> tuple[int, int | None, int]:
    """Groups of the own hospital, the peers' median, and the total weight of the own cases in millionths."""
    stays = made.comparison.stays
    pairs = np.unique(np.stack([stays.place[stays.in_group], stays.group[stays.in_group]]), axis=1)
    counts = by_place(np.ones(pairs.shape[1]), pairs[0], len(stays.places))
    mine = stays.places.index(made.view.own) if made.view.own in stays.places else -1
    lies = spread(np.delete(counts, mine)) if mine >= 0 else None
    weight = int(np.nansum(made.own["weight_ppm"])) if made.own.grouped else 0
    return (int(counts[mine]) if mine >= 0 else 0), (None if lies is None else round(lies.p50)), weight


def _peers(made: Benchmark) -> Stays:
    stays = made.comparison.stays
    mine = stays.places.index(made.view.own) if made.view.own in stays.places else -1
    return stays.where(stays.place != mine)


def _enough(peers: Stays) -> bool:
    """Whether shares among all stays of the peers tell of no single one."""
    return len(peers) > 0 and tells_nobody(by_place(np.ones(len(peers)), peers.place, len(peers.places)))
