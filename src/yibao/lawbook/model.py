"""What a law says, typed: the schema of ``rule.yaml`` and the law object that the rest of the house uses."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from yibao.engine.kernels import Kernel
from yibao.engine.portable import Statement
from yibao.lawbook.problem_words import chinese

Kind = Literal["rule", "quality", "indicator"]
Stage = Literal["order", "settlement", "audit"]
Lang = Literal["zh", "en"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Strict):
    """The same words in Chinese and English."""

    zh: str
    en: str

    def __getitem__(self, lang: str) -> str:
        return self.en if lang == "en" else self.zh


def _text_list(value: Any) -> Any:
    """``a|b|c`` in YAML stands for a list where one is expected."""
    return [] if value is None else value


class Official(_Strict):
    """An official rule class that the law serves (2025 edition number, framework-1.0 code, name)."""

    number: int = Field(alias="class")
    code: str | None = None
    name: str


class Basis(_Strict):
    """The legal ground: which text, which article, and its gist in our words."""

    law: Text
    article: str
    gist: Text | None = None


class Effective(_Strict):
    """Half-open period [from, to) in which the law applies to events."""

    start: date = Field(alias="from")
    end: date | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _ordered(self) -> Effective:
        if self.end is not None and self.end <= self.start:
            raise ValueError("`to` must be later than `from`")
        return self


ParamType = Literal["int", "text", "money", "rate", "milli", "micro", "date", "bool"]


class Param(_Strict):
    """A parameter: its default, type, unit, meaning and where the value comes from."""

    value: str
    type: ParamType = "int"
    unit: str | None = None
    zh: str
    en: str
    source: str | None = None

    @model_validator(mode="after")
    def _typed(self) -> Param:
        typed_value(self.type, self.value)
        return self


class Signal(_Strict):
    """One kind of evidence. ``{value}``, ``{count}`` and ``{sum}`` in the words are replaced by its figures."""

    zh: str
    en: str
    unit: str | None = None
    say: bool = True


class Candidates(_Strict):
    """Which ordered codes can fire the law: a column of a reference table, optionally narrowed."""

    table: str
    column: str
    where: str | None = None
    primitive: str | None = None  # of a law with several, the one that serves these codes


TextList = Annotated[list[Text], BeforeValidator(_text_list)]


class Occasion(_Strict):
    """Something that must be in a person's slice for the law to be able to fire: a row, a value, or any value."""

    table: str
    column: str | None = None
    value: str | None = None


class LawText(_Strict):
    """The content of ``rule.yaml``."""

    id: str = Field(pattern=r"^[A-Z][A-Z0-9-]*[0-9]+$")
    kind: Kind = "rule"
    version: str
    official: Annotated[list[Official], BeforeValidator(_text_list)] = []
    title: Text
    question: Text
    basis: Annotated[list[Basis], BeforeValidator(_text_list)] = []
    stages: list[Stage] = ["audit"]
    room: Literal["quality", "supervision"] | None = None
    result: Literal["violation", "suspect", "lead"] | None = None
    severity: Literal["error", "warning"] | None = None
    effective: Effective
    status: Literal["draft", "on"] = "on"
    region: str = "CN"
    reads: list[str]
    params: Annotated[dict[str, Param], BeforeValidator(lambda v: v or {})] = {}
    grain: Text
    slice_key: str | None = None
    candidates: Annotated[list[Candidates], BeforeValidator(lambda v: [v] if isinstance(v, dict) else (v or []))] = []
    only_if: Annotated[list[Occasion], BeforeValidator(_text_list)] = []
    money: Text | None = None
    expected: Text | None = None
    form: Literal["sql", "kernel"] = "sql"
    each: str | None = None
    primitives: Annotated[list[str], BeforeValidator(_text_list)] = []
    signals: Annotated[dict[str, Signal], BeforeValidator(lambda v: v or {})] = {}
    lead: Text | None = None
    exemptions: Annotated[list[str], BeforeValidator(_text_list)] = []
    looks_like: TextList = []
    missing: TextList = []
    numerator: Text | None = None
    denominator: Text | None = None

    @property
    def key(self) -> str:
        """Identity with version: what runs and their manifests call the law."""
        return f"{self.id}@{self.version}"

    @model_validator(mode="after")
    def _complete(self) -> LawText:
        if self.kind == "rule" and (self.result is None or not self.signals or self.lead is None):
            raise ValueError("a rule needs `result`, `signals` and `lead`")
        if self.kind == "quality" and self.severity is None:
            raise ValueError("a quality law needs `severity`")
        if self.kind == "indicator" and (self.numerator is None or self.denominator is None):
            raise ValueError("an indicator needs `numerator` and `denominator`")
        if self.kind == "quality" and self.room == "supervision":
            raise ValueError("a quality law runs in the room `quality`")
        if self.each is not None and (self.form == "kernel" or self.primitives):
            raise ValueError("`each` goes with a `rule.sql` of the law's own")
        if "order" in self.stages and self.slice_key != "person_id":
            raise ValueError("an order-stage law needs `slice_key: person_id`")
        if "order" in self.stages and not self.candidates:
            raise ValueError("an order-stage law needs `candidates`: which ordered codes can fire it")
        return self


