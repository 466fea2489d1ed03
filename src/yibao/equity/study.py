"""Running a study file: data in, steps in order, results kept together with all that made them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from yibao.engine.yaml import read_yaml
from yibao.equity.context import StepParams, Study
from yibao.equity.errors import EquityError, StudyError
from yibao.equity.indicators import checked, load_indicators
from yibao.equity.inputs import read_inputs
from yibao.equity.panel import Panel, Variable, filled_words
from yibao.equity.results import StepResult, Words
from yibao.equity.simulated import LABEL
from yibao.equity.steps import step_function
from yibao.equity.study_file import StepText, StudyText
from yibao.errors import YibaoError

#: Called with a step's name, how many steps are done, and how many there are.
Progress = Callable[[str, float, float], None]


@dataclass(frozen=True)
class StepRun:
    """One step that was run: its text, its parameters with all defaults, what it gave, seconds."""

    text: StepText
    params: StepParams
    result: StepResult
    seconds: float


@dataclass(frozen=True)
class StudyResult:
    """A finished study: its text, the panel with every variable of the steps, the steps, and what was read.

    `labels` are what must stand on every page (simulated data, proxies); `files` SHA-256 by name; `text_hash` that of
    the study file.
    """

    text: StudyText
    panel: Panel | None
    steps: Sequence[StepRun]
    labels: Sequence[Words]
    files: dict[str, str]
    text_hash: str
    seconds: float

    def step(self, name: str) -> StepResult:
        """The result of a step by its id."""
        return next(run.result for run in self.steps if run.text.name == name)


def load_study(path: Path | str) -> StudyText:
    """Read and check a study file; raises StudyError with file, line and key."""
    where = Path(path)
    if not where.is_file():
        raise StudyError(
            "there is no such study file",
            where=str(path),
            mend="yibao equity run STUDY.yaml",
            zh="研究文件不存在",
            mend_zh="yibao equity run STUDY.yaml",
        )
    text: StudyText = checked(read_yaml(where.read_text(encoding="utf-8"), str(path)), StudyText, str(path))
    for step in text.steps:
        _params(step, str(path))
    return text


def run_study(path: Path | str, data: Path | str | None = None, progress: Progress | None = None) -> StudyResult:
    """Run a study file.

    Paths in it are read in `data`, by default the folder of the file. Steps run in order; variables that a step makes
    are there for later ones under `<id>` or `<id>_<part>`. Raises a YibaoError that names the step.
    """
    started = time.perf_counter()
    text = load_study(path)
    beside = Path(path).parent
    system = load_indicators(text.indicators, beside) if text.indicators else None
    inputs = read_inputs(text.data, Path(data) if data is not None else beside, system)
    simulated = text.data.simulate is not None or bool(text.data.simulate_tables)
    study = Study(inputs.panel, system, inputs.weights, inputs.tables, text.seed, simulated)
    runs = []
    for number, step in enumerate(text.steps):
        if progress is not None:
            progress(step.name, number, len(text.steps))
        runs.append(_run(study, step, str(path)))
    return StudyResult(
        text,
        study.panel,
        runs,
        _labels(study),
        inputs.files,
        hashlib.sha256(Path(path).read_bytes()).hexdigest(),
        time.perf_counter() - started,
    )


def _run(study: Study, step: StepText, where: str) -> StepRun:
    started = time.perf_counter()
    function, _ = step_function(step.step)
    params = _params(step, where)
    try:
        result = function(study, params)
    except YibaoError as error:
        at = f"{where}, step {step.name}"
        error.where = f"{at}: {error.where}" if error.where else at
        raise
    except (ValueError, FloatingPointError) as error:
        # Shared statistics know nothing of studies; what they refuse is refused here, with the step's name.
        raise EquityError(str(error), where=f"{where}, step {step.name}") from error
    _keep(study, step, result)
    return StepRun(step, params, result, time.perf_counter() - started)


def _keep(study: Study, step: StepText, result: StepResult) -> None:
    for variable, values in result.variables:
        if study.panel is not None:
            study.panel = study.panel.with_variable(replace(variable, id=step.name + variable.id), values)
    for key, kept in result.kept.items():
        study.kept[step.name + key] = kept


def _params(step: StepText, where: str) -> StepParams:
    _, kind = step_function(step.step)
    found: StepParams = checked(step.parameters, kind, f"{where}, step {step.name}")
    return found


def _labels(study: Study) -> list[Words]:
    labels: list[Words] = [LABEL] if study.simulated else []
    proxies: list[Variable] = [v for v in study.panel.variables.values() if v.proxy_for] if study.panel else []
    filled = filled_words(study.panel) if study.panel else []
    return labels + [(v.title("zh"), v.title("en")) for v in proxies] + filled


def parameters(run: StepRun) -> dict[str, Any]:
    """A step's parameters as they were used, defaults included."""
    return run.params.model_dump(mode="json")
