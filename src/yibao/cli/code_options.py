"""Arguments and options that the commands of code maps share."""

from __future__ import annotations

from typing import Annotated

import typer

from yibao.cli.words import t

Kind = Annotated[
    str,
    typer.Option("--kind", metavar="KIND", help=t("item 项目、diagnosis 诊断、procedure 手术", "item, diagnosis …")),
]
Edition = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="EDITION", help=t("目标版本（账本中不止一个时）", "target edition, if there are several")
    ),
]
Institution = Annotated[
    str | None,
    typer.Option(
        "--institution",
        metavar="ID",
        help=t("一家机构（不给则为所有机构）", "one institution (without it: every institution)"),
    ),
]
By = Annotated[str, typer.Option("--by", metavar="NAME", help=t("决定人", "who decides"))]
Code = Annotated[str, typer.Argument(metavar="CODE", help=t("本地编码", "the local code"))]
System = Annotated[
    str, typer.Option("--system", metavar="S", help=t("编码体系（默认为机构自有编码）", "system of the local code"))
]
Overrule = Annotated[
    bool, typer.Option("--overrule", help=t("已有不同决定时也记录（取代它）", "also where another decision holds"))
]
