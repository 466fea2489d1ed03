"""Findings on a draft that an exemption covers: told apart from the others, with the ground, as after a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from yibao.engine import DuckEngine
from yibao.lawbook import Law
from yibao.lawbook.exemptions import exempted_at_once, findings_of
from yibao.lawbook.run import finding_id


@dataclass(frozen=True)
class Exempted:
    """A finding that nobody is reminded of: its law, its key, and the ground (a kind, or a kind and its row)."""

    law: Law
    finding_key: str
    ground: str


def set_aside(
    engine: DuckEngine, bodies: Sequence[tuple[Law, pa.Table]]
) -> tuple[list[tuple[Law, pa.Table]], list[Exempted]]:
    """Rows of bodies that stay, by law, and the findings that do not. The engine holds what placing them reads."""
    laws = [law for law, _ in bodies]
    grounds = exempted_at_once(engine, laws, *findings_of(bodies))
    kept, aside = [], []
    for law, body in bodies:
        ground = {key: grounds.get(finding_id(law, key)) for key in body["finding_key"].unique().to_pylist()}
        aside += [Exempted(law, key, why) for key, why in ground.items() if why is not None]
        left = body.filter(pa.array([ground[key] is None for key in body["finding_key"].to_pylist()], pa.bool_()))
        kept += [(law, left)] if left.num_rows else []
    return kept, aside
