"""`yibao registry assess`: the annual assessment of institutions."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from yibao.cli.options import AsJson
from yibao.cli.registry_session import HERE, At, By, Enclosed, RegistryPlace, hundredths, pairs, session, sha256, show
from yibao.cli.show import print_json, print_table, say
from yibao.cli.words import language, t
from yibao.registry import assessment
from yibao.registry.laws import registry_law

app = typer.Typer(
    help=t(
        "年度考核：方案、申报、核定、异议、结果",
        "Annual assessment: plan, declaration, verification, objection, result",
    ),
    no_args_is_help=True,
)
Plan = Annotated[str, typer.Argument(metavar="PLAN", help=t("方案编号", "the plan"))]
Institution = Annotated[str, typer.Argument(metavar="INSTITUTION", help=t("机构", "the institution"))]
Values = Annotated[
    list[str],
    typer.Option(
        "--value",
        metavar="NAME=VALUE",
        help=t("指标值，可重复；指标见 assess indicators", "an indicator's value; repeatable; see assess indicators"),
    ),
]


@app.command("open", help=t("开始一年的考核，冻结指标版本", "Open a year's assessment: the indicators are frozen"))
def open_plan(
    plan: Plan, by: By,
    year: Annotated[int, typer.Option("--year", help=t("年度", "the year"))],
    region: Annotated[str, typer.Option("--region", metavar="CODE", help=t("区划", "the region"))],
    place: RegistryPlace = HERE, at: At = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    with session(place, by, at) as acting:
        show(acting.do(assessment.open_plan, plan, year, region), as_json)


@app.command("declare", help=t("机构申报指标值", "The institution declares its values"))
def declare(
    plan: Plan,
    institution: Institution,
    by: By,
    values: Values,
    file: Enclosed = None,
    place: RegistryPlace = HERE,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    with session(place, by, at) as acting:
        show(acting.do(assessment.declare, plan, institution, _values(values), sha256(file)), as_json)


@app.command(
    "verify",
    help=t(
        "核定指标值；--again 为复评，用于信度",
        "Set the values found; --again for a second scoring, which tells reliability",
    ),
)
def verify(
    plan: Plan, institution: Institution, by: By, values: Values,
    again: Annotated[bool, typer.Option("--again", help=t("复评", "a second scoring"))] = False,
    note: Annotated[str | None, typer.Option("--note", help=t("说明", "a note"))] = None,
    place: RegistryPlace = HERE, at: At = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    with session(place, by, at) as acting:
        show(acting.do(assessment.verify_values, plan, institution, _values(values), note, again), as_json)


@app.command(
    "draft",
    help=t("赋权、评分，并报告信度、效度和区分度", "Weigh and score; tell reliability, validity, discrimination"),
)
def draft(plan: Plan, by: By, place: RegistryPlace = HERE, at: At = None, as_json: AsJson = False) -> None:
    with session(place, by, at) as acting:
        found = acting.do(assessment.draft, plan)
    if as_json:
        print_json(found)
        return
    until = t("家机构；异议期至", "institutions; objections until")
    say(f"{found['plan_id']}: {found['institutions']} {until} {found['objections_by']}")
    _quality(found["quality"])


@app.command("object", help=t("对自己的得分提出异议", "Object to one's own draft score"))
def object_to(
    plan: Plan, institution: Institution, by: By,
    indicator: Annotated[str, typer.Option("--indicator", metavar="NAME", help=t("指标", "the indicator"))],
    words: Annotated[str, typer.Option("--words", help=t("理由", "why"))],
    place: RegistryPlace = HERE, at: At = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    with session(place, by, at) as acting:
        show(acting.do(assessment.object_to, plan, institution, indicator, words), as_json)


@app.command(
    "answer", help=t("答复异议；成立时给出更正值", "Answer an objection; with the mended value when it is granted")
)
def answer(
    objection: Annotated[str, typer.Argument(metavar="OBJECTION", help=t("异议编号", "the objection"))],
    by: By,
    words: Annotated[str, typer.Option("--words", help=t("理由", "why"))],
    mended: Annotated[
        str | None,
        typer.Option(
            "--mended", metavar="VALUE", help=t("更正值；不给即不成立", "the mended value; without one it is refused")
        ),
    ] = None,
    place: RegistryPlace = HERE,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    value = None if mended is None else hundredths(mended)
    with session(place, by, at) as acting:
        show(acting.do(assessment.answer_objection, objection, value is not None, value, words), as_json)


@app.command("finish", help=t("异议期满，结果定稿", "Make the draft final, after the objections"))
def finish(plan: Plan, by: By, place: RegistryPlace = HERE, at: At = None, as_json: AsJson = False) -> None:
    with session(place, by, at) as acting:
        show(acting.do(assessment.finish, plan), as_json)


@app.command("show", help=t("方案与得分：机构只见自己的", "The plan and its scores; an institution sees its own"))
def show_plan(plan: Plan, by: By, place: RegistryPlace = HERE, as_json: AsJson = False) -> None:
    with session(place, by) as acting, acting.reading("assess.read") as unit:
        found = assessment.results(unit, plan)
    if as_json:
        print_json(found)
        return
    say(f"{found['plan_id']} {found['year']} {found['state']}  {found['law']}")
    rows = [
        (
            s["rank"],
            s["institution_id"],
            f"{s['score_milli'] / 1000:.3f}",
            f"{s['explanation']['paid_pct']} %",
            s["state"],
        )
        for s in found["scores"]
    ]
    print_table(
        [
            t("名次", "rank"),
            t("机构", "institution"),
            t("得分", "score"),
            t("保留金支付", "retained money paid"),
            t("状态", "state"),
        ],
        rows,
        right=[0, 2, 3],
    )
    if found["quality"]:
        say("")
        _quality(found["quality"])


@app.command(
    "indicators", help=t("56 项指标：维度、来源、计分方式", "The 56 indicators: domain, source, how each is scored")
)
def indicators(as_json: AsJson = False) -> None:
    tree = assessment.Tree.of(registry_law("AS01").said)
    weights = tree.judged()[0]
    rows = [
        {
            "indicator": i.id,
            "domain": i.domain,
            "words": i.zh if language() == "zh" else i.en,
            "from": i.said["from"],
            "type": i.type,
            "nought": i.said.get("nought", ""),
            "full": i.said.get("full", ""),
            "unit": i.said["unit"],
            "judged_pct": f"{100 * w:.2f}",
        }
        for i, w in zip(tree.indicators, weights, strict=True)
    ]
    if as_json:
        print_json(rows)
        return
    print_table(
        [
            t("指标", "indicator"),
            t("维度", "domain"),
            t("名称", "name"),
            t("来源", "source"),
            t("方式", "type"),
            t("零分", "nought"),
            t("满分", "full"),
            t("单位", "unit"),
            t("判断权重 %", "judged weight %"),
        ],
        [list(r.values()) for r in rows],
        right=[5, 6, 8],
    )


def _values(values: list[str]) -> dict[str, int]:
    return {name: hundredths(value) for name, value in pairs(values, "--value").items()}


def _quality(said: dict[str, Any]) -> None:
    """How good the scores are, beside the published study."""
    published = said["published"]
    beside = {
        "mean": published["mean"],
        "median": published["median"],
        "test_retest_r": published["reliability"],
        "validity_rho": published["validity"],
    }
    rows = [
        (t(*_QUALITY[name]), "" if said.get(name) is None else said[name], beside.get(name, "")) for name in _QUALITY
    ]
    print_table([t("指标", "figure"), t("本方案", "here"), published["study"][language()]], rows, right=[1, 2])


_QUALITY = {
    "institutions": ("机构数", "institutions"),
    "mean": ("均分", "mean"),
    "median": ("中位数", "median"),
    "iqr": ("四分位距", "interquartile range"),
    "share_near_cap": ("95分以上占比", "share above 95"),
    "top_compressed": ("高分挤压", "compressed at the top"),
    "icc": ("复评一致性 ICC", "agreement of the second scoring, ICC"),
    "test_retest_r": ("复评相关", "test-retest correlation"),
    "validity_rho": ("与处罚金额的相关", "correlation with penalties"),
    "validity_p": ("其 p 值", "its p-value"),
    "consistency_ratio": ("判断矩阵一致性 CR", "consistency of the comparisons, CR"),
    "largest_change_of_place": ("权重±20%的最大名次变化", "largest change of place, weights ±20 %"),
}
