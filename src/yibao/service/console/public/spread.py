"""A provider's figures against the spread of its level: a quartile picture, a word, and silence where cases are few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from yibao.presentation import micro
from yibao.presentation.fmt import Lang

Pair = tuple[str, str]
#: Peers below which nothing is compared, and from which the outer tenths are shown too.
LEAST, OUTER = 5, 10
WORDS: Mapping[str, Pair] = {
    "above": ("高于同级", "higher than its level"), "similar": ("与同级相近", "similar to its level"),
    "below": ("低于同级", "lower than its level"), "few": ("例数不足，不作评价", "too few cases: not assessed"),
    "alone": ("同级不足 5 家，不比较", "fewer than 5 peers: not compared"),
}  # fmt: skip
SIGNS = {"above": "up", "similar": "eq", "below": "down", "few": "dash", "alone": "dash"}


@dataclass(frozen=True)
class Placed:
    """A value among its peers' (P10, P25, median, P75, P90 in its unit). ``word`` is a key of :data:`WORDS`."""

    value: float | None
    quartiles: tuple[float, float, float, float, float] | None
    peers: int
    word: str

    def mark(self, label: str) -> Markup | str:
        """The strip; nothing where there is no comparison."""
        if self.value is None or self.quartiles is None:
            return ""
        return micro.strip(self.value, (self.value, self.value), self.quartiles, label)

    def said(self, lang: Lang) -> str:
        return WORDS[self.word][lang == "en"]


def placed(value: float | None, peers: Sequence[float]) -> Placed:
    """Where a value lies among its peers' values (its own among them). Fewer than five are no comparison.

    With five to nine peers only the middle half is told, since the outer tenths would be single providers.
    """
    if value is None or len(peers) < LEAST:
        return Placed(value, None, len(peers), "few" if value is None else "alone")
    p10, p25, p50, p75, p90 = (float(v) for v in np.quantile(np.asarray(peers), [0.1, 0.25, 0.5, 0.75, 0.9]))
    if len(peers) < OUTER:
        p10, p90 = p25, p75
    word = "above" if value > p75 else "below" if value < p25 else "similar"
    return Placed(value, (p10, p25, p50, p75, p90), len(peers), word)
