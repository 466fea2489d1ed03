"""Health shocks and budget shares on households made to order: what is put in comes out, and shares add up."""

from __future__ import annotations

import numpy as np
import pytest

from yibao.equity.errors import MethodError
from yibao.equity.protection.shocks import health_shock_shares


@pytest.fixture(scope="module")
def households() -> dict[str, np.ndarray]:
    """300 households in 4 years; a shock moves spending from food, twice as much where there is no insurance."""
    random = np.random.default_rng(5)
    homes, years = np.repeat(np.arange(300), 4), np.tile(np.arange(2010, 2018, 2), 300)
    insured = np.repeat(random.random(300) < 0.5, 4)
    shock = random.normal(size=1200)
    medical = np.exp(0.2 + 0.3 * np.repeat(random.normal(size=300), 4) + 0.5 * shock)
    food = 20 * np.exp(0.1 * np.repeat(random.normal(size=300), 4)) * np.exp(np.where(insured, -0.05, -0.10) * shock)
    other = 15 * np.exp(0.02 * random.normal(size=1200))
    return {
        "home": homes.astype(str), "year": years, "medical": medical, "food": food, "other": other, "truth": shock,
        "insurance": np.where(insured, "insured", "none"),
        "income": np.repeat(np.where(np.arange(300) % 2, "high", "low"), 4),
    }  # fmt: skip


PARTS = ["medical", "food", "other"]


def test_shares_move_and_add_up(households: dict[str, np.ndarray]) -> None:
    found = health_shock_shares(
        households, PARTS, "medical", "home", "year", insurance="insurance", income_group="income"
    )
    assert found.adding_up == pytest.approx(0, abs=1e-10)
    assert found.effects["medical"].value > 0 > found.effects["food"].value
    assert np.corrcoef(found.shock, households["truth"])[0, 1] > 0.8
    assert set(found.by_cell["food"]) == {f"{i} × {s}" for i in ("high", "low") for s in ("insured", "none")}
    for income in ("high", "low"):
        assert found.by_cell["food"][f"{income} × none"].value < found.by_cell["food"][f"{income} × insured"].value
    cells = [sum(found.by_cell[part][cell].value for part in PARTS) for cell in found.by_cell["food"]]
    assert cells == pytest.approx([0] * 4, abs=1e-10)
    assert "mechanical" in [note.code for note in found.notes] and "pyfixest" in found.errors.en


def test_refusals(households: dict[str, np.ndarray]) -> None:
    with pytest.raises(MethodError, match="medical among them"):
        health_shock_shares(households, ["food", "other"], "medical", "home", "year")
    nothing = {**households, **{part: households[part] * (np.arange(1200) > 0) for part in PARTS}}
    with pytest.raises(MethodError, match="spend nothing"):
        health_shock_shares(nothing, PARTS, "medical", "home", "year")
    with pytest.raises(MethodError, match="no column schooling"):
        health_shock_shares(households, [*PARTS, "schooling"], "medical", "home", "year")
