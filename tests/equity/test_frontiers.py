"""Data envelopment, slacks-based measures and the Malmquist index: the six units, and Tone's published table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yibao.equity.efficiency import dea, scale_efficiency, super_efficiency
from yibao.equity.errors import MethodError
from yibao.equity.productivity import malmquist
from yibao.equity.slacks_based import sbm, super_sbm

#: V10: two inputs and two outputs of six units in two years.
X1 = [[4, 3], [7, 3], [8, 1], [4, 2], [2, 4], [10, 1]]
Y1 = [[1.0, 2.0], [1.2, 1.8], [1.1, 2.2], [1.3, 1.0], [0.9, 2.4], [1.0, 1.0]]
X2 = [[4.2, 3.0], [6.5, 3.1], [7.8, 1.1], [4.0, 2.2], [2.1, 3.9], [9.0, 1.2]]
Y2 = [[1.1, 2.2], [1.4, 1.9], [1.1, 2.6], [1.4, 1.1], [1.0, 2.5], [1.1, 1.2]]
CCR = [0.9299191374663, 0.7359218308048, 1, 1, 1, 0.9090909090909]
BCC = [0.9489795918367, 1, 1, 1, 1, 1]
PANEL = (list("ABCDEF") * 2, [2020] * 6 + [2021] * 6, X1 + X2, Y1 + Y2)


@pytest.mark.parametrize(
    ("returns", "orientation", "expected"),
    [
        ("ccr", "input", CCR),
        ("bcc", "input", BCC),
        ("nirs", "input", [0.9299191374663, 1, 1, 1, 1, 0.9090909090909]),
        ("ccr", "output", [1.075362318841, 1.358839972048, 1, 1, 1, 1.1]),
        ("bcc", "output", [1.035135135135, 1, 1, 1, 1, 1.1]),
    ],
)
def test_radial_scores(returns: str, orientation: str, expected: list[float]) -> None:
    assert dea(X1, Y1, returns, orientation).score == pytest.approx(expected, rel=1e-9)


def test_weak_efficiency_is_told() -> None:
    """Unit F scores 1 with variable returns and input orientation, yet wastes input: 1.1 by output."""
    found = dea(X1, Y1, "bcc")
    assert found.weakly_efficient.tolist() == [False] * 5 + [True]
    assert found.slack_inputs[5] == pytest.approx([2, 0], abs=1e-6)
    assert found.slack_outputs[5].max() > 0
    assert not dea(X1, Y1).weakly_efficient.any()


def test_targets_lie_on_the_frontier() -> None:
    found = dea(X1, Y1)
    target = np.array(X1) * found.score[:, None] - found.slack_inputs
    made = np.array(Y1) + found.slack_outputs
    assert target == pytest.approx(found.intensity @ np.array(X1), abs=1e-6)
    assert made == pytest.approx(found.intensity @ np.array(Y1), abs=1e-6)


def test_scale() -> None:
    found = scale_efficiency(X1, Y1)
    assert found.scale == pytest.approx(np.array(CCR) / BCC)
    assert found.returns == ("increasing", "decreasing", "constant", "constant", "constant", "increasing")


def test_super_efficiency() -> None:
    expected = [0.9299191374663, 0.7359218308048, 2.383333333333, 1.585365853659, 2.4, 0.9090909090909]
    assert super_efficiency(X1, Y1).score == pytest.approx(expected, rel=1e-9)
    found = super_efficiency(X1, Y1, "bcc")
    assert np.flatnonzero(np.isnan(found.score)).tolist() == [1, 2, 3, 4]
    assert [note.code for note in found.notes] == ["infeasible"] and "[1, 2, 3, 4]" in found.notes[0].en


def test_slacks_based_measure() -> None:
    assert sbm(X1, Y1).score == pytest.approx([0.9153094462541, 0.7066787003607, 1, 1, 1, 0.5454545454545], rel=1e-9)
    assert sbm(X1, Y1, "bcc").score == pytest.approx([0.9173126614987, 1, 1, 1, 1, 0.5454545454545], rel=1e-9)
    by_input = sbm(X1, Y1, orientation="input").score
    assert by_input == pytest.approx([0.9153094462541, 0.7102272727271, 1, 1, 1, 0.8181818181818], rel=1e-9)
    best = super_sbm(X1, Y1)
    assert best.score[2:5] == pytest.approx([1.604166666667, 1.226415094339, 1.6], rel=1e-9)
    assert np.isnan(best.score[[0, 1, 5]]).all() and best.notes[0].code == "not_efficient"


def test_table_of_tone_2001() -> None:
    """K. Tone (2001), EJOR 130:498: published to three digits, and the radial scores beside them."""
    x, y = [[4, 3], [6, 3], [8, 1], [8, 1], [2, 4]], [[2, 3], [2, 3], [6, 2], [6, 1], [1, 4]]
    assert sbm(x, y).score.round(3).tolist() == [0.798, 0.568, 1.0, 0.667, 1.0]
    assert sbm(x, y).score == pytest.approx([0.7979797979796, 0.5681818181817, 1, 0.6666666666666, 1], rel=1e-9)
    assert dea(x, y).score == pytest.approx([0.9, 0.8333333333333, 1, 1, 1], rel=1e-9)
    assert sbm(x, y).slack_outputs[3] == pytest.approx([0, 1], abs=1e-6)


def test_bad_outputs_count_against() -> None:
    """Two units alike but for waste: the cleaner is efficient, the other by Tone's ratio 1/(1 + ½(0 + 1/2))."""
    found = sbm([[1.0], [1.0]], [[1.0], [1.0]], bad_outputs=[[1.0], [2.0]])
    assert found.score == pytest.approx([1, 0.8])
    assert found.slack_bad is not None and found.slack_bad[:, 0] == pytest.approx([0, 1], abs=1e-6)
    with pytest.raises(MethodError, match="bad_outputs"):
        sbm([[1.0]], [[1.0]], bad_outputs=[[0.0]])


