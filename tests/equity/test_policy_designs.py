"""Matching, instruments, choice models, mediation, thresholds, spillovers: published and agreed examples."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from unnamed import weights

from yibao.equity.errors import MethodError
from yibao.equity.evaluation.choice import logit, ordered_logit
from yibao.equity.evaluation.instruments import instrumental_variables
from yibao.equity.evaluation.matching import matched_difference_in_differences, propensity_matching
from yibao.equity.evaluation.mediation import mediation
from yibao.equity.evaluation.modification import effect_modification
from yibao.equity.evaluation.spillover import spatial_two_stage
from yibao.equity.evaluation.threshold import panel_threshold
from yibao.equity.evaluation.within import within_two_way

Columns = dict[str, np.ndarray]
OWN = ["age", "sex", "income"]


def _read(path: Path) -> Columns:
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


@pytest.fixture(scope="module")
def toy(real_data: Path) -> Columns:
    return _read(real_data / "methods_inputs/psm_toy.csv")


@pytest.mark.parametrize(
    ("rule", "caliper", "effect", "matched"),
    [
        ("nearest", None, 0.6634119999999997, 25),
        ("nearest_with_replacement", None, 0.5619759999999998, 25),
        ("nearest_with_replacement", 0.2, 0.5327136363636367, 22),
        ("ipw", None, 0.55678349842056, 25),
        ("kernel", None, 0.5420281034005661, 23),
    ],
)
def test_toy_sample(toy: Columns, rule: str, caliper: float | None, effect: float, matched: int) -> None:
    found = propensity_matching(toy, "y", "tr", ["x1", "x2"], rule=rule, caliper=caliper, draws=20)
    assert found.att.value == pytest.approx(effect, rel=1e-6)
    assert (found.treated, found.matched, found.dropped) == (25, matched, 25 - matched)
    assert 0.05 < found.att.standard_error < 0.4
    assert ("unmatched" in [note.code for note in found.notes]) == (matched < 25)


def test_every_thirteenth_patient(doctor_aus: Columns) -> None:
    """400 rows of DoctorAUS, 87 with free care: scores, weighting and kernel as agreed by two programs."""
    rows = {name: column[::13] for name, column in doctor_aus.items()}
    names = [*OWN, "illness", "chronic"]
    weighted = propensity_matching(rows, "doctorco", "free", names, rule="ipw", draws=5)
    assert weighted.att.value == pytest.approx(0.0356759734022, rel=1e-6)
    means = [weighted.scores[rows["free"] == group].mean() for group in (1, 0)]
    assert means == pytest.approx([0.5664948360496, 0.1204950456009], rel=1e-6)
    kernel = propensity_matching(rows, "doctorco", "free", names, rule="kernel", draws=5)
    assert kernel.att.value == pytest.approx(-0.08147497740573, rel=1e-6) and kernel.dropped == 0
    pairs = propensity_matching(rows, "doctorco", "free", names, rule="nearest")
    assert 2 * pairs.matched == 174


def test_order_of_rows_does_not_matter_with_ties_averaged(toy: Columns) -> None:
    twice = {name: np.concatenate([column, column]) for name, column in toy.items()}
    order = np.random.default_rng(2).permutation(120)
    here = propensity_matching(twice, "y", "tr", ["x1", "x2"])
    there = propensity_matching({name: column[order] for name, column in twice.items()}, "y", "tr", ["x1", "x2"])
    assert there.att == pytest.approx(here.att, rel=1e-6)
    assert here.att.value == pytest.approx(0.5619759999999998, rel=1e-6)


def test_balance_gets_better(toy: Columns) -> None:
    found = propensity_matching(toy, "y", "tr", ["x1", "x2"], caliper=0.2)
    assert all(abs(after) < abs(before) for before, after in found.balance.values())


def test_nobody_comparable_is_refused() -> None:
    x = np.arange(20.0)
    with pytest.raises(MethodError, match="comparable"):
        propensity_matching({"y": x, "d": (x > 9).astype(float), "x": x}, "y", "d", ["x"])
    with pytest.raises(MethodError, match="same for all"):
        propensity_matching({"y": x, "d": np.ones(20), "x": x}, "y", "d", ["x"])


def test_matched_difference_in_differences(mpdta: Columns) -> None:
    fit, found = matched_difference_in_differences(
        mpdta, "lemp", "countyreal", "year", "first", ["lpop"], 2003, caliper=None
    )
    assert fit.estimates["treated"].value == pytest.approx(-0.04, abs=0.03)
    assert found.matched == 191 and "weights_given" in [note.code for note in fit.notes]
    with pytest.raises(MethodError, match="not before"):
        matched_difference_in_differences(mpdta, "lemp", "countyreal", "year", "first", ["lpop"], 2004)


def test_demand_for_cigarettes(real_data: Path) -> None:
    """CigarettesSW: price -1.277 (0.242), Sargan 0.333, first stage 244.7 as AER prints them."""
    found = instrumental_variables(_read(real_data / "methods_inputs/cigsw.csv"), "lp", "rp", ["tdiff", "tx"], ["ri"])
    price = found.estimates["rp"]
    assert (price.value, price.standard_error) == pytest.approx((-1.277424133427, 0.2416838436473), rel=1e-8)
    assert found.estimates["constant"].value == pytest.approx(9.894955541155)
    assert found.estimates["ri"].standard_error == pytest.approx(0.2458275998662)
    assert found.sargan == pytest.approx((0.3326221419365, 0.5641191400176))
    assert found.wu_hausman == pytest.approx((3.067816272944, 0.08682504624131))
    assert found.first_stage_f["rp"] == pytest.approx(244.733753555916)
    [(low, high)] = found.anderson_rubin or ()
    assert low < price.value < high and found.effective_f is not None and found.effective_f > 10


def test_weak_instruments_are_told_and_the_interval_opens() -> None:
    random = np.random.default_rng(1)
    z, u = random.normal(size=200), random.normal(size=200)
    x = 0.02 * z + u + random.normal(size=200)
    found = instrumental_variables({"y": x + u, "x": x, "z": z}, "y", "x", ["z"])
    assert "weak" in [note.code for note in found.notes] and found.sargan is None
    assert found.anderson_rubin is not None and any(np.isinf(end) for one in found.anderson_rubin for end in one)
    with pytest.raises(MethodError, match="fewer"):
        instrumental_variables({"y": x, "x": x, "z": z}, "y", ["x", "u"], ["z"])


def test_effect_of_free_care_by_chronic_illness(doctor_aus: Columns) -> None:
    """Okechukwu's design on DoctorAUS: every reading of one interaction."""
    found = effect_modification(doctor_aus, "visited", "free", "chronic", OWN)
    assert found.by_stratum["0"] == pytest.approx((1.034857770185, 0.7077864484605, 1.513070230211), rel=1e-5)
    assert found.by_stratum["1"] == pytest.approx((1.480544453537, 1.193755146835, 1.836232400514), rel=1e-5)
    assert found.against_neither["11"] == pytest.approx((2.432018225748, 1.897833049105, 3.116561097489), rel=1e-5)
    assert found.against_neither["01"] == pytest.approx((1.642651269226, 1.382571789775, 1.951655033211), rel=1e-5)
    assert found.ratio_of_ratios == pytest.approx((1.430674336312, 0.968025697866, 2.114436694288), rel=1e-5)
    assert (found.likelihood_ratio, found.p) == pytest.approx((3.332206432336, 0.06793568039847), rel=1e-7)
    assert (found.reri.value, found.reri.standard_error) == pytest.approx((0.7545091863366, 0.2733718347553), rel=1e-6)
    assert found.attributable_proportion.value == pytest.approx(0.3102399391372)
    assert found.synergy is not None and found.synergy.value == pytest.approx(2.113651837018)
    assert list(found.risks.values()) == pytest.approx(
        [0.148237716529, 0.1525778674394, 0.2214585774052, 0.2952964120488]
    )
    assert found.area_under_curve == pytest.approx(0.6455327448158)
    assert found.average_effect == pytest.approx(0.04185008603807)
    # Odds ratios are not risk ratios: 29.5 % over 22.1 % is 1.33, not 1.48.
    assert found.risk_ratios["1"] == pytest.approx(0.2952964120488 / 0.2214585774052, rel=1e-6)
    assert sum(sum(counts) for counts in found.counts.values()) == 5190


