"""Profiles: which tables and columns go along, and what becomes of what points at a person.

A profile is a YAML file: one of ours by name, or the user's own by path.

    profile: statistics
    title: {zh: …, en: …}
    about: {zh: …, en: …}
    tables: [encounter, settlement]          names of tables, or
    groups: [care, money]                    groups of tables
    extensions: false                        whether columns x_* go along
    columns: {settlement: [total_amount]}    of these tables these columns only, besides key and required ones
    drop: {person: [name, phone]}            never these
    pseudonym: [person_id]                   columns, in every table, whose values are replaced by a keyed hash
    floor: {person.birth_date: year}         dates kept to the month or year only
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from yibao.engine.schema import Column, Table
from yibao.engine.yaml import read_yaml
from yibao.errors import UsageError, YibaoError
from yibao.ledger.contracts import load_contracts
from yibao.sharing.manifest import RECORDED

#: Columns that name or reach a person by themselves, by table.
DIRECT: Mapping[str, frozenset[str]] = {
    "person": frozenset({"name", "id_number", "phone", "address"}),
    "staff": frozenset({"name"}),
    "employer": frozenset({"name", "phone", "address"}),
    "assistance_status": frozenset({"certificate_no"}),
}


class ProfileRefused(YibaoError):
    """A profile that cannot be used; the message names file and key."""


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: str
    en: str


class Profile(BaseModel):
    """See the module."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: str = Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")
    title: _Words
    about: _Words
    tables: list[str] = []
    groups: list[str] = []
    extensions: bool = False
    columns: dict[str, list[str]] = {}
    drop: dict[str, list[str]] = {}
    pseudonym: list[str] = []
    floor: dict[str, Literal["month", "year"]] = {}

    def wanted(self) -> list[Table]:
        """The contracts of the tables that go along."""
        facts = [table for table in load_contracts().values() if table.kind == "fact"]
        return [table for table in facts if table.name in self.tables or table.group in self.groups]

    def kept(self, table: Table) -> list[Column]:
        """The contract columns of a table that go along."""
        only, never = self.columns.get(table.name), self.drop.get(table.name, [])
        return [
            c
            for c in table.columns
            if c.name not in (*RECORDED, *never) and (only is None or c.required or c.name in (*only, *table.key))
        ]

    def level(self, tables: list[Table]) -> Literal["L2", "L3", "L4"]:
        """Sensitivity of these tables: direct identifiers L4, rows about persons L3, neither L2."""
        if any(c.name in DIRECT.get(t.name, ()) for t in tables for c in self.kept(t)):
            return "L4"
        return "L3" if any("person_id" in t.by_name for t in tables) else "L2"


def shipped() -> list[str]:
    """Names of the profiles that come with the program."""
    folder = files("yibao.sharing") / "profiles"
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def load_profile(name: str) -> Profile:
    """A shipped profile by name, or one of the user's by path. Raises :class:`ProfileRefused`."""
    if name in shipped():
        text, where = (files("yibao.sharing") / "profiles" / f"{name}.yaml").read_text(encoding="utf-8"), name
    elif name.endswith((".yaml", ".yml")):
        text, where = _text(Path(name)), name
    else:
        listed = ", ".join(shipped())
        raise UsageError(
            f"there is no profile {name!r}",
            mend=f"use one of {listed}, or the path of a YAML file",
            zh=f"没有方案 {name!r}",
            mend_zh=f"可用 {listed}，或 YAML 文件路径",
        )
    try:
        profile = Profile.model_validate(read_yaml(text, where))
    except ValidationError as error:
        first = error.errors()[0]
        raise _refused(where, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    _check(profile, where)
    return profile


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise _refused(str(path), "not UTF-8") from None


def _check(profile: Profile, where: str) -> None:
    contracts = load_contracts()
    groups = {table.group for table in contracts.values() if table.kind == "fact"}
    for group in profile.groups:
        if group not in groups:
            raise _refused(where, f"groups: {group!r} is none of {', '.join(sorted(groups))}")
    for name in (*profile.tables, *profile.columns, *profile.drop):
        if name not in contracts or contracts[name].kind != "fact":
            raise _refused(where, f"{name!r} is no table of facts")
    named = [(t, c) for part in (profile.columns, profile.drop) for t, columns in part.items() for c in columns]
    named += [(table, column) for table, _, column in (key.partition(".") for key in profile.floor)]
    for table, column in named:
        if table not in contracts or column not in contracts[table].by_name:
            raise _refused(where, f"there is no column {table}.{column}")
    for table, columns in profile.drop.items():
        for column in columns:
            if contracts[table].by_name[column].required or column in contracts[table].key:
                raise _refused(where, f"drop: {table}.{column} is required by whoever receives it")
    for key in profile.floor:
        table, _, column = key.partition(".")
        if contracts[table].by_name[column].type != "date":
            raise _refused(where, f"floor: {key} is no date")
    for column in profile.pseudonym:
        if not any(c.name == column and c.type == "text" for t in contracts.values() for c in t.columns):
            raise _refused(where, f"pseudonym: no table has a text column {column!r}")
    if not profile.wanted():
        raise _refused(where, "no table: name `tables` or `groups`")


def _refused(where: str, what: str) -> ProfileRefused:
    return ProfileRefused(what, where=where, zh=f"方案有误：{what}")
