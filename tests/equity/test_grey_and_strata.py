"""Grey forecasts and relations, and the geographical detector."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ncf

from yibao.equity.errors import MethodError
from yibao.equity.grey import grey_forecast, grey_relation
from yibao.equity.strata import geodetector, interaction_detector, quantile_strata

SERIES = [2.67, 3.13, 3.25, 3.36, 3.56, 3.72]


def test_forecast_of_six_years() -> None:
    """V12: a, b, the fitted curve, the next three values, both tests of the residuals."""
    found = grey_forecast(SERIES, 3)
    assert (found.a, found.b) == pytest.approx((-0.04396098154759679, 2.925616598799052))
    fitted = [2.67, 3.1108698852043934, 3.2506772995204276, 3.3967678802236843, 3.5494240027521355, 3.7089407329426827]
    assert found.fitted == pytest.approx(fitted)
    assert found.forecast == pytest.approx([3.8756263973577547, 4.0498031792433, 4.23180774127006])
    assert found.relative_error == pytest.approx(0.00464135722110145)
    assert (found.variance_ratio, found.small_error, found.grade) == (pytest.approx(0.0538014340741215), 1.0, 1)


def test_relation_of_three_series() -> None:
    found = grey_relation([8, 9, 8.5, 9.2], [[7, 8.5, 8, 9], [5, 6, 7, 6.5], [8.2, 8.9, 8.6, 9.3]])
    assert found.grades == pytest.approx([0.7952941176470587, 0.40634920634920624, 0.9852941176470587])
    assert found.coefficients[0] == pytest.approx([0.64, 0.8, 0.8, 0.9411764705882355])
    assert grey_relation([1, 2], [[1, 2]]).grades.tolist() == [1.0]


def test_a_constant_series_stays_constant_and_says_so() -> None:
    found = grey_forecast([5, 5, 5, 5], 2)
    assert found.forecast == pytest.approx([5, 5]) and "constant" in [note.code for note in found.notes]


def test_uneven_series_are_refused_or_translated() -> None:
    with pytest.raises(MethodError, match="level ratio"):
        grey_forecast([1, 2, 5, 9, 20])
    found = grey_forecast([1, 2, 5, 9, 20], unfit="translate")
    moved = np.array([1, 2, 5, 9, 20]) + found.translated
    ratio, edge = moved[:-1] / moved[1:], np.exp(2 / 6)
    assert np.all((ratio > 1 / edge) & (ratio < edge))
    assert found.fitted[0] == pytest.approx(1) and "translated" in [note.code for note in found.notes]


@pytest.mark.parametrize("series", [[1, 2, 3], [1, 0, 2, 3], [1, -1, 2, 3], [1, float("nan"), 2, 3]])
def test_short_zero_negative_and_missing_are_refused(series: list[float]) -> None:
    with pytest.raises(MethodError, match="series"):
        grey_forecast(series)


def test_share_explained_by_strata() -> None:
    found = geodetector([1, 2, 3, 4, 5, 6], list("aabbcc"))
    assert found.q == pytest.approx(0.9142857142857143)
    assert found.f == pytest.approx(3 / 2 * found.q / (1 - found.q))
    # Wang, Zhang and Fu (2016): λ = [Σ ȳ² − (Σ √n·ȳ)²/N]/σ² with means 1.5, 3.5, 5.5
    assert found.noncentrality == pytest.approx((44.75 - 2 * 10.5**2 / 6) / (35 / 12))
    assert found.p == pytest.approx(ncf.sf(found.f, 2, 3, found.noncentrality))


def test_strata_without_spread_or_with_one_row() -> None:
    found = geodetector([1, 1, 2, 2, 7], list("aabbc"))
    assert found.q == 1 and found.p is None and {note.code for note in found.notes} == {"singleton", "no_test"}
    for values, strata in (([1, 1, 1], list("aab")), ([1, 2, 3], list("aaa")), ([1, 2, 3], ["a", None, "b"])):
        with pytest.raises(MethodError):
            geodetector(values, strata)


def test_two_factors_together() -> None:
    assert interaction_detector([1, 2, 3, 4], list("aabb"), list("abab")).kind == "independent"
    assert interaction_detector([1, 0, 0, 1], list("aabb"), list("abab")).kind == "nonlinear enhancement"
    assert interaction_detector([1, 2, 3, 4], list("aabb"), list("aabb")).kind == "univariate weakening"
    assert quantile_strata([1, 1, 1, 9], 4).tolist() == [0.0, 0.0, 0.0, 2.0]
