"""Spatial statistics against R, PySAL and published tables."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from packaged_tables import packaged
from unnamed import weights

from yibao.equity import (
    SpatialWeights,
    diagnose,
    hausman,
    local_moran,
    markov_classes,
    moran,
    spatial_panel,
    spatial_regression,
    spatial_transitions,
    transitions,
)

pytest.importorskip("spreg")
pytest.importorskip("esda")
pytest.importorskip("giddy")


@pytest.fixture(scope="module")
def columbus(rows, data):
    table = rows("columbus")
    with data("columbus_W").open(encoding="utf-8", newline="") as file:
        w = weights([[float(cell) for cell in row] for row in csv.reader(file)])
    y = np.array([float(r["CRIME"]) for r in table])
    return y, np.array([[float(r["INC"]), float(r["HOVAL"])] for r in table]), w


def test_v09_moran_and_lisa(vectors) -> None:
    given, expected = vectors["V09"]["input"], vectors["V09"]["expected"]
    y, w = np.array(given["Y"])[:, -1], weights(given["W"])
    found = moran(y, w)
    assert found.i == pytest.approx(expected["moran"], rel=1e-9)
    assert found.z_normal == pytest.approx(expected["z_norm"], rel=1e-9)
    assert found.z_randomised == pytest.approx(expected["z_rand"], rel=1e-9)
    local = local_moran(y, w)
    np.testing.assert_allclose(local.i, expected["local"], rtol=1e-9)
    assert local.i.mean() == pytest.approx(found.i)
    assert local_moran(y, w, seed=7).p.tolist() == local_moran(y, w, seed=7).p.tolist()


def test_v09_markov(vectors) -> None:
    y, expected = np.array(vectors["V09"]["input"]["Y"]), vectors["V09"]["expected"]
    classes, cuts = markov_classes(y, len(expected["cuts"]) + 1)
    np.testing.assert_allclose(cuts, expected["cuts"], rtol=1e-9)
    found = transitions(classes)
    assert found.counts.tolist() == expected["N"]
    np.testing.assert_allclose(found.rates, expected["P"], rtol=1e-9)


def test_columbus_moran_and_tests_of_form(vectors, columbus) -> None:
    y, x, w = columbus
    expected = vectors["columbus"]
    found = moran(y, w)
    assert found.i == pytest.approx(expected["moran"]["I"], rel=1e-9)
    assert found.variance_normal == pytest.approx(expected["moran"]["V"], rel=1e-9)
    assert found.variance_randomised == pytest.approx(expected["moran_rand"]["V"], rel=1e-9)
    tests = diagnose(y, x, w)
    names = {
        "LM lag": "LMlag",
        "LM error": "LMerr",
        "robust LM lag": "RLMlag",
        "robust LM error": "RLMerr",
        "SARMA": "SARMA",
    }
    for ours, theirs in names.items():
        assert [tests[ours].statistic, tests[ours].p] == pytest.approx(expected["LM"][theirs], rel=1e-8)


@pytest.mark.parametrize("kind", ["sar", "sem", "sdm"])
def test_columbus_by_maximum_likelihood(vectors, columbus, kind: str) -> None:
    y, x, w = columbus
    expected = vectors["columbus"][kind]
    found = spatial_regression(y, x, w, kind)
    assert found.parameter == pytest.approx(expected["lambda" if kind == "sem" else "rho"], abs=1e-6)
    assert found.log_likelihood == pytest.approx(expected["LL"], abs=1e-6)
    coefficients = list(expected["coef"].values())
    np.testing.assert_allclose(found.coefficients[:-1], coefficients, rtol=2e-6)
    if kind == "sem":
        assert found.effects is None
        return
    for part, key in (("direct", "d"), ("indirect", "i"), ("total", "t")):
        np.testing.assert_allclose(getattr(found.effects, part), np.ravel(expected["imp"][key]), rtol=1e-5)


def test_effects_of_the_durbin_model_are_not_the_librarys(columbus) -> None:
    """-1.0239, as in spatialreg; a library that counts all of WX as indirect says -0.9612."""
    y, x, w = columbus
    assert spatial_regression(y, x, w, "sdm").effects.direct[0] == pytest.approx(-1.0239, abs=5e-5)


@pytest.fixture(scope="module")
def states():
    """Income of 48 states 1929-2009 and their borders, which PySAL ships."""
    examples = pytest.importorskip("libpysal.examples")
    libpysal = pytest.importorskip("libpysal")
    with open(examples.get_path("usjoin.csv"), encoding="utf-8", newline="") as file:  # noqa: PTH123 - a path of theirs
        table = list(csv.DictReader(file))
    income = np.array([[float(row[str(year)]) for year in range(1929, 2010)] for row in table])
    file = libpysal.io.open(examples.get_path("states48.gal"))
    borders = file.read()
    file.close()
    borders.transform = "o"
    return [row["Name"] for row in table], income, borders.full()[0]


def test_us_income_chains(vectors, states) -> None:
    names, income, borders = states
    expected = vectors["us_income"]
    plain = transitions(markov_classes(income, 5, cuts="yearly")[0])
    assert plain.counts.tolist() == expected["N"]
    np.testing.assert_allclose(plain.steady[0], expected["steady"], rtol=1e-9)
    w = SpatialWeights(tuple(names), borders, ("邻接", "shared borders"), False)
    found = spatial_transitions(income / income.mean(axis=0), w, 5, lag_cuts="own")
    assert [part.counts.tolist() for part in found.by_lag] == expected["spatial_T"]
    assert (found.lr, found.q, found.df) == (
        pytest.approx(expected["LR"]),
        pytest.approx(expected["Q"]),
        expected["df"],
    )


def test_produc_panel_of_millo_and_piras(states) -> None:
    """Published: JSS 47(1) 2012, fixed effects, error model; the lag model's ρ agrees with spreg's."""
    names, _, borders = states
    produc = packaged("Produc", "plm")
    row = {key: at for at, key in enumerate(zip(produc["state"], produc["year"].astype(int), strict=True))}
    # The data set writes TENNESSE.
    codes = [name.upper().replace(" ", "_").replace("TENNESSEE", "TENNESSE") for name in names]

    def column(name: str) -> np.ndarray:
        return np.array([[float(produc[name][row[code, year]]) for year in range(1970, 1987)] for code in codes])

    y = np.log(column("gsp"))
    x = np.stack([np.log(column(n)) for n in ("pcap", "pc", "emp")] + [column("unemp")], axis=2)
    w = SpatialWeights(tuple(codes), borders, ("邻接", "shared borders"), False)
    error = spatial_panel(y, x, w, "sem", effects="region")
    assert error.parameter == pytest.approx(0.5574013, abs=5e-8)
    np.testing.assert_allclose(error.coefficients[:-1], [0.0051438, 0.2053026, 0.7822540, -0.0022317], atol=5e-8)
    lag = spatial_panel(y, x, w, "sar", effects="region")
    assert lag.parameter == pytest.approx(0.27468872, abs=5e-8)
    assert hausman(y, x).statistic == pytest.approx(9.5254, abs=5e-5), "Baltagi, Econometric analysis of panel data"