def test_malmquist() -> None:
    found = malmquist(*PANEL)
    expected = {
        "productivity":
            [1.077452076352, 1.145593614577, 1.034956184465, 1.030289444121, 1.038426638082, 0.9327028682935],
        "efficiency_change": [1.001691282325, 1.077188220616, 1, 1, 1, 1.008333333333],
        "technical_change":
            [1.075632877477, 1.063503659483, 1.034956184465, 1.030289444121, 1.038426638082, 0.9249945801258],
        "pure_change": [1.006582085247, 1, 1, 1, 1, 1.073387096774],
        "scale_change": [0.9951411782577, 1.077188220616, 1, 1, 1, 0.9393939393939],
    }  # fmt: skip
    for name, values in expected.items():
        assert getattr(found, name)[0] == pytest.approx(values, rel=1e-9), name
    assert found.periods == (("2020", "2021"),) and found.units == tuple("ABCDEF")


@pytest.mark.parametrize("reference", ["global", "fixed"])
def test_one_frontier_makes_the_index_transitive(reference: str) -> None:
    three = (list("AB") * 3, [1, 1, 2, 2, 3, 3], [[2], [3], [2], [2], [1], [2]], [[1], [1], [2], [1], [1], [2]])
    steps = malmquist(*three, reference=reference).productivity
    ends = [column[:2] + column[4:] for column in three]
    whole = malmquist(*ends, reference=reference).productivity
    if reference == "fixed":
        assert steps.prod(axis=0) == pytest.approx(whole[0])
    assert malmquist(*three, reference=reference).technical_change.shape == (2, 2)


def test_a_panel_with_gaps_is_refused() -> None:
    units, years, x, y = PANEL
    with pytest.raises(MethodError, match=r"not balanced.*F 2021 \(0×\)"):
        malmquist(units[:-1], years[:-1], x[:-1], y[:-1])
    with pytest.raises(MethodError, match="one year"):
        malmquist(units[:6], years[:6], x[:6], y[:6])


def test_zeros_are_refused_or_replaced_in_words() -> None:
    with pytest.raises(MethodError, match="give epsilon"):
        dea([[0, 1], [1, 1]], [[1], [1]])
    found = dea([[0, 1], [1, 1]], [[1], [1]], epsilon=1e-3)
    assert found.notes[0].en == "1 zeros stand as 0.001" and found.score[0] == pytest.approx(1)


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.5, 9), st.floats(0.5, 9), st.floats(0.5, 9)), min_size=2, max_size=6),
    st.floats(0.01, 100),
)
def test_scores_do_not_depend_on_units_and_slacks_only_lower_them(rows: list[tuple[float, ...]], scale: float) -> None:
    data = np.array(rows)
    x, y = data[:, :2], data[:, 2:]
    score, moved = dea(x, y).score, dea(x * [scale, 1], y).score
    assert moved == pytest.approx(score, abs=1e-6)
    assert np.all(sbm(x, y).score <= score + 1e-6) and np.all(dea(x, y, "bcc").score >= score - 1e-6)
