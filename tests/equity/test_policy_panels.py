"""Two-way fixed effects, staggered adoption, event studies, groups: published tables and the rules of their errors."""

from __future__ import annotations

import numpy as np
import pytest

from yibao.equity.errors import LibraryMissing, MethodError
from yibao.equity.evaluation import tables
from yibao.equity.evaluation.event_studies import event_study, goodman_bacon, sun_abraham
from yibao.equity.evaluation.heterogeneity import group_difference
from yibao.equity.evaluation.panel import two_way_fixed_effects
from yibao.equity.evaluation.staggered import callaway_santanna

Columns = dict[str, np.ndarray]
COUNTIES = ("lemp", "countyreal", "year", "first")


def test_beer_tax_and_traffic_deaths(fatality: Columns) -> None:
    """Stock and Watson print -0.64 (0.36); the error is that of pyfixest's rule, which is said."""
    found = two_way_fixed_effects(fatality, "mrall", "beertax", "state", "year")
    one = found.estimates["beertax"]
    assert (one.value, one.standard_error) == pytest.approx((-0.6399798840120335, 0.357078), abs=5e-7)
    assert (round(one.value, 2), round(one.standard_error, 2)) == (-0.64, 0.36)
    assert "pyfixest" in found.errors.en and "t(47)" in found.errors.zh and (found.rows, found.clusters) == (336, 48)
    by_state = two_way_fixed_effects(fatality, "mrall", "beertax", "state", "year", effects="unit")
    assert by_state.estimates["beertax"].value == pytest.approx(-0.655873624955)


def test_few_clusters_have_a_wild_bootstrap_beside(fatality: Columns) -> None:
    few = {name: column[fatality["state"] < 20] for name, column in fatality.items()}
    found = two_way_fixed_effects(few, "mrall", "beertax", "state", "year", wild_draws=199)
    assert found.clusters < 30 and 0 <= found.wild_p["beertax"] <= 1
    assert "few_clusters" in [note.code for note in found.notes]


def test_minimum_wage_by_two_way_fixed_effects(mpdta: Columns) -> None:
    one = two_way_fixed_effects(mpdta, "lemp", "law", "countyreal", "year").estimates["law"]
    assert one.standard_error == pytest.approx(0.013265, abs=5e-7)
    assert one.value == pytest.approx(-0.0365489367)


def test_minimum_wage_by_group_and_time(mpdta: Columns) -> None:
    """The table of Callaway and Sant'Anna's package, to its four digits; the same numbers to twelve by moderndid."""
    moderndid = pytest.importorskip("moderndid")
    found = callaway_santanna(mpdta, *COUNTIES)
    assert found.cells == 12 and not found.empty
    published = {(2004, 2004): -0.0105, (2004, 2005): -0.0704, (2004, 2006): -0.1373, (2004, 2007): -0.1008,
                 (2006, 2004): 0.0065, (2006, 2005): -0.0028, (2006, 2006): -0.0046, (2006, 2007): -0.0412,
                 (2007, 2004): 0.0305, (2007, 2005): -0.0027, (2007, 2006): -0.0311, (2007, 2007): -0.0261}  # fmt: skip
    effects = {(cell.group, cell.year): cell.effect.value for cell in found.group_time}
    assert {cell: round(value, 4) for cell, value in effects.items()} == published
    peer = moderndid.att_gt(
        data=moderndid.load_mpdta(), yname="lemp", tname="year", idname="countyreal", gname="first.treat", boot=False
    )
    compared = dict(zip(zip(peer.groups.tolist(), peer.times.tolist(), strict=True), peer.att_gt.tolist(), strict=True))
    assert {cell: compared[cell] for cell in effects} == pytest.approx(effects, abs=1e-12)
    assert found.overall.value == pytest.approx(-0.0399513)


def test_not_yet_treated_and_never_treated_are_different_comparisons(mpdta: Columns) -> None:
    never = callaway_santanna(mpdta, *COUNTIES, honest=())
    not_yet = callaway_santanna(mpdta, *COUNTIES, comparison="not_yet", honest=())
    assert {cell.compared for cell in never.group_time} == {309}
    assert max(cell.compared for cell in not_yet.group_time) > 309
    assert not_yet.overall.value == pytest.approx(-0.0397636256) != pytest.approx(never.overall.value)


def test_base_of_the_years_before(mpdta: Columns) -> None:
    """The universal base makes effects before treatment sums of the varying ones, and year -1 zero by construction."""
    varying = callaway_santanna(mpdta, *COUNTIES, honest=()).dynamic
    universal = callaway_santanna(mpdta, *COUNTIES, base="universal", honest=()).dynamic
    assert -1 in varying and -1 not in universal and -4 in universal
    for year in (0, 1, 2, 3):
        assert universal[year].value == pytest.approx(varying[year].value)


