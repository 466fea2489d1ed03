"""Public names of the families: each is there, documented, and its examples hold."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest

import yibao.equity
from yibao.equity import evaluation, protection

MODULES = [
    *(f"yibao.equity.{name}" for name in (
        "access", "checks", "concentration", "dispersion", "efficiency", "grey", "hard_and_expensive", "productivity",
        "progressivity", "slacks_based", "strata",
    )),
    *(f"{package.__name__}.{found.name}" for package in (evaluation, protection)
      for found in pkgutil.iter_modules(package.__path__)),
]  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings(module: str) -> None:
    result = doctest.testmod(importlib.import_module(module))
    assert result.failed == 0


@pytest.mark.parametrize("module", MODULES)
def test_what_is_public_says_what_it_does(module: str) -> None:
    loaded = importlib.import_module(module)
    own = [
        item for name, item in vars(loaded).items()
        if not name.startswith("_") and getattr(item, "__module__", "") == module and callable(item)
    ]  # fmt: skip
    assert own and [item.__name__ for item in own if not inspect.getdoc(item)] == []


@pytest.mark.parametrize("name", ["concentration_index", "catastrophic_expenditure", "malmquist", "callaway_santanna"])
def test_names_in_the_words_of_the_field(name: str) -> None:
    assert name in yibao.equity.__all__ and callable(getattr(yibao.equity, name))
