"""Weights of indicators: published and doubly computed examples, and what must never change them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from yibao.measures import ahp_weights, combined_weights, critic_weights, entropy_of, entropy_weights, standardised

# Six objects, four indicators, the last less-is-better: two independent implementations agree to 1e-9.
ROWS = np.array(
    [
        [5.2, 2.4, 2.9, 35.6],
        [4.1, 1.9, 2.0, 38.2],
        [6.8, 3.1, 3.6, 29.9],
        [4.7, 2.2, 2.5, 33.0],
        [5.9, 2.0, 2.8, 31.4],
        [7.4, 2.8, 3.3, 27.5],
    ]
)
LESS = [False, False, False, True]
ENTROPY = [0.2566523769496299, 0.33041131516093175, 0.19998650233958287, 0.2129498055498555]
COMPARED = [[1, 2, 4, 3], [0.5, 1, 3, 2], [0.25, 1 / 3, 1, 0.5], [1 / 3, 0.5, 2, 1]]

matrices = arrays(np.float64, st.tuples(st.integers(3, 12), st.integers(2, 6)), elements=st.integers(-50, 50))


def test_entropy_weights_of_the_reference_example() -> None:
    found = entropy_of(standardised(ROWS, LESS))
    assert found.entropy == pytest.approx(
        [0.8171436525590083, 0.7645928435903019, 0.8575162178899579, 0.848280292222822], rel=1e-9
    )
    assert entropy_weights(ROWS, LESS) == pytest.approx(ENTROPY, rel=1e-9)


def test_a_shift_moves_the_fifth_decimal() -> None:
    shifted = entropy_weights(ROWS, LESS, shift=1e-4)
    assert shifted == pytest.approx(
        [0.25665882115962807, 0.3304259105558976, 0.19997262325130027, 0.21294264503317412], rel=1e-9
    )


def test_critic_weights_of_the_reference_example() -> None:
    assert critic_weights(ROWS, LESS) == pytest.approx(
        [0.19656509775905076, 0.3305051679880147, 0.18207973964865234, 0.2908499946042822], rel=1e-9
    )


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("eigenvector", [0.46729598278093715, 0.2771805906109797, 0.095434951583709, 0.16008847502437412]),
        ("geometric", [0.466848563720221, 0.277589816802444, 0.09529506402214502, 0.16026655545518995]),
        ("column_mean", [0.46581939799331107, 0.2771404682274248, 0.09596989966555185, 0.16107023411371235]),
    ],
)
def test_ahp_weights_by_each_method(method: str, expected: list[float]) -> None:
    assert ahp_weights(COMPARED, method=method).weights == pytest.approx(expected, rel=1e-9)  # type: ignore[arg-type]


def test_ahp_says_how_consistent_the_judgement_is() -> None:
    found = ahp_weights(COMPARED)
    assert found.lambda_max == pytest.approx(4.030983498297898, rel=1e-9)
    assert found.consistency_index == pytest.approx(0.010327832765966013, rel=1e-9)
    assert found.consistency_ratio == pytest.approx(0.011475369739962236, rel=1e-9)
    assert ahp_weights([[1, 3], [1 / 3, 1]]).consistency_ratio == 0


def test_combined_weights_by_each_rule() -> None:
    judged = ahp_weights(COMPARED).weights
    assert combined_weights(judged, ENTROPY) == pytest.approx(
        [0.45310130047979386, 0.34599968054373814, 0.07210512146446815, 0.12879389751199993], rel=1e-9
    )
    assert combined_weights(judged, ENTROPY, rule="linear") == pytest.approx(
        [0.3619741798652835, 0.30379595288595573, 0.14771072696164594, 0.1865191402871148], rel=1e-9
    )


@pytest.mark.parametrize("weigh", [entropy_weights, critic_weights])
def test_a_constant_indicator_weighs_nothing(weigh) -> None:
    rows = np.column_stack([ROWS, np.full(6, 7.0)])
    found = weigh(rows, [*LESS, False])
    assert found[-1] == 0
    assert found[:-1] == pytest.approx(weigh(ROWS, LESS))


@pytest.mark.parametrize("weigh", [entropy_weights, critic_weights])
def test_constant_indicators_only_weigh_the_same(weigh) -> None:
    assert weigh(np.ones((4, 3))).tolist() == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize("weigh", [entropy_weights, critic_weights])
@given(rows=matrices, data=st.data())
def test_weights_do_not_know_the_order_of_rows_nor_the_unit(weigh, rows, data) -> None:
    order = data.draw(st.permutations(range(rows.shape[0])))
    expected = weigh(rows)
    assert expected.sum() == pytest.approx(1)
    assert np.all(expected >= 0)
    assert weigh(rows[order]) == pytest.approx(expected, abs=1e-9)
    assert weigh(rows * 1000 + 7) == pytest.approx(expected, abs=1e-6)


@given(matrices)
def test_the_other_direction_is_one_less(rows) -> None:
    live = np.ptp(rows, axis=0) > 0
    less = standardised(rows, [True] * rows.shape[1])
    assert less[:, live] == pytest.approx(1 - standardised(rows)[:, live])


def test_external_bounds_hold_what_lies_outside() -> None:
    assert standardised([[1.0], [5.0], [20.0]], low=[0.0], high=[10.0])[:, 0].tolist() == [0.1, 0.5, 1.0]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: entropy_weights([[1.0, 2.0]]), "two rows"),
        (lambda: critic_weights([[1.0, 2.0]]), "two rows"),
        (lambda: entropy_weights([[1.0, float("nan")], [2.0, 3.0]]), "missing"),
        (lambda: entropy_weights([[1.0, 2.0], [2.0, 3.0]], [True]), "directions"),
        (lambda: entropy_of([[-0.1], [1.0]]), "negative"),
        (lambda: standardised([[1.0]], low=[2.0], high=[1.0]), "below"),
        (lambda: ahp_weights([[1, 2], [2, 1]]), "1/a"),
        (lambda: ahp_weights([[1, 2]]), "square"),
        (lambda: ahp_weights(np.ones((16, 16))), "ends at 15"),
        (lambda: combined_weights([0.5, 0.5], [1.0]), "one weight"),
        (lambda: combined_weights([1.0, 0.0], [0.0, 1.0]), "both sets"),
        (lambda: combined_weights([1.0], [1.0], rule="linear", share=2), "between 0 and 1"),
    ],
)
def test_what_cannot_be_weighed_is_named(call, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()
