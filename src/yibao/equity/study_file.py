"""The study file: data, gaps, neighbours, and the steps that are run over them, as YAML."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from yibao.equity.gaps import Method
from yibao.equity.indicators import Said


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VariableText(_Part):
    """A variable of the panel: column, names, unit, source, factor, and what it stands in for."""

    column: str = ""
    zh: str = ""
    en: str = ""
    unit: str = ""
    source: str = ""
    scale: float = 1.0
    proxy_for: Said | None = None


class YearbookText(_Part):
    """What a yearbook sheet does not say itself."""

    indicator: str | None = None
    year: int | None = None


class SimulateText(_Part):
    """A simulated panel of an indicator system, labelled so wherever it is shown."""

    system: str
    from_year: int = 2009
    years: int = Field(15, ge=2, le=60)
    seed: int = 1


class SimulatedTableText(_Part):
    """A simulated table of rows (see `yibao.equity.simulated_tables`), labelled so wherever it is shown."""

    kind: str
    rows: int = Field(4000, ge=100, le=1_000_000)
    seed: int = 1


class OnlyText(_Part):
    """Which regions (codes) and years are studied."""

    regions: list[str] | None = None
    without: list[str] | None = None
    years: list[int] | None = None


class PanelText(_Part):
    """One file of the panel; a study may name several, whose regions and years are joined."""

    file: str
    layout: Literal["tidy", "wide", "yearbook"] = "wide"
    sheet: str | None = None
    region: str = "region"
    year: str = "year"
    level: str = "province"
    names: dict[str, str] = Field(default_factory=dict)
    parent: str | None = None
    zones: dict[str, str] = Field(default_factory=dict)
    variables: dict[str, VariableText] = Field(default_factory=dict)
    yearbook: YearbookText | None = None
    source: str = ""


class ImputeText(_Part):
    """A rule for one variable; see `panel.RULES`."""

    variable: str
    method: Method
    most: int = Field(3, ge=1)
    zones: str = "zone4"
    value: float | None = None


class NeighboursText(_Part):
    """Neighbours: a file of borders (columns from and to), or the distance between coordinates in the panel's file."""

    kind: Literal["contiguity", "distance", "nearest"] = "contiguity"
    file: str | None = None
    from_column: str = "province_adcode"
    to_column: str = "neighbour_adcode"
    links: dict[str, list[str]] = Field(default_factory=dict)
    longitude: str = "lon"
    latitude: str = "lat"
    power: float = 1.0
    within_km: float | None = None
    k: int = 4


class DataText(_Part):
    """Where the numbers come from."""

    panels: list[PanelText] = Field(default_factory=list)
    simulate: SimulateText | None = None
    tables: dict[str, str] = Field(default_factory=dict)
    simulate_tables: dict[str, SimulatedTableText] = Field(default_factory=dict)
    only: OnlyText | None = None
    impute: list[ImputeText] = Field(default_factory=list)
    neighbours: NeighboursText | None = None
    note: Said | None = None


class PaperText(_Part):
    """The paper whose shape a study follows, and what cannot be compared with it."""

    citation: str
    doi: str = ""
    followed: Said
    not_comparable: list[Said] = Field(default_factory=list)


class StepText(BaseModel):
    """One step: its method, its own id (the method's name by default), a title, and the method's parameters."""

    model_config = ConfigDict(extra="allow", frozen=True)
    step: str
    id: str = ""
    title: Said | None = None

    @property
    def name(self) -> str:
        return self.id or self.step

    @property
    def parameters(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class StudyText(_Part):
    """A whole study file."""

    study: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Said
    question: Said
    paper: PaperText | None = None
    data: DataText
    indicators: str | None = None
    seed: int = 1
    steps: list[StepText] = Field(min_length=1)
    conclusions: list[Said] = Field(default_factory=list)

    @field_validator("steps")
    @classmethod
    def _named_once(cls, steps: list[StepText]) -> list[StepText]:
        names = [step.name for step in steps]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two steps are called {', '.join(twice)}: give each an id of its own")
        return steps
