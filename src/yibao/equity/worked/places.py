"""Catchments, strata, grey forecasts, frontiers, and spatial models on public data."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from yibao.equity.access import enhanced_catchment, gaussian_catchment, three_step_catchment, two_step_catchment
from yibao.equity.autocorrelation import moran
from yibao.equity.efficiency import dea, super_efficiency
from yibao.equity.evaluation.spillover import spatial_two_stage
from yibao.equity.grey import grey_forecast
from yibao.equity.markov import markov_classes, spatial_transitions, transitions
from yibao.equity.productivity import malmquist
from yibao.equity.slacks_based import sbm, super_sbm
from yibao.equity.spatial_models import diagnose, spatial_regression
from yibao.equity.strata import geodetector
from yibao.equity.worked import Given, example, unnamed


@example("V10")
def _frontiers(given: Any) -> Given:
    x, y = given["X"], given["Y"]
    for returns, orientation in (
        ("ccr", "input"), ("bcc", "input"), ("nirs", "input"), ("ccr", "output"), ("bcc", "output"),
    ):  # fmt: skip
        found = dea(x, y, returns, orientation)  # type: ignore[arg-type]
        yield f"dea({returns}, {orientation})", {f"{returns}_{orientation}": found.score}
    yield "sbm", {"sbm_ccr": sbm(x, y).score}
    yield "sbm(bcc)", {"sbm_bcc": sbm(x, y, "bcc").score}
    yield "super_efficiency", {"super_ccr": super_efficiency(x, y).score}
    yield "super_sbm", {"super_sbm_of_efficient_units": super_sbm(x, y).score[2:5]}
    units, years = list("ABCDEF") * 2, [1] * 6 + [2] * 6
    yield "malmquist", {"malmquist": malmquist(units, years, [*x, *given["X2"]], [*y, *given["Y2"]]).productivity[0]}


@example("V11")
def _catchments(given: Any) -> Given:
    ways = {"two_step": two_step_catchment, "enhanced": enhanced_catchment, "gaussian": gaussian_catchment,
            "three_step": three_step_catchment}  # fmt: skip
    for name, way in ways.items():
        found = way(given["people"], given["supply"], given["minutes"], given["reach"])
        yield f"{name}_catchment", {name: found.access}


@example("V12")
def _forecast(given: Any) -> Given:
    found = grey_forecast(given["series"], 3)
    yield "grey_forecast", {
        "a": found.a, "b": found.b, "fitted": found.fitted, "forecast": found.forecast,
        "relative_error": found.relative_error, "variance_ratio": found.variance_ratio,
    }  # fmt: skip


@example("geodetector")
def _strata(given: Any) -> Given:
    yield "geodetector", {"q": geodetector(given["y"], given["strata"]).q}


@example("us_income", "libpysal")
def _states() -> Given:
    """Income of 48 states 1929-2009 and their borders, which PySAL ships."""
    import libpysal
    from libpysal import examples

    with Path(examples.get_path("usjoin.csv")).open(encoding="utf-8", newline="") as file:
        income = np.array([[float(row[str(year)]) for year in range(1929, 2010)] for row in csv.DictReader(file)])
    file = libpysal.io.open(examples.get_path("states48.gal"))
    borders = file.read()
    file.close()
    borders.transform = "o"
    plain = transitions(markov_classes(income, 5, cuts="yearly")[0])
    yield "transitions", {"N": plain.counts, "steady": plain.steady[0]}
    found = spatial_transitions(income / income.mean(axis=0), unnamed(borders.full()[0]), 5, lag_cuts="own")
    yield "spatial_transitions", {
        "spatial_T": [part.counts for part in found.by_lag], "LR": found.lr, "Q": found.q, "df": found.df,
    }  # fmt: skip


COLUMBUS = ("methods_inputs/columbus.csv", "methods_inputs/columbus_W.csv")
NAMES = ("(Intercept)", "INC", "HOVAL", "lag.INC", "lag.HOVAL")


def _columbus(folder: Path) -> tuple[Any, Any, Any]:
    """Crime, income and house values of 49 neighbourhoods (Anselin 1988), and who borders on whom."""
    with (folder / COLUMBUS[0]).open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    with (folder / COLUMBUS[1]).open(encoding="utf-8", newline="") as file:
        w = unnamed([[float(cell) for cell in row] for row in csv.reader(file)])
    x = np.array([[float(row["INC"]), float(row["HOVAL"])] for row in table])
    return np.array([float(row["CRIME"]) for row in table]), x, w


@example("columbus", *COLUMBUS)
def _columbus_moran(folder: Path) -> Given:
    y, _, w = _columbus(folder)
    found = moran(y, w)
    yield "moran", {"moran": {"I": found.i, "E": found.expected, "V": found.variance_normal, "z": found.z_normal}}
    yield "moran", {"moran_rand": {"V": found.variance_randomised, "z": found.z_randomised}}


@example("columbus", *COLUMBUS, relative=1e-8)
def _columbus_tests(folder: Path) -> Given:
    y, x, w = _columbus(folder)
    names = {"LM lag": "LMlag", "LM error": "LMerr", "robust LM lag": "RLMlag", "robust LM error": "RLMerr"}
    tests = diagnose(y, x, w)
    yield (
        "diagnose",
        {"LM": {name: [tests[ours].statistic, tests[ours].p] for ours, name in {**names, "SARMA": "SARMA"}.items()}},
    )
    table = {"crime": y, "INC": x[:, 0], "HOVAL": x[:, 1], "place": w.ids, "year": np.full(len(y), 1980)}
    lag = spatial_two_stage(table, "crime", ["INC", "HOVAL"], "place", "year", w.matrix, w.ids, effects="none")
    slopes = {"(Intercept)" if name == "(constant)" else name: one.value for name, one in lag.coefficients.items()}
    yield "spatial_two_stage", {"gs2sls": {"rho": lag.rho.value, "coef": slopes}}


@example("columbus", *COLUMBUS, relative=1e-5)
def _columbus_likelihood(folder: Path) -> Given:
    y, x, w = _columbus(folder)
    for kind, parameter in (("sar", "rho"), ("sem", "lambda"), ("sdm", "rho")):
        model = spatial_regression(y, x, w, kind)  # type: ignore[arg-type]
        said: dict[str, Any] = {parameter: model.parameter, "LL": model.log_likelihood}
        said["coef"] = dict(zip(NAMES, model.coefficients[:-1], strict=False))
        if model.effects is not None:
            parts = (model.effects.direct, model.effects.indirect, model.effects.total)
            said["imp"] = dict(zip("dit", parts, strict=True))
        yield f"spatial_regression({kind})", {kind: said}
