"""Funnels judge only what chance does not explain; marks and pictures carry their words."""

from __future__ import annotations

from yibao.presentation import micro
from yibao.presentation.charts.bars import Bar, horizontal
from yibao.presentation.charts.funnel import Funnel, Unit


def unit(observed: int, expected: float) -> Unit:
    return Unit("u", observed, expected, "tip")


def test_units_with_fewer_than_five_expected_are_neither_drawn_nor_judged() -> None:
    funnel = Funnel.of([unit(40, 4.9), unit(9, 8.0)])
    assert (len(funnel.units), funnel.too_few, funnel.drawable) == (1, 1, False)


def test_zones_tell_a_warning_from_an_action_and_above_from_below() -> None:
    calm = [unit(20 + (i % 3) - 1, 20.0) for i in range(12)]
    funnel = Funnel.of([*calm, unit(31, 20.0), unit(45, 20.0), unit(11, 20.0)])
    assert funnel.dispersion == 1.0 and funnel.limited
    assert funnel.zones[-3:] == (1, 2, -1) and set(funnel.zones[:-3]) == {0}


def test_beyond_an_over_dispersion_of_four_no_limits_are_drawn() -> None:
    funnel = Funnel.of([unit(100 + (-1) ** i * 40, 100.0) for i in range(12)])
    assert funnel.dispersion > 4 and not funnel.limited
    assert set(funnel.zones) == {0}


def test_a_chart_is_drawn_for_desk_and_phone_and_its_marks_say_what_they_are() -> None:
    drawn = horizontal([Bar("C03 挂床住院", "C03", 5, "5 元", "<挂床> & 5 元")], '一句"话"')
    assert drawn.count("<svg") == 2 and 'class="chart wide"' in drawn and 'class="chart narrow"' in drawn
    assert drawn.count("一句&quot;话&quot;") == 2
    assert "<title>&lt;挂床&gt; &amp; 5 元</title>" in drawn


def test_micro_marks_with_words_are_images_and_those_without_are_decoration() -> None:
    assert 'role="img" aria-label="a &amp; b"><title>a &amp; b</title>' in micro.spark([1, 0, 3], "a & b")
    assert 'aria-hidden="true"' in micro.share(1, 4)
    assert micro.share(0, 0).count("<rect") == 1
    inside = micro.strip(1.0, (0.8, 1.2), (0.5, 0.8, 1.0, 1.3, 1.6), "own 1.0")
    beyond = micro.strip(2.0, (1.8, 2.2), (0.5, 0.8, 1.0, 1.3, 1.6), "own 2.0", tone="warn")
    assert "<circle" in inside and "<path" in beyond
    assert "l-6,-4v8z" in micro.interval(1.0, (0.5, 9.0), (0.0, 4.0), 1.0, "to 9")
    left, right = micro.diverging(-5, 10), micro.diverging(5, 10)
    assert "--warn" in left and "--you" in right