def test_separated_outcomes_are_penalised_and_told() -> None:
    x = np.array([0, 0, 0, 0, 1, 1, 1, 1], dtype=float)
    found = logit({"y": x, "x": x}, "y", ["x"])
    assert found.penalised and [note.code for note in found.notes] == ["separation"]
    # Firth's penalty adds half a case to each cell of a saturated table: ln(4.5/0.5) twice.
    assert found.estimates["x"].value == pytest.approx(2 * np.log(9), rel=1e-6)
    assert np.isfinite(found.estimates["x"].standard_error)
    plain = logit({"y": [0, 1, 0, 1, 1, 0, 1, 1], "x": x}, "y", ["x"])
    assert not plain.penalised and plain.estimates["x"].value == pytest.approx(np.log(3))


def test_no_synergy_where_effects_alone_add_up_to_none(doctor_aus: Columns) -> None:
    found = effect_modification({**doctor_aus, "spared": 1 - doctor_aus["chronic"]}, "visited", "free", "spared", OWN)
    assert found.synergy is None and "no_synergy" in [note.code for note in found.notes]


def test_ordered_illness(doctor_aus: Columns) -> None:
    """Dong's design on DoctorAUS: coefficients, thresholds and likelihood of R's polr to 1e-5; Brant's test."""
    found = ordered_logit(doctor_aus, "illness", ["free", *OWN])
    values = [one.value for one in found.estimates.values()]
    assert values == pytest.approx([0.427692, 0.812408, 0.275850, -0.296470], abs=1e-5)
    errors = [one.standard_error for one in found.estimates.values()]
    assert errors == pytest.approx([0.08171195731068, 0.1569734965002, 0.05324448177032, 0.07551825680096], rel=1e-4)
    zeta = [-0.5047483883065, 0.8626238807269, 1.800111322249, 2.672371946177, 3.515670031145]
    assert [one.value for one in found.thresholds.values()] == pytest.approx(zeta, abs=1e-5)
    assert found.thresholds["0|1"].standard_error == pytest.approx(0.08303786366165, rel=1e-4)
    assert found.log_likelihood == pytest.approx(-7992.28057066304, abs=1e-5)
    assert (
        found.brant is not None
        and found.brant["all"][1] == 16
        and found.brant["age"][2] < 0.001 < found.brant["sex"][2]
    )


