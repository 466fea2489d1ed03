"""`yibao registry credit`: credit of institutions and insured persons."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from yibao.cli.options import AsJson
from yibao.cli.registry_session import (
    HERE,
    At,
    By,
    Granted,
    RegistryPlace,
    Request,
    day,
    hundredths,
    listed,
    pairs,
    session,
    show,
)
from yibao.cli.show import print_json, print_table, say
from yibao.cli.words import language, t
from yibao.registry import credit

app = typer.Typer(
    help=t("信用：指标、事件、等级、修复与异议", "Credit: indicators, events, grades, repair, objection"),
    no_args_is_help=True,
)
Kind = Annotated[
    Literal["institution", "person"],
    typer.Argument(metavar="institution|person", help=t("主体类别", "kind of subject")),
]
Subject = Annotated[str, typer.Argument(metavar="ID", help=t("主体编号", "the subject's id"))]
Period = Annotated[str, typer.Option("--period", metavar="YEAR", help=t("期间", "the period"))]
Region = Annotated[
    str | None, typer.Option("--region", metavar="CODE", help=t("区划（个人主体须给出）", "region; needed for persons"))
]


@app.command("set", help=t("录入指标（0 至 100 分）", "Set indicators, 0 to 100 points each"))
def set_values(
    kind: Kind,
    subject: Subject,
    by: By,
    period: Period,
    values: Annotated[
        list[str],
        typer.Option(
            "--value",
            metavar="NAME=POINTS",
            help=t("指标或整个维度的分值，可重复", "an indicator or a whole domain; repeatable"),
        ),
    ],
    source: Annotated[str, typer.Option("--source", help=t("数据来源", "where the values come from"))] = "manual",
    region: Region = None,
    place: RegistryPlace = HERE,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    micro = {name: hundredths(value) * 10_000 for name, value in pairs(values, "--value").items()}
    with session(place, by, at) as acting:
        show(acting.do(credit.set_indicators, kind, subject, period, micro, source, region), as_json)


@app.command("event", help=t("登记信用事件", "Record an event"))
def event(
    kind: Kind,
    subject: Subject,
    event_id: Annotated[str, typer.Argument(metavar="EVENT", help=t("事件编号", "the event's number"))],
    by: By,
    what: Annotated[str, typer.Option("--kind", help=t("事件类别，见 credit law", "its kind; see credit law"))],
    ground: Annotated[str, typer.Option("--ground", help=t("依据", "its ground"))],
    on: Annotated[str, typer.Option("--on", metavar="DAY", help=t("发生日", "when it happened"))],
    points: Annotated[int, typer.Option("--points", help=t("分值", "points"))] = 0,
    clue: Annotated[
        str | None, typer.Option("--clue", metavar="CLUE", help=t("所据疑点", "the clue it follows"))
    ] = None,
    region: Region = None,
    place: RegistryPlace = HERE,
    at: At = None,
    request: Request = None,
    as_json: AsJson = False,
) -> None:
    with session(place, by, at, request) as acting:
        show(acting.do(credit.add_event, kind, subject, event_id, what, day(on), ground, points, clue, region), as_json)


@app.command("score", help=t("评价一个主体并说明得分如何而来", "Score a subject, and say how the score came about"))
def score(
    kind: Kind, subject: Subject, by: By, period: Period, region: Region = None, place: RegistryPlace = HERE,
    at: At = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    with session(place, by, at) as acting:
        found = acting.do(credit.evaluate, kind, subject, period, None, region)
    if as_json:
        print_json(found)
        return
    say(f"{found['subject_id']}  {found['grade']}  {found['score_milli'] / 1000:.3f}  ({found['law']})")
    print_table([t("项", "step"), t("数额", "figure"), t("说明", "what")], [_step(one) for one in found["steps"]])


@app.command("list", help=t("权限内的信用等级，低者在前", "Grades within your scope, the lowest first"))
def list_scores(by: By, place: RegistryPlace = HERE, as_json: AsJson = False) -> None:
    with session(place, by) as acting, acting.reading("credit.read") as unit:
        rows = credit.scores(unit)
    listed(rows, ("subject_kind", "subject_id", "period", "grade", "score_milli", "scored_on"), as_json)


@app.command("request", help=t("申请修复，或提出异议", "Ask for repair of an event, or object to it"))
def request_command(
    event_id: Annotated[str, typer.Argument(metavar="EVENT", help=t("事件编号", "the event's number"))],
    by: By,
    kind: Annotated[
        Literal["repair", "objection"], typer.Option("--kind", help=t("修复或异议", "repair or objection"))
    ],
    words: Annotated[str, typer.Option("--words", help=t("理由", "why"))],
    place: RegistryPlace = HERE,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    with session(place, by, at) as acting:
        show(acting.do(credit.request, event_id, kind, words), as_json)


@app.command("answer", help=t("答复修复申请或异议", "Answer a request"))
def answer(
    request_id: Annotated[str, typer.Argument(metavar="REQUEST", help=t("申请编号", "the request"))], by: By,
    granted: Granted,
    place: RegistryPlace = HERE, at: At = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    with session(place, by, at) as acting:
        show(acting.do(credit.answer, request_id, granted), as_json)


@app.command(
    "law",
    help=t(
        "信用规则：维度、指标、事件、等级与后果", "The law of credit: domains, indicators, events, grades, consequences"
    ),
)
def law(kind: Kind, as_json: AsJson = False) -> None:
    said, lang = credit.law_of(kind).said, language()
    if as_json:
        print_json(said)
        return
    rows: list[tuple[Any, ...]] = [(d["id"], d["weight"], d[lang], ", ".join(d["indicators"])) for d in said["domains"]]
    rows += [(name, _points(e), e[lang], e["source"]) for name, e in said["events"].items()]
    rows += [(grade, f"≥ {said['grades'][grade]}", c[lang], "") for grade, c in said["consequences"].items()]
    print_table([t("项", "item"), t("权重或分值", "weight or points"), t("名称", "name"), t("内容", "content")], rows)


def _points(event: dict[str, Any]) -> str:
    if "points" in event:
        return "…".join(dict.fromkeys(map(str, event["points"])))
    return f"≤ {event['cap']}" if "cap" in event else str(event["grade"])


def _step(one: dict[str, Any]) -> tuple[str, str, str]:
    lang = language()
    if one["kind"] == "domain":
        return one["domain"], f"{one['value_micro'] / 1e6:.2f} × {one['weight']}/{one['of']}", one[lang]
    if one["kind"] == "event":
        return (
            one["event"],
            f"{one['counts_milli'] / 1000:+.3f}",
            f"{one[lang]} {one['on']} ({one['points_milli'] / 1000:+.0f})",
        )
    if one["kind"] == "cap":
        return t("封顶", "cap"), f"{one['milli'] / 1000:.0f}", ""
    return t("等级", "grade"), one["grade"], one[lang]
