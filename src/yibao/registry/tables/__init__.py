"""The tables of the registry, by room. Migrations build them; a test holds the two together."""

from __future__ import annotations

from yibao.registry.tables import (  # noqa: F401
    accounts,
    assessments,
    clues,
    consents,
    core,
    credits,
    feedback,
    opinions,
    points,
)  # fmt: skip
from yibao.registry.tables.base import METADATA

__all__ = ["METADATA"]