def test_brant_does_not_object_to_proportional_odds() -> None:
    random = np.random.default_rng(11)
    x = random.normal(size=3000)
    level = np.searchsorted([-1, 0.5], 0.8 * x + random.logistic(size=3000)).astype(float)
    found = ordered_logit({"y": level, "x": x}, "y", ["x"])
    assert found.estimates["x"].value == pytest.approx(0.8, abs=0.1)
    assert found.brant is not None and found.brant["all"][2] > 0.01
    with pytest.raises(MethodError, match="three"):
        ordered_logit({"y": (x > 0).astype(float), "x": x}, "y", ["x"])


def test_mediation_through_health(doctor_aus: Columns) -> None:
    found = mediation(doctor_aus, "doctorco", "free", "hscore", OWN, draws=60)
    assert found.total.value == pytest.approx(0.06697410678896)
    assert found.direct.value == pytest.approx(0.04419775954909)
    assert (found.first.value, found.second.value) == pytest.approx((0.3247429927244, 0.07013653181175), rel=1e-9)
    assert found.indirect == pytest.approx(0.02277634723986)
    assert found.direct.value + found.indirect == pytest.approx(found.total.value, rel=1e-12)
    assert found.sobel.standard_error == pytest.approx(0.006876241135247)
    assert found.sobel.statistic == pytest.approx(3.312325264906)
    assert found.proportion == pytest.approx(0.3400769092992)
    assert found.percentile[0] < found.indirect < found.percentile[1]


