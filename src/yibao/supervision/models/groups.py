"""Groups that no single record shows: persons who keep going together, institutions that share their persons.

Co-visits follow the three steps of published group detection: a network of joint visits weighted against crowds, its
communities, and a look by people. Communities are Louvain's (networkx), reproducible by seed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np

from yibao.engine import DuckEngine

#: Minutes apart that still count as together, joint days and group size from which it counts, days looked at.
MINUTES, JOINT_DAYS, LEAST_MEMBERS, DAYS, CROWD = 30, 3, 3, 180, 50
#: Fund money (minor units) of the joint visits below which a group is not worth a visit: ten thousand yuan.
LEAST_FUND = 1_000_000
#: A tie is kept when chance would give one as heavy in fewer than this share of cases.
DISPARITY = 0.05
#: Communities larger than this are a town, not a ring; ties within one from this multiple of chance are unusual; fewer
#: shared persons than this are chance.
MOST_INSTITUTIONS, LIFT, LEAST_SHARED = 8, 3.0, 5
SEED = 1

_SHARED = """
with every as (
    select s.person_id, s.institution_id, coalesce(i.region_code, '?') as region, sum(s.fund) as fund
    from seen as s left join institution as i on i.institution_id = s.institution_id group by all
),
tie as (select * from every qualify count(*) over (partition by person_id) between 2 and 12)
select a.institution_id as a, b.institution_id as b, case when a.region = b.region then a.region else '' end as area,
    count(*) as persons, cast(sum(least(a.fund, b.fund)) as bigint) as fund
from tie as a join tie as b on b.person_id = a.person_id and b.institution_id > a.institution_id
group by all order by a, b"""


@dataclass(frozen=True)
class Group:
    """A group: its members, strength in [0, 1], the fund money of what they share, and its words."""

    id: str
    kind: str
    members: tuple[str, ...]
    p: float
    fund: int
    zh: str
    en: str


def co_visit_groups(engine: DuckEngine) -> list[Group]:
    """Groups of persons who were often at the same place within half an hour; households are left out."""
    import networkx as nx  # only when groups are sought

    sql = (files(__package__) / "co_visit.sql").read_text(encoding="utf-8")
    bound = {"minutes": MINUTES, "joint_days": JOINT_DAYS, "days": DAYS, "crowd": CROWD}
    pairs = engine.execute(sql, bound).to_pylist()
    graph = nx.Graph()
    for pair in pairs:
        graph.add_edge(pair["a"], pair["b"], **pair)
    found = []
    for members in _communities(graph):
        ties = [data for *_, data in graph.subgraph(members).edges(data=True)]
        group = _co_visits(sorted(members), ties)
        if group is not None:
            found.append(group)
    return sorted(found, key=lambda g: (-g.p, g.id))


def _co_visits(members: list[str], ties: Sequence[dict[str, Any]]) -> Group | None:
    fund = int(sum(t["fund"] for t in ties))
    if len(members) < LEAST_MEMBERS or not ties or fund < LEAST_FUND:
        return None
    days = float(np.mean([t["days"] for t in ties]))
    together = sum(t["visits"] for t in ties)
    at_top = float(np.sum([t["top_visits"] for t in ties]) / together)
    alike = float(np.mean([t["alike"] for t in ties]))
    planned = float(np.mean([t["planned"] for t in ties]))
    # Fixed slots of a chronic treatment bring the same people together: dialysis shifts are no ring.
    p = (1 - np.exp(-(len(members) - 2) * days / 4 * at_top * alike / 4)) * (1 - planned)
    share, same, slots = round(at_top * 100), round(alike * 100), round(planned * 100)
    return Group(
        _id("co-visit", members), "group", tuple(members), float(p), fund,
        f"{len(members)} 人在 30 分钟内同时就诊，平均每两人 {days:.1f} 天；{share}% 在同一机构，"
        f"项目相似度 {same}%，门诊慢特病占 {slots}%",
        f"{len(members)} persons seen within 30 minutes of each other, {days:.1f} days for each two of them; "
        f"{share} % at one institution, items {same} % alike, {slots} % of it care of chronic illness",
    )  # fmt: skip


def institution_communities(engine: DuckEngine) -> list[Group]:
    """Small communities of institutions that share far more persons than chance gives."""
    import networkx as nx

    rows = engine.execute(_SHARED).to_pylist()
    graph = nx.Graph()
    # Neighbours share patients because they are neighbours: ties are compared with those of the same region, and ties
    # between regions with each other.
    drawn: dict[str, dict[str, float]] = {}
    for row in rows:
        graph.add_edge(row["a"], row["b"], weight=float(row["persons"]), fund=row["fund"], area=row["area"])
        for end in (row["a"], row["b"]):
            own = drawn.setdefault(row["area"], {})
            own[end] = own.get(end, 0.0) + row["persons"]
    strength = dict(graph.degree(weight="weight"))

    def chance(a: str, b: str) -> float:
        """Persons that two institutions would share if those of their area fell on its ties by chance."""
        own = drawn[graph[a][b]["area"]]
        return own[a] * own[b] / sum(own.values())

    backbone = nx.Graph()
    backbone.add_nodes_from(graph)
    backbone.add_edges_from(
        (a, b, d)
        for a, b, d in graph.edges(data=True)
        # Among three or four ties none can stand out from the others; a ring that keeps to itself shows by its lift.
        if _stands_out(graph, strength, a, b) or d["weight"] > max(LIFT * chance(a, b), LEAST_SHARED)
    )
    found = []
    for members in _communities(backbone):
        if not 2 <= len(members) <= MOST_INSTITUTIONS:
            continue
        inside = list(graph.subgraph(members).edges(data=True))
        weight, fund = sum(d["weight"] for *_, d in inside), sum(d["fund"] for *_, d in inside)
        usual = sum(chance(a, b) for a, b, _ in inside)
        lift = weight / usual if usual else 0.0
        if lift > LIFT:
            named = sorted(members)
            found.append(
                Group(
                    _id("community", named), "community", tuple(named), float(1 - np.exp(-(lift - LIFT) / 10)),
                    int(fund),
                    f"{len(named)} 家机构共有人员为同区一般情形的 {lift:.1f} 倍（{weight:.0f} 人次）",
                    f"{len(named)} institutions share {lift:.1f} times the persons usual in their region "
                    f"({weight:.0f})",
                )
            )  # fmt: skip
    return sorted(found, key=lambda g: (-g.p, g.id))


def _stands_out(graph: Any, strength: dict[str, float], a: str, b: str) -> bool:
    """The disparity filter, from either end. Source: M. Á. Serrano et al., PNAS 106 (2009) 6483-6488."""
    weight = graph[a][b]["weight"]
    ends = ((strength[n], graph.degree(n)) for n in (a, b))
    return any(k > 1 and (1 - weight / s) ** (k - 1) < DISPARITY for s, k in ends)


def _communities(graph: Any) -> list[set[str]]:
    import networkx as nx

    if not graph.number_of_edges():
        return []
    found: list[set[str]] = nx.community.louvain_communities(graph, weight="weight", seed=SEED)
    return sorted((c for c in found if len(c) > 1), key=lambda c: sorted(c))


def _id(kind: str, members: Sequence[str]) -> str:
    text = "|".join((kind, *members))
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:16]
