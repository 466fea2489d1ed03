"""V08 of the methods' worked examples: twelve households with weights, and what they spend in a year."""

from __future__ import annotations

import numpy as np

SIZE = np.array([4, 3, 5, 2, 3, 4, 1, 2, 3, 5, 4, 2], dtype=float)
WEIGHT = np.array([100, 120, 80, 150, 110, 90, 200, 130, 100, 70, 95, 140], dtype=float)
CONSUMPTION = np.array([8, 9.5, 12, 15, 18, 21, 24, 26, 30, 36, 48, 60]) * 1000
FOOD = np.array([5000, 5600, 7000, 8000, 9000, 9500, 9000, 9800, 10500, 12000, 13500, 14000], dtype=float)
OOP = np.array([1200, 300, 2500, 400, 9000, 1500, 6000, 200, 4500, 1800, 15000, 2400], dtype=float)
PREPAID = np.array([200, 300, 500, 700, 900, 1200, 1500, 1700, 2100, 2700, 4200, 6000], dtype=float)
LINE = 3100.0

MEMBERS = WEIGHT * SIZE
PER_HEAD = CONSUMPTION / SIZE
