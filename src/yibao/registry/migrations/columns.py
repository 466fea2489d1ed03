"""Columns as migrations make them. They stay as they are: what a form was does not change when the tables do."""

from __future__ import annotations

import sqlalchemy as sa


def text(name: str, *, needed: bool = True) -> sa.Column[str]:
    """Text; days and instants are ISO text too."""
    return sa.Column(name, sa.Text(), nullable=not needed)


def number(name: str, *, needed: bool = True) -> sa.Column[int]:
    """A whole number of eight bytes."""
    return sa.Column(name, sa.BigInteger(), nullable=not needed)
