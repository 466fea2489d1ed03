"""`yibao registry data`: classified data, permits, consents, releases, and who looked at whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from sqlalchemy import select

from yibao.cli.options import AsJson
from yibao.cli.registry_session import HERE, At, By, Granted, RegistryPlace, day, listed, session, sha256, show
from yibao.cli.words import t
from yibao.registry import rights
from yibao.registry.tables.consents import DATASET, PERMIT

app = typer.Typer(
    help=t(
        "数据权利：分级、用途、许可、同意、发布、查看记录",
        "Data rights: levels, purposes, permits, consents, releases, looks",
    ),
    no_args_is_help=True,
)


Dataset = Annotated[str, typer.Argument(metavar="DATASET", help=t("数据集", "the data set"))]


Purpose = Annotated[str, typer.Option("--purpose", metavar="ID", help=t("用途", "the purpose"))]


Person = Annotated[str, typer.Argument(metavar="PERSON", help=t("本人编号", "the person"))]


Until = Annotated[str, typer.Option("--to", metavar="DAY", help=t("截止日（不含）", "until this day, exclusive"))]


@app.command("classify", help=t("登记数据集及其级别（L1 至 L5）", "Register a data set and its level, L1 to L5"))
def classify(
    dataset: Dataset,
    by: By,
    level: Annotated[
        Literal["L1", "L2", "L3", "L4", "L5"],
        typer.Option("--level", help=t("级别；混合内容取最高", "the level; of mixed contents the highest")),
    ],
    title: Annotated[str, typer.Option("--title", help=t("名称", "its name"))],
    owner: Annotated[str, typer.Option("--owner", help=t("责任单位", "who answers for it"))],
    basis: Annotated[str, typer.Option("--basis", help=t("法律依据", "its legal ground"))],
    source: Annotated[str, typer.Option("--source", help=t("来源", "where it comes from"))] = "ledger",
    subjects: Annotated[str, typer.Option("--subjects", help=t("涉及的人", "whom it is about"))] = "insured persons",
    retention: Annotated[str, typer.Option("--retention", help=t("保存期限", "how long it is kept"))] = "",
    location: Annotated[str, typer.Option("--location", help=t("存放处", "where it is kept"))] = "",
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    with session(place, by) as acting:
        show(
            acting.do(
                rights.classify, dataset, title, title, level, owner, source, basis, subjects, retention, location
            ),
            as_json,
        )


@app.command("purpose", help=t("登记用途；法定职责无需本人同意", "Name a purpose; a duty by law needs no consent"))
def purpose(
    purpose_id: Annotated[str, typer.Argument(metavar="ID", help=t("用途编号", "its id"))],
    by: By,
    title: Annotated[str, typer.Option("--title", help=t("名称", "its name"))],
    basis: Annotated[str, typer.Option("--basis", help=t("依据", "its ground"))],
    statutory: Annotated[
        bool, typer.Option("--statutory/--by-consent", help=t("法定职责，或凭同意", "a duty by law, or by consent"))
    ],
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    with session(place, by) as acting:
        show(acting.do(rights.set_purpose, purpose_id, title, title, basis, statutory), as_json)


@app.command("permit", help=t("许可某人为某用途使用某数据集", "Permit somebody the use of a data set for a purpose"))
def permit(
    permit_id: Annotated[str, typer.Argument(metavar="PERMIT", help=t("许可编号", "the permit's number"))],
    dataset: Dataset,
    by: By,
    purpose_id: Purpose,
    actor: Annotated[str, typer.Option("--actor", metavar="ACTOR", help=t("给谁", "to whom"))],
    region: Annotated[str, typer.Option("--region", metavar="CODE", help=t("区划", "region"))],
    until: Until,
    ticket: Annotated[str, typer.Option("--ticket", help=t("工单", "the matter for which it is needed"))] = "",
    impact: Annotated[
        str | None, typer.Option("--impact", metavar="NO", help=t("影响评估编号", "number of the impact assessment"))
    ] = None,
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    with session(place, by) as acting:
        show(
            acting.do(rights.permit, permit_id, dataset, purpose_id, actor, region, day(until), ticket, impact), as_json
        )


@app.command("approve", help=t("第二人批准许可（高级别数据）", "The second person's approval of a permit"))
def approve(
    permit_id: Annotated[str, typer.Argument(metavar="PERMIT", help=t("许可编号", "the permit"))], by: By,
    place: RegistryPlace = HERE, as_json: AsJson = False,
) -> None:  # fmt: skip
    with session(place, by) as acting:
        show(acting.do(rights.second_approval, permit_id), as_json)


@app.command("revoke", help=t("收回许可", "Take a permit back"))
def revoke(
    permit_id: Annotated[str, typer.Argument(metavar="PERMIT", help=t("许可编号", "the permit"))], by: By,
    place: RegistryPlace = HERE, as_json: AsJson = False,
) -> None:  # fmt: skip
    with session(place, by) as acting:
        show(acting.do(rights.revoke_permit, permit_id), as_json)


@app.command("list", help=t("列出数据集与许可", "List data sets and permits"))
def list_data(by: By, place: RegistryPlace = HERE, as_json: AsJson = False) -> None:
    with session(place, by) as acting, acting.reading("data.read") as unit:
        rows = unit.rows(
            select(
                DATASET,
                PERMIT.c.permit_id,
                PERMIT.c.actor_id,
                PERMIT.c.purpose_id,
                PERMIT.c.valid_to,
                PERMIT.c.revoked_at,
            )
            .outerjoin(PERMIT, PERMIT.c.dataset_id == DATASET.c.dataset_id)
            .order_by(DATASET.c.dataset_id)
        )
    listed(
        rows,
        (
            "dataset_id",
            "level",
            t("title_zh", "title_en"),
            "owner",
            "permit_id",
            "actor_id",
            "purpose_id",
            "valid_to",
            "revoked_at",
        ),
        as_json,
    )


@app.command(
    "look",
    help=t("登记一次查看：只有获准的用途才放行", "Look at rows of persons: let through only for what is permitted"),
)
def look(
    look_id: Annotated[str, typer.Argument(metavar="LOOK", help=t("查看编号", "the look's number"))],
    dataset: Dataset,
    by: By,
    purpose_id: Purpose,
    persons: Annotated[
        list[str], typer.Option("--person", metavar="ID", help=t("涉及的人，可重复", "whom it touches; repeatable"))
    ],
    columns: Annotated[
        list[str], typer.Option("--column", metavar="NAME", help=t("所看字段，可重复", "the columns; repeatable"))
    ],
    predicate: Annotated[
        str, typer.Option("--where", help=t("查询条件（只存摘要）", "the condition; its digest is kept"))
    ] = "",
    device: Annotated[str | None, typer.Option("--device", help=t("设备或地址", "device or address"))] = None,
    place: RegistryPlace = HERE,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    with session(place, by, at) as acting:
        show(
            acting.do(rights.look, look_id, dataset, purpose_id, columns, predicate, len(persons), persons, device),
            as_json,
        )


@app.command(
    "alarms", help=t("异常查看：大量、非工作时间、单人", "Alarming looks: many persons, off hours, one person only")
)
def alarms(by: By, place: RegistryPlace = HERE, as_json: AsJson = False) -> None:
    with session(place, by) as acting, acting.reading("data.read") as unit:
        rows = rights.alarming(unit)
    listed(rows, ("looked_at", "actor_id", "name", "dataset_id", "persons", "alerts", "look_id"), as_json)


@app.command(
    "release",
    help=t("申请对外发布：最小分组与级别须过闸", "Ask that a result may leave: small groups and levels are checked"),
)
def release(
    release_id: Annotated[str, typer.Argument(metavar="RELEASE", help=t("发布编号", "its number"))],
    dataset: Dataset,
    by: By,
    purpose_id: Purpose,
    receiver: Annotated[
        Literal["internal", "shared", "public"], typer.Option("--receiver", help=t("接收方", "who receives it"))
    ],
    file: Annotated[
        Path,
        typer.Option(
            "--file", metavar="PATH", exists=True, help=t("文件（登记其摘要）", "the file; its digest is kept")
        ),
    ],
    rows: Annotated[int, typer.Option("--rows", min=0, help=t("行数", "its rows"))],
    smallest: Annotated[
        int | None, typer.Option("--smallest", min=0, help=t("最小分组人数", "fewest persons behind any figure"))
    ] = None,
    place: RegistryPlace = HERE,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    with session(place, by, at) as acting:
        show(
            acting.do(rights.ask_release, release_id, dataset, purpose_id, receiver, rows, sha256(file), smallest),
            as_json,
        )


@app.command(
    "answer-release", help=t("审批发布（须为他人）", "Approve or refuse a release: somebody else than who asked")
)
def answer_release(
    release_id: Annotated[str, typer.Argument(metavar="RELEASE", help=t("发布编号", "the release"))], by: By,
    granted: Granted,
    place: RegistryPlace = HERE, at: At = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    with session(place, by, at) as acting:
        show(acting.do(rights.answer_release, release_id, granted), as_json)


@app.command("recall", help=t("撤回已发布的", "Recall what was released"))
def recall(
    release_id: Annotated[str, typer.Argument(metavar="RELEASE", help=t("发布编号", "the release"))], by: By,
    reason: Annotated[str, typer.Option("--reason", help=t("理由", "why"))],
    place: RegistryPlace = HERE, as_json: AsJson = False,
) -> None:  # fmt: skip
    with session(place, by) as acting:
        show(acting.do(rights.recall, release_id, reason), as_json)


@app.command("releases", help=t("列出发布", "List releases"))
def list_releases(by: By, place: RegistryPlace = HERE, as_json: AsJson = False) -> None:
    with session(place, by) as acting, acting.reading("data.read") as unit:
        rows = rights.releases(unit)
    listed(
        rows,
        ("release_id", "dataset_id", "receiver", "level", "smallest_cell", "state", "asked_by", "approved_by"),
        as_json,
    )
