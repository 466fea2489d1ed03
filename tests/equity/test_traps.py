"""What is easily done wrong: sort keys, ties, zeros, identities, constants, islands. One test for each trap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from unnamed import weights

from yibao.equity import (
    MethodError,
    agglomeration_degree,
    beta_convergence,
    composite_index,
    contiguity,
    coordination_grade,
    coupling_coordination,
    dagum,
    distance_weights,
    equality_band,
    gini,
    kernel_density,
    lorenz,
    malmquist,
    markov_classes,
    obstacle_degree,
    rank_sum_ratio,
    relative_development,
    standardise,
    theil,
    topsis,
    transitions,
)
from yibao.equity.context import Study
from yibao.equity.steps import step_function

amounts = arrays(np.float64, st.integers(2, 12), elements=st.integers(1, 1000))
scores = arrays(np.float64, st.tuples(st.integers(1, 8), st.integers(2, 4)), elements=st.floats(0.01, 1.0))


def literal_dagum(y: np.ndarray, g: list[str]) -> tuple[float, float, float, float]:
    """The definition, pair by pair."""
    y, names = np.asarray(y, dtype=float), sorted(set(g))
    parts = {name: y[[x == name for x in g]] for name in names}
    n, mean = len(y), y.mean()
    p = {k: len(v) / n for k, v in parts.items()}
    s = {k: v.sum() / (n * mean) for k, v in parts.items()}

    def between(a: np.ndarray, b: np.ndarray) -> float:
        return np.abs(a[:, None] - b).mean() / (a.mean() + b.mean()) if a.mean() + b.mean() > 0 else 0.0

    within = sum(between(v, v) * p[k] * s[k] for k, v in parts.items())
    net = rest = 0.0
    for i, j in enumerate(names):
        for h in names[:i]:
            one, two = parts[j], parts[h]
            if one.mean() < two.mean():
                one, two = two, one
            gaps = one[:, None] - two
            d, q = np.maximum(gaps, 0).mean(), np.maximum(-gaps, 0).mean()
            apart = (d - q) / (d + q) if d + q > 0 else 0.0
            term = between(one, two) * (p[j] * s[h] + p[h] * s[j])
            net, rest = net + term * apart, rest + term * (1 - apart)
    return np.abs(y[:, None] - y).sum() / (2 * n * n * mean), within, net, rest


# --- trap 1: sorted by ratio, not by amount


@given(amounts, st.data())
def test_gini_sorts_by_ratio_and_not_by_amount(resource, data) -> None:
    base = data.draw(arrays(np.float64, len(resource), elements=st.integers(1, 1000)))
    p, y = lorenz(resource, base)
    slopes = np.diff(y) / np.diff(p)
    assert np.all(np.diff(slopes) >= -1e-9)
    assert gini(base * 3, base) == pytest.approx(0, abs=1e-12)


# --- trap 2: order of rows and ties


@given(arrays(np.float64, st.tuples(st.integers(3, 9), st.just(3)), elements=st.integers(0, 4)), st.randoms())
def test_ranks_with_ties_do_not_know_the_order_of_rows(x, random) -> None:
    order = list(range(len(x)))
    random.shuffle(order)
    assert rank_sum_ratio(x[order]).ratio == pytest.approx(rank_sum_ratio(x).ratio[order])
    assert rank_sum_ratio(x[order]).grade.tolist() == rank_sum_ratio(x).grade[order].tolist()


# --- trap 3: logarithm of nothing


def test_theil_l_refuses_zero_and_theil_t_takes_it() -> None:
    with pytest.raises(MethodError, match="infinite"):
        theil([0, 1, 2], [1, 1, 1])
    assert theil([0, 1, 1], [1, 1, 1], kind="T").total == pytest.approx(np.log(1.5))


# --- trap 4: identities of Dagum


@settings(deadline=None)
@given(arrays(np.float64, st.integers(3, 14), elements=st.integers(0, 9)), st.data())
def test_dagum_equals_its_definition_and_its_identities(y, data) -> None:
    g = data.draw(st.lists(st.sampled_from("abc"), min_size=len(y), max_size=len(y)))
    if y.sum() == 0:
        with pytest.raises(MethodError, match="mean"):
            dagum(y, g)
        return
    found = dagum(y, g)
    assert (found.total, found.within, found.between, found.overlap) == pytest.approx(literal_dagum(y, g), abs=1e-12)
    assert found.total == pytest.approx(gini(y), abs=1e-12)
    means = found.means.repeat(np.round(found.population * len(y)).astype(int))
    assert found.between == pytest.approx(gini(means), abs=1e-12)
    assert np.all((found.distance >= 0) & (found.distance <= 1))


def test_dagum_far_from_zero_keeps_its_digits() -> None:
    y = 1e9 + np.arange(6.0)
    assert dagum(y, list("ababab")).total == pytest.approx(literal_dagum(y, list("ababab"))[0], rel=1e-9)


# --- trap 5: D = (ΠU)^(1/2K)


@given(scores)
def test_coordination_is_a_power_of_the_product(u) -> None:
    k = u.shape[1]
    found = coupling_coordination(u)
    assert found.coordination == pytest.approx(np.prod(u, axis=1) ** (1 / (2 * k)))
    revised = coupling_coordination(u, form="revised")
    assert np.all((found.coupling <= 1) & (revised.coupling <= 1 + 1e-12) & (revised.coupling >= 0))


# --- trap 6: obstacles sum to a hundred


@given(arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(2, 5)), elements=st.floats(0, 1)))
def test_obstacles_sum_to_a_hundred_or_are_none(z) -> None:
    found = obstacle_degree(z, np.full(z.shape[1], 1 / z.shape[1])).indicators
    perfect = np.all(z == 1, axis=1)
    assert np.all(np.isnan(found[perfect]))
    assert found[~perfect & ((1 - z).sum(axis=1) > 1e-9)].sum(axis=1) == pytest.approx(100)


# --- traps 7 and 8: order, units, directions


@given(arrays(np.float64, st.tuples(st.integers(3, 9), st.just(3)), elements=st.integers(-50, 50)), st.randoms())
def test_pooled_weights_know_neither_order_nor_unit_and_directions_mirror(x, random) -> None:
    order = list(range(len(x)))
    random.shuffle(order)
    plain = composite_index(x)
    assert composite_index(x[order]).weights == pytest.approx(plain.weights, abs=1e-9)
    assert composite_index(1000 * x + 7).weights == pytest.approx(plain.weights, abs=1e-6)
    live = np.ptp(x, axis=0) > 0
    mirrored = standardise(x, ["negative"] * 3).values
    assert mirrored[:, live] == pytest.approx(1 - plain.standard[:, live])


# --- trap 9: weights row-standardised


def test_moran_without_row_standardisation_may_exceed_one() -> None:
    esda = pytest.importorskip("esda")
    assert esda
    from yibao.equity import moran

    star = np.zeros((6, 6))
    star[0, 1:] = star[1:, 0] = 1
    pairs = np.kron(np.eye(3), [[0, 1], [1, 0]])
    y = [1.0, 1, 5, 5, 9, 9]
    assert moran(y, weights(pairs), permutations=0).i == pytest.approx(1)
    heavy = pairs.copy()
    heavy[2:4, 2:4] *= 0.01
    assert moran(y, weights(heavy), permutations=0, scale="none").i > 1
    assert abs(moran(y, weights(heavy), permutations=0).i) <= 1 + 1e-12


# --- trap 11: the rule of the standard errors is printed

YEARS = {"outcome": "y", "unit": "place", "year": "year"}
PEOPLE = {"outcome": "yes", "covariates": ["x"]}


@pytest.fixture(scope="module")
def places() -> dict[str, np.ndarray]:
    """Thirty places over six years; ten take up a policy in the third year, ten in the fifth, ten never."""
    random = np.random.default_rng(11)
    place, year = np.repeat(np.arange(30), 6), np.tile(np.arange(1, 7), 30)
    first = np.array([0, 3, 5])[place % 3]
    treated = ((first > 0) & (year >= first)).astype(float)
    x, z, q = random.normal(size=(3, 180))
    y = treated + x + (q > 0) * x + place / 10 + year / 5 + random.normal(size=180)
    return {
        "place": np.array([f"{p:02d}" for p in place]), "year": year, "first": first, "treated": treated, "y": y,
        "x": x + z, "z": z, "q": q, "half": (place % 2).astype(float), "positive": np.exp(y / 5),
        "yes": (y > np.median(y)).astype(float), "third": np.digitize(y, np.quantile(y, [0.33, 0.66])).astype(float),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "asked", "says"),
    [
        ("fixed_effects", {**YEARS, "treatment": ["treated"]}, "CRV1 by place"),
        ("staggered", {**YEARS, "first_treated": "first"}, "influence functions, clustered by unit"),
        ("event_study", {**YEARS, "first_treated": "first"}, "clustered by unit"),
        ("group_difference", {**YEARS, "treatment": "treated", "group": "half"}, "CRV1 by place"),
        ("panel_threshold", {**YEARS, "regressor": "x", "threshold": "q", "draws": 5}, "clustered by unit"),
        ("instruments", {"outcome": "y", "endogenous": "x", "instruments": ["z"]}, "HC0"),
        ("effect_modification", {**PEOPLE, "exposure": "treated", "modifier": "half"}, "delta method"),
        ("ordered_logit", {"outcome": "third", "regressors": ["x"]}, "information matrix"),
        ("mediation", {"outcome": "y", "treatment": "treated", "mediator": "x", "draws": 20}, "equal variances"),
        ("mediation", {**PEOPLE, "treatment": "treated", "mediator": "z", "binary": True, "draws": 20}, "information"),
        ("concentration", {"of": "positive", "rank_by": "x"}, "HC1"),
    ],
)
def test_who_prints_standard_errors_says_which(places, name: str, asked: dict, says: str) -> None:
    function, kind = step_function(name)
    found = function(Study(None, None, None, {"places": places}, 1), kind(table="places", **asked))
    rules = [en for zh, en in found.notes if zh.startswith("标准误：") and en.startswith("errors: ")]
    assert any(says in en for en in rules), found.notes


# --- trap 16: constant indicators


def test_a_constant_indicator_is_named_and_weighs_nothing() -> None:
    found = composite_index([[1.0, 5.0], [2.0, 5.0], [4.0, 5.0]])
    assert found.constant == (1,)
    assert found.weights.tolist() == [1.0, 0.0]
    assert np.all(found.standard[:, 1] == 0)
    assert composite_index(np.ones((3, 2))).weights.tolist() == [0.5, 0.5]


# --- trap 17: float equality of rank sums


def test_equal_rank_sums_are_one_group_whatever_their_rounding() -> None:
    x = np.array([[1, 2, 3], [3, 1, 2], [2, 3, 1], [4, 4, 4]], dtype=float)
    found = rank_sum_ratio(x)
    assert found.counts.tolist() == [3, 1]


# --- trap 19: balance before chains and indices of productivity


def test_chains_refuse_a_panel_with_gaps() -> None:
    with pytest.raises(MethodError, match="lack 1 numbers"):
        markov_classes([[1.0, np.nan], [2.0, 3.0]], 2)
    with pytest.raises(MethodError, match="not balanced"):
        transitions(np.array([[0, -1], [1, 1]]))


@pytest.mark.parametrize("reference", ["adjacent", "global", "fixed"])
def test_productivity_refuses_a_panel_with_gaps_or_doubles(reference: str) -> None:
    units, years, x, y = list("ABAB"), [1, 1, 2, 2], [[2], [3], [2], [2]], [[1], [1], [2], [1]]
    assert malmquist(units, years, x, y, reference=reference).productivity.shape == (1, 2)
    with pytest.raises(MethodError, match=r"not balanced: 1 unit-years.*B 2 \(0×\)"):
        malmquist(units[:3], years[:3], x[:3], y[:3], reference=reference)
    with pytest.raises(MethodError, match=r"not balanced: 1 unit-years.*A 1 \(2×\)"):
        malmquist([*units, "A"], [*years, 1], [*x, [2]], [*y, [1]], reference=reference)


# --- edges that have a stated convention


def test_coupling_with_zeros_and_grades_at_their_bounds() -> None:
    found = coupling_coordination([[0.0, 0.4], [0.0, 0.0]])
    assert found.coupling[0] == 0
    assert np.isnan(found.coupling[1])
    assert found.coordination.tolist() == [0, 0]
    assert coordination_grade([0.1 + 0.2, 0.3, 1.0, np.nan]).tolist() == [3, 3, 9, -1]
    assert coordination_grade([0.1 + 0.2], closed="right").tolist() == [2]
    assert relative_development([0.8, 1.2, 0.0], [1.0, 1.0, 0.0]).lag.tolist() == [0, 0, 9]


def test_a_floor_keeps_products_above_zero() -> None:
    found = composite_index([[1.0, 3.0], [2.0, 1.0], [3.0, 2.0]], systems=["a", "b"], separate=True, floor=0.01)
    assert found.scores.min() == pytest.approx(0.01)
    assert coupling_coordination(found.scores).coordination.min() > 0


def test_singletons_equal_groups_and_negative_values_of_dagum() -> None:
    one = dagum([1.0, 2.0, 3.0], ["a", "b", "b"])
    assert one.pairs[0, 0] == 0
    same = dagum([2.0, 2.0, 2.0, 2.0], list("aabb"))
    assert (same.total, same.distance[0, 1]) == (0, 0)
    assert np.isnan(same.rates[0])
    with pytest.raises(MethodError, match="negative"):
        dagum([-1.0, 2.0, 5.0], list("abb"))
    assert 0 < dagum([-1.0, 2.0, 5.0], list("abb"), negative="absolute").total <= 1


def test_an_empty_class_has_no_rates_and_two_closed_sets_have_two_long_runs() -> None:
    found = transitions(np.array([[0, 0, 0], [2, 2, 2]]), 3)
    assert found.empty == (1,)
    assert np.all(np.isnan(found.rates[1]))
    assert found.steady.tolist() == [[1, 0, 0], [0, 0, 1]]


def test_islands_are_refused_or_linked_by_hand() -> None:
    alone = contiguity(["a", "b", "c"], [("a", "b")])
    assert alone.islands == ("c",)
    linked = contiguity(["a", "b", "c"], [("a", "b")], {"c": ["b"]})
    assert (linked.islands, linked.linked) == ((), (("c", "b"),))
    from yibao.equity import spatial_transitions

    with pytest.raises(MethodError, match="without neighbours: c"):
        spatial_transitions(np.arange(12.0).reshape(3, 4), alone, 2)


def test_all_equal_rows_of_topsis_are_not_defined() -> None:
    assert np.all(np.isnan(topsis(np.ones((3, 2)))))
    assert np.isnan(rank_sum_ratio(np.ones((4, 2))).slope)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: gini([1.0, -1.0]), "negative"),
        (lambda: gini([0.0, 0.0]), "no region"),
        (lambda: gini([1.0, 2.0], [1.0, 0.0]), "zero or negative"),
        (lambda: agglomeration_degree([1, 2], [1, 2], [1, 0]), "zero or negative"),
        (lambda: composite_index([[1.0, 2.0], [2.0, np.nan]]), "lack 1"),
        (lambda: composite_index([[1.0, 2.0], [2.0, 3.0]], weights=[0.0, 0.0]), "all weights are zero"),
        (lambda: composite_index([[1.0, 2.0]]), "two rows"),
        (lambda: coupling_coordination([[0.5, 1.5]]), "between 0 and 1"),
        (lambda: beta_convergence([[1.0, 2.0], [2.0, 0.0], [3.0, 1.0]]), "zero or negative"),
        (lambda: kernel_density([1.0, 1.0, 1.0]), "the same"),
        (lambda: markov_classes([[1.0, 1.0], [1.0, 1.0]], 3), "coincide"),
        (lambda: dagum([1.0, 2.0], ["a", None]), "no group"),
        (lambda: dagum([1.0, 2.0], ["a", "b"], [1.0, 0.0]), "above zero"),
        (lambda: distance_weights(["a", "b"], [1, 1], [2, 2]), "same place"),
        (lambda: rank_sum_ratio([[1.0], [2.0]]), "three rows"),
    ],
)
def test_bad_input_is_named_in_both_languages(call, says: str) -> None:
    with pytest.raises(MethodError, match=says) as caught:
        call()
    assert caught.value.zh != caught.value.what


def test_bands_of_gini() -> None:
    assert [equality_band(g)[1] for g in (0.1, 0.2, 0.35, 0.5, 0.7)] == [
        "highly equal", "fairly equal", "reasonable", "unequal", "very unequal"
    ]  # fmt: skip
