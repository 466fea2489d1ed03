"""A grouping pack: the rules of one grouping scheme in one version, and the code lists that they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from yibao.casemix.pack.conditions import Condition


@dataclass(frozen=True)
class Ambiguity:
    """When a case of an MDC is ambiguous (歧义病案): tested before ``before_adrg``, or after the last ADRG (None)."""

    condition: Condition
    before_adrg: str | None
    result: str


@dataclass(frozen=True)
class Mdc:
    """A major diagnostic category (主要诊断大类); ``adrgs`` in the order in which they are tried."""

    code: str
    order: int
    entry: Condition
    adrgs: tuple[str, ...]
    ambiguous: Ambiguity | None = None
    name: str = ""


@dataclass(frozen=True)
class Adrg:
    """A base group (核心组); ``drgs`` in the order in which they are tried."""

    code: str
    mdc: str
    order: int
    kind: str
    entry: Condition
    drgs: tuple[str, ...]
    name: str = ""
    shadowed_by: str = ""


@dataclass(frozen=True)
class Drg:
    """A group with its split condition inside its ADRG."""

    code: str
    adrg: str
    order: int
    when: Condition
    name: str = ""
    shadowed_by: str = ""


@dataclass(frozen=True)
class Modes:
    """What happens where no rule of a step holds; see the pack format."""

    no_drg: Literal["stop_at_adrg", "try_next_adrg"] = "stop_at_adrg"
    nothing: Literal["ungroupable", "retry_with_each_other_procedure_alone"] = "ungroupable"


@dataclass(frozen=True)
class Head:
    """What a pack is: the key of its results is (system, version, region). ``effective`` is half-open."""

    id: str
    system: str
    version: str
    region: str
    source: str = ""
    licence: str = ""
    effective_from: date | None = None
    effective_to: date | None = None
    known_gaps: tuple[str, ...] = ()


@dataclass(frozen=True)
class CodeNote:
    """Something in the pack's own tables that is not as it should be, found while reading: code and place."""

    code: str
    where: str
    value: str


@dataclass(frozen=True)
class Pack:
    """Rules and lists, keyed by code. Lists are diagnosis or procedure codes, as the rules that name them ask.

    ``complications`` is code -> (level, exclusion table or None), ``exclusions`` principal code -> its tables (one in
    most schemes).
    """

    head: Head
    modes: Modes
    mdcs: tuple[Mdc, ...]
    adrgs: Mapping[str, Adrg]
    drgs: Mapping[str, Drg]
    lists: Mapping[str, Sequence[str]]
    complications: Mapping[str, tuple[str, str | None]]
    exclusions: Mapping[str, tuple[str, ...]]
    valid_procedures: Mapping[str, str]
    empty_lists: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[CodeNote, ...] = ()

    def rules(self) -> Iterator[tuple[str, str, Condition]]:
        """Every condition with the kind and code of what it belongs to (``mdc``, ``ambiguous``, ``adrg``, ``drg``)."""
        for mdc in self.mdcs:
            yield "mdc", mdc.code, mdc.entry
            if mdc.ambiguous:
                yield "ambiguous", mdc.code, mdc.ambiguous.condition
        for adrg in self.adrgs.values():
            yield "adrg", adrg.code, adrg.entry
        for drg in self.drgs.values():
            yield "drg", drg.code, drg.when

    def name(self, code: str) -> str:
        """The name of a group, empty where none is known."""
        return self.names.get(code, "")

    @property
    def title(self) -> str:
        """How people call the pack: system, version, region."""
        return " ".join(part for part in (self.head.system, self.head.version, self.head.region) if part)