def test_mediation_of_a_yes_or_no_is_on_one_scale(doctor_aus: Columns) -> None:
    """The naive total lies below the one on the same scale; direct and indirect add up on it."""
    found = mediation(doctor_aus, "visited", "free", "hscore", OWN, binary=True, draws=20)
    naive = logit(doctor_aus, "visited", ["free", *OWN]).estimates["free"].value
    assert found.method == "logit, KHB" and found.total.value == pytest.approx(found.direct.value + found.indirect)
    assert found.total.value != pytest.approx(naive, rel=1e-3)


def test_mediation_by_clusters_and_suppression() -> None:
    random = np.random.default_rng(6)
    d, group = random.normal(size=300), np.repeat(np.arange(30), 10)
    m = -d + random.normal(size=300)
    found = mediation(
        {"y": 2 * d + m + random.normal(size=300), "d": d, "m": m, "g": group}, "y", "d", "m", cluster="g", draws=50
    )
    assert found.indirect < 0 < found.total.value and found.proportion is None
    assert "suppression" in [note.code for note in found.notes]
    with pytest.raises(MethodError, match="m: is a linear function"):
        mediation({"y": m, "d": d, "m": 2 * d}, "y", "d", "m")


@pytest.fixture(scope="module")
def threshold_panel(real_data: Path) -> Columns:
    return _read(real_data / "methods_inputs/threshold_panel.csv")


def test_panel_threshold(threshold_panel: Columns) -> None:
    found = panel_threshold(threshold_panel, "y", "x", "q", "id", "t", controls=["z"], draws=50)
    one = found.thresholds[0]
    assert (one.value, one.low, one.high) == (3.978, 3.889, 4.16)
    assert one.f == pytest.approx(385.95955814747833) and one.p == 0
    assert found.squares == pytest.approx(41.28990264877711) and found.squares_none == pytest.approx(120.97106556014916)
    assert [regime.value for regime in found.regimes] == pytest.approx([0.513397967677517, 1.8230951841964038])
    assert found.controls["z"].value == pytest.approx(0.31214716975350876)
    assert found.variance == pytest.approx(0.20644951324388555) and sum(found.rows_by_regime) == 240


def test_a_threshold_that_is_not_there_is_not_found(threshold_panel: Columns) -> None:
    flat = {**threshold_panel, "q": np.random.default_rng(0).permutation(threshold_panel["q"])}
    found = panel_threshold(flat, "y", "x", "q", "id", "t", controls=["z"], draws=60)
    assert found.thresholds[0].p > 0.05
    two = panel_threshold(threshold_panel, "y", "x", "q", "id", "t", controls=["z"], thresholds=2, draws=60)
    assert len(two.regimes) == 3 and two.thresholds[1].f < two.thresholds[0].f / 10
    assert min(two.rows_by_regime) >= 0.05 * 240 - 1


def test_an_unbalanced_threshold_panel_is_refused(threshold_panel: Columns) -> None:
    with pytest.raises(MethodError, match="not balanced"):
        panel_threshold({name: column[1:] for name, column in threshold_panel.items()}, "y", "x", "q", "id", "t")


