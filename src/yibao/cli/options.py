"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from yibao.cli.words import t
from yibao.errors import UsageError

LedgerPath = Annotated[Path, typer.Argument(metavar="LEDGER", help=t("账本目录", "the ledger's directory"))]
OwnLaws = Annotated[
    list[Path] | None,
    typer.Option(
        "--law", metavar="DIR", help=t("您自己的法规目录，可重复", "a directory with laws of your own; repeatable")
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help=t("输出 JSON", "print JSON"))]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        metavar="T",
        formats=["%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"],
        help=t("按此时刻已入库的数据", "the ledger as it stood at this time, YYYY-MM-DD[ HH:MM:SS]"),
    ),
]
AtSnapshot = Annotated[
    int | None,
    typer.Option(
        "--snapshot",
        metavar="N",
        min=0,
        help=t(
            "读第 N 个快照（见 yibao snapshot list），而不是当前的",
            "read snapshot N (see yibao snapshot list), not the current one",
        ),
    ),
]
PackFirst = Annotated[
    Path | None,
    typer.Option(
        "--pack",
        metavar="DIR",
        help=t(
            "先按此分组方案包给住院病例分组，供用到病组的法规使用",
            "first put the stays into groups by this grouping pack, for the laws that read groups",
        ),
    ),
]
PackWeights = Annotated[
    Path | None,
    typer.Option(
        "--weights", metavar="FILE", help=t("权重表（病组、权重、系数）", "weights: group, weight, coefficients")
    ),
]
PackRate = Annotated[
    str | None,
    typer.Option("--rate", metavar="YUAN", help=t("费率：每一权重的金额", "rate: what a weight of 1 pays")),
]
MappedTo = Annotated[
    str | None,
    typer.Option(
        "--mapped",
        metavar="EDITION",
        help=t("账本：先用已确认的、到此版本的编码对照", "of a ledger: first apply its confirmed maps to this edition"),
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help=t("发现问题时退出码为 3", "exit 3 when issues were found"))]
Engine = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="NAME",
        help=t("引擎：duckdb（本机内置）或 spark（集群）", "duckdb (embedded) or spark (a cluster, or this machine)"),
    ),
]
Master = Annotated[
    str | None,
    typer.Option(
        "--master",
        metavar="URL",
        help=t(
            "Spark 集群地址；缺省为 spark-submit 或 spark-defaults.conf 所定，否则为本机全部核",
            "the Spark cluster; default that of spark-submit or spark-defaults.conf, else all cores of this machine",
        ),
    ),
]
Memory = Annotated[
    str | None,
    typer.Option(
        "--memory",
        metavar="SIZE",
        help=t(
            "引擎可用内存，如 4GB（spark 为驱动进程）", "memory the engine may take, such as 4GB (Spark: its driver)"
        ),
    ),
]


def pairs(words: Sequence[str] | None, option: str) -> dict[str, str]:
    """``name=value`` words of an option. Raises :class:`UsageError` for another form."""
    found = {}
    for word in words or ():
        name, equals, value = word.partition("=")
        if not (name and equals and value):
            raise UsageError(
                f"{option} {word!r} is not name=value", mend=f"write {option} name=诊断代码",
                zh=f"{option} {word!r} 不是 名称=值 的形式", mend_zh=f"请写作 {option} name=诊断代码",
            )  # fmt: skip
        found[name.strip()] = value.strip()
    return found
