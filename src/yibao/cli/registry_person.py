"""`yibao registry data` for persons: consents, who looked, requests."""

from __future__ import annotations

from typing import Annotated

import typer

from yibao.cli.options import AsJson
from yibao.cli.registry_data import Dataset, Person, Purpose, Until
from yibao.cli.registry_session import HERE, At, By, RegistryPlace, Request, day, listed, session, show
from yibao.cli.words import t
from yibao.registry import rights

app = typer.Typer()


@app.command("consent", help=t("本人同意某用途使用其数据", "A person consents to a use of his data"))
def consent(
    person: Person, dataset: Dataset, by: By, purpose_id: Purpose, until: Until,
    number: Annotated[str, typer.Option("--number", metavar="ID", help=t("同意书编号", "number of the consent"))],
    place: RegistryPlace = HERE, as_json: AsJson = False,
) -> None:  # fmt: skip
    with session(place, by) as acting:
        show(acting.do(rights.consent, person, number, dataset, purpose_id, day(until)), as_json)


@app.command("withdraw", help=t("撤回同意", "Withdraw a consent"))
def withdraw(
    number: Annotated[str, typer.Argument(metavar="CONSENT", help=t("同意书编号", "number of the consent"))], by: By,
    place: RegistryPlace = HERE, as_json: AsJson = False,
) -> None:  # fmt: skip
    with session(place, by) as acting:
        show(acting.do(rights.withdraw_consent, number), as_json)


@app.command("who-looked", help=t("本人查看：谁看过我的数据", "A person sees who looked at his data"))
def who_looked(person: Person, by: By, place: RegistryPlace = HERE, as_json: AsJson = False) -> None:
    with session(place, by) as acting, acting.reading("data.own") as unit:
        rows = rights.who_looked(unit, person)
    listed(
        rows,
        ("looked_at", "role", "organisation", "dataset_id", t("purpose_zh", "purpose_en"), "columns", "look_id"),
        as_json,
    )


@app.command(
    "ask",
    help=t(
        "本人请求：查阅、复制、更正、删除、解释、人工复核",
        "A person's request: read, copy, correct, delete, explain, human",
    ),
)
def ask(
    person: Person, by: By,
    kind: Annotated[str, typer.Option("--kind", help="read, copy, correct, delete, explain, human")],
    words: Annotated[str, typer.Option("--words", help=t("内容", "what is asked"))],
    place: RegistryPlace = HERE, at: At = None, request: Request = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    with session(place, by, at, request) as acting:
        show(acting.do(rights.ask, person, kind, words), as_json)


@app.command(
    "answer", help=t("答复本人请求（十五个工作日内）", "Answer a person's request, within fifteen working days")
)
def answer(
    request_id: Annotated[str, typer.Argument(metavar="REQUEST", help=t("请求编号", "the request"))], by: By,
    words: Annotated[str, typer.Option("--words", help=t("答复", "the answer"))],
    place: RegistryPlace = HERE, at: At = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    with session(place, by, at) as acting:
        show(acting.do(rights.answer, request_id, words), as_json)
