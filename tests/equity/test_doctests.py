"""The examples in docstrings of the public functions."""

from __future__ import annotations

import doctest
import importlib

import pytest

import yibao.equity as equity

MODULES = sorted(set(equity._NAMES.values()))


@pytest.mark.parametrize("module", MODULES)
def test_examples_of_the_docstrings(module: str) -> None:
    assert doctest.testmod(importlib.import_module(f"yibao.equity.{module}")).failed == 0


def test_every_public_name_is_there_once_and_is_no_module() -> None:
    for name in equity.__all__:
        assert getattr(equity, name) is not None
    assert not set(equity._NAMES) & set(equity._NAMES.values())
    with pytest.raises(AttributeError, match="no attribute"):
        _ = equity.ginny
