"""Indicator systems: which indicators measure which system, in which direction, read from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from yibao.engine.yaml import read_yaml, schema_problems
from yibao.equity.errors import StudyError
from yibao.equity.scaling import Direction


class Said(BaseModel):
    """A text in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: str
    en: str

    def by(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    @property
    def words(self) -> tuple[str, str]:
        return self.zh, self.en


class Indicator(BaseModel):
    """One indicator: names, unit, direction (positive, negative, an interval [a, b]), bounds, proxy."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: str
    en: str
    unit: str = ""
    direction: str | tuple[float, float] = "positive"
    bounds: tuple[float, float] | None = None
    definition: Said | None = None
    proxy_for: Said | None = None
    source: str = ""

    @field_validator("direction")
    @classmethod
    def _known(cls, value: str | tuple[float, float]) -> str | tuple[float, float]:
        if isinstance(value, str) and value not in ("positive", "negative"):
            raise ValueError("a direction is positive, negative, or an interval [a, b]")
        return value


class SystemText(BaseModel):
    """One system: names and its indicators by id."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: str
    en: str
    indicators: dict[str, Indicator]


class SystemFile(BaseModel):
    """The file: id, title, source, systems by id."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    title: Said
    source: str = ""
    note: Said | None = None
    systems: dict[str, SystemText]


@dataclass(frozen=True)
class IndicatorSystem:
    """A system of indicators as methods use it: ids in order, with system and direction of each."""

    text: SystemFile

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(name for system in self.text.systems.values() for name in system.indicators)

    @property
    def of_system(self) -> Mapping[str, str]:
        return {name: key for key, system in self.text.systems.items() for name in system.indicators}

    @property
    def indicators(self) -> Mapping[str, Indicator]:
        return {name: i for system in self.text.systems.values() for name, i in system.indicators.items()}

    def direction(self, name: str) -> Direction:
        return self.indicators[name].direction  # type: ignore[return-value]


def shipped_systems() -> list[str]:
    """Names of the indicator systems that come with the package."""
    folder = resources.files("yibao.equity").joinpath("systems")
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def load_indicators(name: str | Path, beside: Path | None = None) -> IndicatorSystem:
    """An indicator system from a YAML file, or a shipped one by its name.

    A relative path is read beside `beside` (the study's folder). Raises StudyError with file, line and key; an
    indicator named in two systems is refused.
    """
    path = Path(name)
    if str(name) in shipped_systems():
        text = resources.files("yibao.equity").joinpath("systems", f"{name}.yaml").read_text(encoding="utf-8")
    else:
        path = path if path.is_absolute() or beside is None else beside / path
        if not path.is_file():
            raise StudyError(
                f"there is no indicator system {name}",
                mend=f"shipped: {', '.join(shipped_systems())}; or the path of a file",
                zh=f"没有指标体系 {name}",
                mend_zh=f"随包提供：{'、'.join(shipped_systems())}；或写文件路径",
            )
        text = path.read_text(encoding="utf-8")
    return IndicatorSystem(checked(read_yaml(text, str(path)), SystemFile, str(path)))


def checked(doc: Any, model: type[Any], where: str) -> Any:
    """A document as its schema types it; raises StudyError that lists what is wrong, by line."""
    try:
        found = model.model_validate(doc)
    except ValidationError as error:
        problems = [f"line {line}: {said}" if line else said for line, said in schema_problems(doc, error)]
        raise StudyError(
            "; ".join(problems),
            where=where,
            mend="see the how-to on study files",
            zh="；".join(problems),
            mend_zh="见研究文件的说明",
        ) from None
    if isinstance(found, SystemFile):
        names = [name for system in found.systems.values() for name in system.indicators]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise StudyError(
                f"named in two systems: {', '.join(twice)}", where=where, zh=f"重复的指标：{'、'.join(twice)}"
            )
    return found
