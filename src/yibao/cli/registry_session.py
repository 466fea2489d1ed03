"""What all commands of `yibao registry` share: where the registry is, who acts, when, and how the answer is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from yibao.cli.registry_words import MONEY, label, said
from yibao.cli.show import print_json, print_table, say
from yibao.cli.words import t
from yibao.engine.money import parse_money
from yibao.errors import UsageError
from yibao.registry import Registry, Unit, Verb

RegistryPlace = Annotated[
    str,
    typer.Option(
        "--registry", metavar="PLACE", envvar="YIBAO_REGISTRY",
        help=t("登记库：文件，或 postgresql://…", "the registry: a file, or postgresql://…"),
    ),
]  # fmt: skip
By = Annotated[
    str,
    typer.Option("--by", metavar="ACTOR", envvar="YIBAO_ACTOR", help=t("操作人编号", "who acts, by id")),
]
At = Annotated[
    datetime | None,
    typer.Option(
        "--at", metavar="T", formats=["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"],
        help=t("办理时间，默认现在", "when it was done, now by default; YYYY-MM-DD[ HH:MM]"),
    ),
]  # fmt: skip
Request = Annotated[
    str | None,
    typer.Option(
        "--request", metavar="KEY",
        help=t("请求编号：同一编号重复提交只办理一次", "a key of your choice: the same request again changes nothing"),
    ),
]  # fmt: skip
Enclosed = Annotated[
    Path | None,
    typer.Option("--file", metavar="PATH", exists=True, help=t("附件（登记其摘要）", "a document; its digest is kept")),
]
Granted = Annotated[
    bool, typer.Option("--granted/--refused", help=t("成立（同意）或不成立（不同意）", "whether it is granted"))
]
HERE = "registry.db"


@dataclass(frozen=True)
class Session:
    """A registry opened for one command, and the actor."""

    registry: Registry
    by: str
    at: datetime | None = None
    request: str | None = None

    def do(self, act: Verb, *args: Any, **named: Any) -> Mapping[str, Any]:
        return self.registry.do(act, *args, by=self.by, at=self.at, request=self.request, **named)

    @contextmanager
    def reading(self, permission: str) -> Iterator[Unit]:
        with self.registry.reading(permission, self.by) as unit:
            yield unit


@contextmanager
def session(place: str, by: str, at: datetime | None = None, request: str | None = None) -> Iterator[Session]:
    """Open the registry for a command; a day without an hour is its noon."""
    if at is not None and (at.hour, at.minute) == (0, 0):
        at = at.replace(hour=12)
    with Registry.open(place, pool=2) as registry:
        yield Session(registry, by, at, request)


def fen(text: str) -> int:
    """Fen of an amount in yuan."""
    try:
        return parse_money(text)
    except ValueError:
        raise UsageError(f"{text!r} is no amount in yuan", mend="write it like 1234.50", zh=f"{text!r} 不是金额（元）",
                         mend_zh="例如 1234.50") from None  # fmt: skip


def hundredths(text: str) -> int:
    """A value with at most two decimals, in hundredths."""
    return fen(text)


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day", mend="write it like 2025-03-31", zh=f"{text!r} 不是日期",
                         mend_zh="例如 2025-03-31") from None  # fmt: skip


def pairs(given: Sequence[str], option: str) -> dict[str, str]:
    """``NAME=VALUE`` of a repeatable option."""
    wrong = [one for one in given if "=" not in one]
    if wrong:
        raise UsageError(f"{option} {wrong[0]}: write NAME=VALUE", zh=f"{option} {wrong[0]}：应写成 名称=值")
    return dict(one.rsplit("=", 1) for one in given)


def sha256(path: Path | None) -> str | None:
    """The digest of a file that is handed in; the file itself stays where it is."""
    return None if path is None else hashlib.sha256(path.read_bytes()).hexdigest()


def show(answer: Mapping[str, Any], as_json: bool) -> None:
    """An answer as JSON, or line by line with its names in the user's language."""
    if as_json:
        print_json(answer)
        return
    for name, value in answer.items():
        if value is None or value == [] or isinstance(value, dict):
            continue
        say(f"{label(name)}{t('：', ': ')}{said(name, value)}")


def listed(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], as_json: bool) -> None:
    """Rows as JSON, or as a table of some columns."""
    if as_json:
        print_json([dict(row) for row in rows])
        return
    cells = [[said(name, row.get(name)) for name in columns] for row in rows]
    print_table([label(name) for name in columns], cells, right=[n for n, name in enumerate(columns) if name in MONEY])