def test_pre_trends_and_sensitivity(mpdta: Columns) -> None:
    found = callaway_santanna(mpdta, *COUNTIES, controls=["lpop"])
    assert found.pre_trend is not None and found.pre_trend.degrees == 3 and 0 < found.pre_trend.p < 1
    half, whole = found.sensitivity
    assert whole.low < half.low and half.high < whole.high
    assert found.overall.value == pytest.approx(-0.0417515, abs=1e-6)


def test_three_event_studies_agree_on_the_year_of_the_law(mpdta: Columns) -> None:
    weighted, plain = sun_abraham(mpdta, *COUNTIES), event_study(mpdta, *COUNTIES, window=(-4, 3))
    assert weighted.effects[0].value == pytest.approx(callaway_santanna(mpdta, *COUNTIES, honest=()).dynamic[0].value)
    assert plain.effects[0].value == pytest.approx(weighted.effects[0].value, abs=0.005)
    assert -1 not in weighted.effects and -1 not in plain.effects
    assert plain.pre_trend is not None and plain.pre_trend.degrees == 3
    assert "staggered" in [note.code for note in plain.notes]


def test_what_two_way_fixed_effects_average(mpdta: Columns) -> None:
    estimate, parts = goodman_bacon(mpdta, *COUNTIES)
    assert estimate == pytest.approx(-0.0365489367)
    assert sum(part.weight for part in parts) == pytest.approx(1)
    assert sum(part.weight * part.estimate for part in parts) == pytest.approx(estimate)


def test_always_treated_drop_out_and_are_counted(mpdta: Columns) -> None:
    early = {**mpdta, "first": np.where(mpdta["first"] == 2004, 2003, mpdta["first"])}
    found = callaway_santanna(early, *COUNTIES, honest=())
    assert "20 units" in next(note.en for note in found.notes if note.code == "always_treated")


def test_panels_that_cannot_be_compared_are_refused(mpdta: Columns) -> None:
    treated = mpdta["first"] > 0
    with pytest.raises(MethodError, match="never treated"):
        callaway_santanna({name: column[treated] for name, column in mpdta.items()}, *COUNTIES)
    with pytest.raises(MethodError, match="nobody is treated"):
        callaway_santanna({**mpdta, "first": np.zeros(2500)}, *COUNTIES)
    with pytest.raises(MethodError, match="not balanced"):
        callaway_santanna({name: column[1:] for name, column in mpdta.items()}, *COUNTIES)
    with pytest.raises(MethodError, match="differs between rows"):
        callaway_santanna({**mpdta, "first": mpdta["year"]}, *COUNTIES)
    with pytest.raises(MethodError, match="window"):
        event_study(mpdta, *COUNTIES, window=(-1, 3))


def test_gaps_are_refused_or_dropped_in_words(fatality: Columns) -> None:
    holed = {**fatality, "beertax": np.where(np.arange(336) < 3, np.nan, fatality["beertax"])}
    with pytest.raises(MethodError, match="beertax: 3 of 336 rows have gaps"):
        two_way_fixed_effects(holed, "mrall", "beertax", "state", "year")
    found = two_way_fixed_effects(holed, "mrall", "beertax", "state", "year", missing="drop")
    assert found.rows == 333 and found.notes[0].en == "3 rows with gaps dropped (beertax)"


def test_a_treatment_that_never_moves_is_refused(fatality: Columns) -> None:
    with pytest.raises(MethodError, match="always: does not vary"):
        two_way_fixed_effects({**fatality, "always": np.ones(336)}, "mrall", "always", "state", "year")


def test_groups_are_compared_in_one_model(fatality: Columns) -> None:
    half = {**fatality, "coast": np.where(fatality["state"] % 2 == 0, "even", "odd")}
    found = group_difference(half, "mrall", "beertax", "coast", "state", "year", draws=19)
    gap = found.effects["odd"].value - found.effects["even"].value
    assert found.differences["odd"].value == pytest.approx(gap)
    assert 0.05 <= found.permutation_p["odd"] <= 1
    with pytest.raises(MethodError, match="changes within"):
        group_difference({**fatality, "late": fatality["year"] > 1985}, "mrall", "beertax", "late", "state", "year")


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch, fatality: Columns) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(tables.importlib, "import_module", absent)
    with pytest.raises(LibraryMissing, match=r"yibao\[evaluate\]"):
        two_way_fixed_effects(fatality, "mrall", "beertax", "state", "year")


def test_units_seen_once_drop_out_and_are_counted(fatality: Columns) -> None:
    once = {name: column[(fatality["state"] != 1) | (fatality["year"] == 1982)] for name, column in fatality.items()}
    found = two_way_fixed_effects(once, "mrall", "beertax", "state", "year")
    assert found.rows == 329 and "singletons" in [note.code for note in found.notes]


def test_one_cluster_is_refused(fatality: Columns) -> None:
    with pytest.raises(MethodError, match="makes 1 cluster"):
        two_way_fixed_effects({**fatality, "c": np.zeros(336)}, "mrall", "beertax", "state", "year", cluster="c")
