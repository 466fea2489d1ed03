"""What every refusal must be: raised by its name, with its article in both languages, what mends it, and logged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import select

from yibao.registry import Refused, Registry
from yibao.registry.articles import articles
from yibao.registry.tables.core import EVENT

#: (name, article) of the refusals of the test that runs.
RAISED: list[tuple[str, str]] = []


def refused(name: str, act: Callable[[], object]) -> Refused:
    """Run what must be refused by this name, and hold the refusal against the law that it names."""
    with pytest.raises(Refused) as caught:
        act()
    told = caught.value
    assert told.name == name, told
    law = articles()[told.article]
    assert law["en"] in told.what and law["zh"] in told.zh and told.mend and told.mend_zh
    RAISED.append((told.name, told.article))
    return told


def hold_against_the_trail(registry: Registry) -> None:
    """Everything that the test was refused is in the trail, by name and article."""
    with registry.engine.connect() as connection:
        bodies = connection.execute(select(EVENT.c.body).where(EVENT.c.outcome == "refused")).scalars()
        logged = Counter((said["refused"], said["article"]) for said in map(json.loads, filter(None, bodies)))
    missing = Counter(RAISED) - logged
    RAISED.clear()
    assert not missing, f"refused, and not logged: {dict(missing)}"
