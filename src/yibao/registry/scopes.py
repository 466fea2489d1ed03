"""Row scope: the one predicate that says which rows an actor may see and touch.

A grant reaches a region with all below it, an institution, or a person. :class:`Reach` is asked both ways: whether one
row is within it, and as a condition of SQL for lists of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, false, or_


@dataclass(frozen=True)
class Place:
    """Where a row lies: its region, its institution, its person; None where it has none."""

    region: str | None = None
    institution: str | None = None
    person: str | None = None


@dataclass(frozen=True)
class Reach:
    """What the grants of an actor reach together."""

    regions: frozenset[str]
    institutions: frozenset[str]
    persons: frozenset[str]

    def covers(self, place: Place) -> bool:
        return (
            (place.region is not None and place.region in self.regions)
            or (place.institution is not None and place.institution in self.institutions)
            or (place.person is not None and place.person in self.persons)
        )

    def where(self, table: Table) -> ColumnElement[bool]:
        """The same as a condition on the table's columns `region_code`, `institution_id` and `person_id`."""
        named = (("region_code", self.regions), ("institution_id", self.institutions), ("person_id", self.persons))
        return or_(false(), *(table.c[name].in_(sorted(ids)) for name, ids in named if name in table.c and ids))


def reach(grants: Iterable[Mapping[str, Any]], children: Mapping[str, list[str]]) -> Reach:
    """The reach of grants in a region tree, given as children by parent."""
    found: dict[str, set[str]] = {"region": set(), "institution": set(), "person": set()}
    for grant in grants:
        found[grant["scope_kind"]].add(grant["scope"])
    open_, regions = list(found["region"]), set(found["region"])
    while open_:
        below = [code for code in children.get(open_.pop(), []) if code not in regions]
        regions.update(below)
        open_ += below
    return Reach(frozenset(regions), frozenset(found["institution"]), frozenset(found["person"]))
