"""What a step of a study sees: the panel with the variables of earlier steps, neighbours, tables, the seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from yibao.equity.checks import Floats
from yibao.equity.errors import StudyError
from yibao.equity.indicators import IndicatorSystem
from yibao.equity.neighbours import SpatialWeights
from yibao.equity.panel import Panel, Variable


class StepParams(BaseModel):
    """Parameters of a step; every step has a model of its own that extends this."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


@dataclass
class Study:
    """The state of a run. Steps read it and return results; the runner writes what they return back into it."""

    panel: Panel | None
    system: IndicatorSystem | None
    weights: SpatialWeights | None
    tables: Mapping[str, pa.Table]
    seed: int
    simulated: bool = False
    kept: dict[str, Any] = field(default_factory=dict)

    def the_panel(self) -> Panel:
        if self.panel is None:
            raise StudyError(
                "this step needs a panel, and the study names none",
                mend="name `panels` under `data`",
                zh="本步骤需要面板数据，研究文件未给出",
                mend_zh="请在 data 下写 panels",
            )
        return self.panel

    def matrix(self, name: str) -> Floats:
        """(regions, years) of a variable or of an earlier step, without gaps."""
        return self.the_panel().complete(name)

    def variable(self, name: str) -> Variable:
        panel = self.the_panel()
        panel.matrix(name)
        return panel.variables[name]

    def years(self, wanted: list[int] | None) -> list[int]:
        """The years a step looks at: those it names, or all."""
        have = self.the_panel().years
        lacking = [str(year) for year in wanted or [] if year not in have]
        if lacking:
            raise StudyError(f"the panel has no year {', '.join(lacking)}", zh=f"面板中没有 {'、'.join(lacking)} 年")
        return list(wanted or have)

    def column(self, year: int) -> int:
        return self.the_panel().years.index(year)

    def neighbours(self) -> SpatialWeights:
        if self.weights is None:
            raise StudyError(
                "this step needs neighbours, and the study names none",
                mend="name `neighbours` under `data`",
                zh="本步骤需要邻接关系，研究文件未给出",
                mend_zh="请在 data 下写 neighbours",
            )
        return self.weights

    def table(self, name: str) -> pa.Table:
        """A table of rows (households, claims) that the study names under `data.tables`."""
        if name not in self.tables:
            raise StudyError(
                f"the study has no table {name!r}",
                mend=f"it has: {', '.join(self.tables) or 'none'}",
                zh=f"研究文件中没有表 {name}",
                mend_zh=f"现有：{'、'.join(self.tables) or '无'}",
            )
        return self.tables[name]

    def earlier(self, name: str, kind: type[Any]) -> Any:
        """An object that an earlier step kept under its id."""
        found = self.kept.get(name)
        if not isinstance(found, kind):
            raise StudyError(
                f"no earlier step {name!r} gives a {kind.__name__}",
                mend="put that step before this one",
                zh=f"前面没有给出该结果的步骤 {name}",
                mend_zh="请把该步骤放在本步骤之前",
            )
        return found
