"""Weights of unnamed regions, for vectors that give a matrix alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from yibao.equity import SpatialWeights


def weights(matrix: Any) -> SpatialWeights:
    """Weights of unnamed regions."""
    w = np.asarray(matrix, dtype=float)
    return SpatialWeights(tuple(str(i) for i in range(len(w))), w, ("邻接", "shared borders"), False)
