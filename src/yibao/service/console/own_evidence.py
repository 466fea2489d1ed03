"""The evidence of a clue as the institution sees it that the clue is about: its own rows and stays, nobody else's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from yibao.presentation.fmt import Lang
from yibao.service.console.audit import drawings
from yibao.service.console.audit.evidence import Case, Party, Row
from yibao.service.console.audit.facts import KeptRows
from yibao.service.console.audit.showing import side_by_side
from yibao.service.console.drawing import Drawn
from yibao.service.console.hospital.estimate import tells_nobody
from yibao.service.state import Service

#: Persons whose encounters are laid side by side.
BESIDE = 8


class OwnCase(Case):
    """A clue with the evidence of its own institution; rows and encounters of others are left out."""

    def __init__(self, service: Service, clue: Row, lang: Lang) -> None:
        super().__init__(service, clue, lang)
        self.rows = KeptRows(service, {key: row for key, row in self.facts.rows.items() if self._ours(row)})

    def _ours(self, row: Row) -> bool:
        """Rows of no institution (such as a price) are not foreign; those of an encounter are where it was."""
        visit = self.facts.encounters.get(row.get("encounter_id") or "", {})
        place = row.get("institution_id") or visit.get("institution_id")
        return place in (None, self.clue["institution_id"])

    @cached_property
    def encounters(self) -> dict[str, list[Row]]:
        """The own encounters that each finding points at, in order of time."""
        own = self.clue["institution_id"]
        return {
            finding: [row for row in rows if row["institution_id"] == own]
            for finding, rows in super().encounters.items()
        }


@dataclass(frozen=True)
class Evidence:
    """``timeline`` by person; ``beside``: encounters of a person side by side; ``peers``: two shapes among peers."""

    timeline: Drawn | None
    beside: Sequence[tuple[Party, Mapping[str, Any]]]
    peers: Sequence[Drawn]

    @property
    def figures(self) -> list[Drawn]:
        return [*([self.timeline] if self.timeline is not None else []), *self.peers]


def evidence(service: Service, clue: Row, lang: Lang) -> Evidence:
    """What may be drawn of a clue for its institution. ``clue`` is what the registry shows of it."""
    case = OwnCase(service, clue, lang)
    beside = [(party, side) for party in case.parties if (side := side_by_side(case, party)) is not None]
    return Evidence(drawings.timeline(case), beside[:BESIDE], drawings.against_peers(case) if _many(case) else [])


def _many(case: Case) -> bool:
    """Whether the peers' shape tells of no single one of them."""
    peers = drawings.peers_of(case.service, case.clue["institution_id"])
    sizes = dict.fromkeys(peers, 0)
    for row in case.service.figures.rows("shape", institution_id=set(peers)):
        sizes[row["institution_id"]] += row["number"]
    return bool(sizes) and tells_nobody(list(sizes.values()))
