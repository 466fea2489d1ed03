"""The tables of the registry, by room. Migrations build them; a test holds the two together."""

from __future__ import annotations

from yibao.registry.tables import accounts, assessments, clues, consents, core, credits, opinions, points  # noqa: F401
from yibao.registry.tables.base import METADATA

__all__ = ["METADATA"]
