"""Groups of people who come together: communities of the co-visit graph, and which of them look arranged.

Edges join people with enough joint days; a meeting weighs 1 / ln(1 + crowd), so that meeting in an empty room says more
than in a full one (the network of FraudAuditor, arXiv 2303.13491). Communities by Louvain with a fixed seed on sorted
nodes: the same rows give the same groups.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

import numpy as np
import pyarrow as pa

PARTITION = ["institution_id"]
ORDER = ["one", "other", "visited_on"]

_TEXT = (
    "finding_key",
    "person_id",
    "institution_id",
    "encounter_id",
    "staff_id",
    "signal",
    "ref_table",
    "ref_id",
    "kp_id",
)


def run(table: pa.Table, params: dict[str, Any]) -> pa.Table:
    """Evidence rows: per group its figures, its members and their joint visits with their money."""
    rows: dict[str, list[Any]] = {name: [] for name in (*_TEXT, "occurred_at", "value", "amount", "fund_amount")}
    pairs = table.to_pydict()
    place = np.asarray(pairs["institution_id"], dtype=object)
    for institution in sorted(set(pairs["institution_id"])):
        chosen = np.flatnonzero(place == institution)
        for group in _communities(pairs, chosen):
            _judge(rows, pairs, chosen, institution, group, params)
    types = {"occurred_at": pa.timestamp("us"), "value": pa.int64(), "amount": pa.int64(), "fund_amount": pa.int64()}
    return pa.table({name: pa.array(column, types.get(name, pa.string())) for name, column in rows.items()})


def _communities(pairs: dict[str, list[Any]], chosen: np.ndarray) -> list[set[str]]:
    import networkx as nx

    weights: dict[tuple[str, str], float] = {}
    for k in chosen:
        edge = (pairs["one"][k], pairs["other"][k])
        weights[edge] = weights.get(edge, 0.0) + 1.0 / float(np.log1p(max(pairs["crowd"][k], 2)))
    graph = nx.Graph()
    graph.add_nodes_from(sorted({person for edge in weights for person in edge}))
    graph.add_weighted_edges_from((a, b, weight) for (a, b), weight in sorted(weights.items()))
    found: list[set[str]] = nx.community.louvain_communities(graph, weight="weight", seed=1)
    return sorted(found, key=min)


def _judge(
    rows: dict[str, list[Any]], pairs: dict[str, list[Any]], chosen: np.ndarray, institution: str, group: set[str],
    params: dict[str, Any],
) -> None:  # fmt: skip
    """Add the evidence of a community that meets every threshold."""
    if len(group) < params["min_members"]:
        return
    inside = [k for k in chosen if pairs["one"][k] in group and pairs["other"][k] in group]
    edges: dict[tuple[str, str], list[int]] = {}
    for k in inside:
        edges.setdefault((pairs["one"][k], pairs["other"][k]), []).append(k)
    days = sum(len(found) for found in edges.values())
    likeness = sum(pairs["likeness"][found[0]] for found in edges.values()) // len(edges)
    here = days * 10_000 // sum(pairs["all_days"][found[0]] for found in edges.values())
    visits = _visits(pairs, inside)
    fund = sum(visit[2] for visit in visits.values())
    enough = (
        days * 10_000 >= params["mean_joint_days"] * 10_000 * len(edges)
        and here >= params["concentration"] and likeness >= params["likeness"] and fund >= params["min_fund"]
    )  # fmt: skip
    if not enough:
        return
    key, last = f"{institution}|{min(group)}", max(pairs["visited_on"][k] for k in inside)
    figures = {"members": len(group), "joint_days": days // len(edges), "concentration": here, "likeness": likeness}
    for name, value in figures.items():
        _row(rows, key, institution, last, name, value, "institution", institution)
    for person in sorted(group):
        _row(rows, key, institution, last, "member", None, "person", person)
    for encounter, (_, amount, paid) in sorted(visits.items()):
        _row(rows, key, institution, last, "visit", paid, "encounter", encounter, amount, paid)


def _visits(pairs: dict[str, list[Any]], inside: list[int]) -> dict[str, tuple[str, int, int]]:
    """The joint visits: encounter -> person, amount, fund."""
    found = {}
    for k in inside:
        for side in ("one", "other"):
            found[pairs[f"{side}_encounter"][k]] = (
                pairs[side][k], pairs[f"{side}_amount"][k], pairs[f"{side}_fund"][k],
            )  # fmt: skip
    return found


def _row(
    rows: dict[str, list[Any]], key: str, institution: str, last: Any, signal: str, value: int | None, ref_table: str,
    ref_id: str, amount: int = 0, fund_amount: int = 0,
) -> None:  # fmt: skip
    given = {
        "finding_key": key, "institution_id": institution, "occurred_at": datetime.combine(last, time()),
        "signal": signal, "value": value, "ref_table": ref_table, "ref_id": ref_id, "amount": amount,
        "fund_amount": fund_amount,
    }  # fmt: skip
    for name, column in rows.items():
        column.append(given.get(name))
