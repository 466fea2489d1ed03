"""Gains and losses: the words beside the bars stay inside the figure, however long they are."""

from __future__ import annotations

import re

import pytest

from yibao.presentation.charts.paired import Swing, swings
from yibao.presentation.charts.theme import text_width

LONG = "1,471 人 1,110.0 万元"


@pytest.mark.parametrize("lost", [1, 500, 100_000])
def test_labels_of_losses_do_not_run_into_the_names(lost: int) -> None:
    rows = [Swing("居民（老年）", 900, lost, "499 人", LONG), Swing("居民（成年）", 0, 0, "0 人", "0 人")]
    drawn = str(swings(rows, "受益与受损"))
    ends = [
        (float(x), words)
        for x, words in re.findall(
            r'<text[^>]*text-anchor="end"[^>]*transform="translate\(([-\d.]+),[^>]*>([^<]+)<', drawn
        )
        if words == LONG
    ]
    assert len(ends) == 2  # for a desk and for a phone
    assert all(x - text_width(words, 11) >= -1 for x, words in ends)