def typed_value(kind: str, value: Any) -> Any:
    """A parameter's value as the engine binds it. Raises :class:`ValueError` with the expectation."""
    if kind == "text":
        return str(value)
    if kind == "date":
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    if kind == "bool":
        if str(value).lower() not in ("true", "false"):
            raise ValueError(f"expected true or false, got {value!r}")
        return str(value).lower() == "true"
    try:
        return int(str(value))
    except ValueError:
        raise ValueError(f"expected a whole number ({kind}), got {value!r}") from None


@dataclass(frozen=True)
class Law:
    """A checked law, ready to be bound and run."""

    text: LawText
    folder: Path
    bodies: tuple[Statement, ...]  # one, or of a law with `each` several: their rows together are the law's
    kernel: Kernel | None
    source: str  # the SQL as written, for `law show`
    hash: str
    shipped: bool = True
    parts: Mapping[str, Statement] = field(default_factory=dict)  # by primitive, of a law with several

    def only(self, primitive: str) -> Law:
        """The law with one of its primitives: what an order meets whose codes only that one serves."""
        return replace(self, bodies=(self.parts[primitive],))

    @cached_property
    def tables(self) -> frozenset[str]:
        """The contract tables that the law reads."""
        return frozenset().union(*(body.tables for body in self.bodies))

    @cached_property
    def columns(self) -> dict[str, frozenset[str]]:
        """The contract columns that the law reads, by table."""
        return {name: frozenset().union(*(body.columns.get(name, ()) for body in self.bodies)) for name in self.tables}

    @cached_property
    def bound(self) -> frozenset[str]:
        """The parameters that the law's SQL binds."""
        return frozenset().union(*(body.parameters for body in self.bodies))

    @property
    def id(self) -> str:
        return self.text.id

    @property
    def key(self) -> str:
        return self.text.key

    @property
    def runs_in(self) -> str:
        """The room whose run this law belongs to; `room` in rule.yaml, else what its kind suggests."""
        return self.text.room or ("quality" if self.text.kind == "quality" else "supervision")

    def __getattr__(self, name: str) -> Any:
        # The words of the law are the law's own attributes: law.title["zh"], law.params, law.signals, …
        if name.startswith("_") or name == "text":
            raise AttributeError(name)
        return getattr(self.text, name)

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        return {name: typed_value(p.type, p.value) for name, p in self.text.params.items()}

    @property
    def cases_path(self) -> Path:
        return self.folder / "cases.yaml"


def hash_files(*texts: str) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode())
        digest.update(b"\x00")
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class LawProblem:
    """Why a law cannot run: file, line (0 unknown) and what to mend."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.path.parent.name}/{self.path.name}"
        return f"{place}, line {self.line}: {self.message}" if self.line else f"{place}: {self.message}"

    def words(self, lang: str) -> str:
        """What to mend, in Chinese or English."""
        return chinese(self.message) if lang == "zh" else self.message

    def said(self, lang: str) -> str:
        """The whole sentence, with file and line."""
        if lang != "zh":
            return str(self)
        place = f"{self.path.parent.name}/{self.path.name}" + (f" 第 {self.line} 行" if self.line else "")
        return f"{place}：{self.words(lang)}"
