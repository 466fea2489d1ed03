"""Rooms as a graph over tables: a room reads tables and writes tables, and the order of a run follows from that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from yibao.runs.manifest import RunError


@dataclass(frozen=True)
class Room:
    """A capability in the plan: the result tables its laws write, and those it reads."""

    name: str
    writes: tuple[str, ...]
    reads: tuple[str, ...] = ()


ROOMS: Mapping[str, Room] = {
    room.name: room
    for room in (
        Room("quality", ("quality_issue", "indicator_value")),
        Room("casemix", ("case_group", "casemix_index")),
        Room("supervision", ("finding", "finding_ref", "indicator_value", "money_attribution"), reads=("case_group",)),
    )
}


def plan(only: Sequence[str] = (), *, grouped: bool = True) -> list[Room]:
    """Rooms in an order in which every table is written before it is read.

    Stays have groups only when a pack says how (`grouped`): without one the room casemix is left out, and refused
    where ``only`` names it.
    """
    unknown = [name for name in only if name not in ROOMS]
    if unknown:
        known = ", ".join(ROOMS)
        raise RunError(
            f"there is no room {unknown[0]!r}",
            mend=f"known: {known}",
            zh=f"没有 {unknown[0]!r}",
            mend_zh=f"可用：{known}",
        )
    if "casemix" in only and not grouped:
        raise RunError(
            "the room casemix needs a grouping pack", mend="name its folder: --pack DIR",
            zh="casemix 需要分组方案包", mend_zh="请指明目录：--pack 目录",
        )  # fmt: skip
    chosen = [room for room in ROOMS.values() if room.name in only or not only]
    chosen = [room for room in chosen if grouped or room.name != "casemix"]
    writer = {table: room.name for room in chosen for table in room.writes}
    graph = {room.name: {writer[t] for t in room.reads if t in writer} for room in chosen}
    return [ROOMS[name] for name in TopologicalSorter(graph).static_order()]