@pytest.fixture(scope="module")
def columbus(real_data: Path) -> tuple[Columns, np.ndarray]:
    table = _read(real_data / "methods_inputs/columbus.csv")
    table |= {"place": np.array([f"{i:02d}" for i in range(49)]), "year": np.full(49, 1980.0)}
    return table, np.loadtxt(real_data / "methods_inputs/columbus_W.csv", delimiter=",")


def test_spatial_two_stage_on_one_year(columbus: tuple[Columns, np.ndarray]) -> None:
    """Columbus crime: spatialreg's stsls with W and W² of the regressors as instruments; errors as spreg has them."""
    table, w = columbus
    found = spatial_two_stage(
        table, "CRIME", ["INC", "HOVAL"], "place", "year", w, table["place"].tolist(), effects="none"
    )
    assert found.rho.value == pytest.approx(0.4545669490458, rel=1e-8)
    assert found.coefficients["INC"].value == pytest.approx(-1.000715777134, rel=1e-8)
    assert found.coefficients["HOVAL"].value == pytest.approx(-0.2654889860222, rel=1e-8)
    assert found.coefficients["(constant)"].value == pytest.approx(43.793442469328, rel=1e-8)
    spreg, neighbours = pytest.importorskip("spreg"), weights(w).to_libpysal()
    neighbours.transform = "r"
    x = np.column_stack([table["INC"], table["HOVAL"]])
    theirs = spreg.GM_Lag(np.asarray(table["CRIME"])[:, None], x, w=neighbours, w_lags=2, spat_impacts=None)
    ours = [found.coefficients[name] for name in ("(constant)", "INC", "HOVAL")] + [found.rho]
    assert [one.standard_error for one in ours] == pytest.approx(theirs.std_err.ravel(), rel=1e-8)
    inverse = np.linalg.inv(np.eye(49) - found.rho.value * w)
    assert found.direct["INC"].value == pytest.approx(np.trace(inverse) / 49 * -1.000715777134)
    assert found.total["INC"].value == pytest.approx(found.direct["INC"].value + found.indirect["INC"].value)


def test_spatial_two_stage_on_a_panel_recovers_what_was_put_in(columbus: tuple[Columns, np.ndarray]) -> None:
    table, w = columbus
    random, years = np.random.default_rng(12), 8
    x = random.normal(size=(years, 49))
    noise = 0.3 * random.normal(size=(years, 49))
    own, common = random.normal(size=49), random.normal(size=(years, 1))
    y = (np.linalg.inv(np.eye(49) - 0.4 * w) @ (1.5 * x + own + common + noise).T).T
    panel = {
        "y": y.ravel(),
        "x": x.ravel(),
        "place": np.tile(table["place"], years),
        "year": np.repeat(np.arange(years), 49),
    }
    order = random.permutation(years * 49)
    panel = {name: column[order] for name, column in panel.items()}
    found = spatial_two_stage(panel, "y", ["x"], "place", "year", w, table["place"].tolist())
    assert found.rho.value == pytest.approx(0.4, abs=0.06)
    assert found.coefficients["x"].value == pytest.approx(1.5, abs=0.06)
    assert found.first_stage_f > 10 and found.errors.en == "errors: clustered by unit"


def test_places_without_neighbours_are_named(columbus: tuple[Columns, np.ndarray]) -> None:
    table, w = columbus
    alone = w.copy()
    alone[3], alone[:, 3] = 0, 0
    with pytest.raises(MethodError, match="without neighbours: 03"):
        spatial_two_stage(table, "CRIME", ["INC"], "place", "year", alone, table["place"].tolist(), effects="none")


def test_deviations_from_both_means() -> None:
    random = np.random.default_rng(1)
    cube = random.normal(size=(3, 4))
    units, years = np.repeat(["a", "b", "c"], 4), np.tile(np.arange(4), 3)
    left = within_two_way(cube.ravel(), units.tolist(), years.tolist()).reshape(3, 4)
    assert left.sum(axis=0) == pytest.approx(0) and left.sum(axis=1) == pytest.approx(0)
