"""`yibao registry clue`: from the first look to the money that comes back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from yibao.cli.options import AsJson, LedgerPath
from yibao.cli.registry_session import (
    HERE,
    At,
    By,
    RegistryPlace,
    Request,
    day,
    fen,
    listed,
    pairs,
    session,
    sha256,
    show,
    yuan,
)  # fmt: skip
from yibao.cli.show import print_json, print_table, say
from yibao.cli.words import language, t
from yibao.errors import UsageError
from yibao.ledger import open_ledger
from yibao.registry import Verb, clues
from yibao.registry.articles import RegistryError
from yibao.registry.clues.workflow import state_name, workflow
from yibao.runs.laws import load_lawbook
from yibao.runs.manifest import latest_run

app = typer.Typer(
    help=t("疑点：分派、初审、申诉、复审、处理、追回", "Clues: review, appeal, decision, recovery"),
    no_args_is_help=True,
)
ClueId = Annotated[str, typer.Argument(metavar="CLUE", help=t("疑点编号", "the clue's id"))]

#: Act -> (verb, {argument: option}); a ``?`` marks an option that may be left out.
_ACTS: dict[str, tuple[Verb, dict[str, str]]] = {
    "merge": (clues.merge, {}),
    "assign": (clues.assign, {"to": "--to", "reason": "--reason?"}),
    "begin": (clues.begin, {}),
    "close_false": (clues.close_false, {"reason": "--reason"}),
    "ask_material": (clues.ask_material, {"note": "--words"}),
    "give_material": (clues.give_material, {"title": "--words", "sha256": "--file"}),
    "resume_review": (clues.resume_review, {}),
    "send": (clues.send, {"note": "--words?"}),
    "accept": (clues.accept, {"words": "--words?"}),
    "appeal": (clues.appeal, {"words": "--words", "disputed": "--amount?", "sha256": "--file?"}),
    "silence": (clues.silence, {}),
    "second": (clues.second, {}),
    "uphold": (clues.uphold, {"reason": "--reason"}),
    "partly": (clues.partly, {"reason": "--reason", "amounts": "--row"}),
    "withdraw": (clues.withdraw, {"reason": "--reason"}),
    "panel": (clues.panel, {"experts": "--expert", "question": "--words"}),
    "opinion": (clues.opinion, {"stands": "--stands", "words": "--words"}),
    "verify": (clues.verify_on_site, {"officers": "--officer", "words": "--words", "sha256": "--file?"}),
    "decide": (
        clues.decide,
        {
            "kind": "--kind",
            "decision_no": "--decision",
            "words": "--words",
            "amount": "--amount?",
            "staff_id": "--staff?",
        },
    ),
    "penalise": (
        clues.penalise,
        {"decision_no": "--decision", "words": "--words", "amount": "--amount?", "harm": "--harm?"},
    ),
    "transfer": (clues.transfer, {"decision_no": "--decision", "words": "--words"}),
    "refuse_payment": (clues.refuse_payment, {"decision_no": "--decision", "words": "--words"}),
    "serve": (clues.serve, {}),
    "recover": (
        clues.recover,
        {"decision_no": "--decision", "amount": "--amount", "receipt": "--receipt", "way": "--way?"},
    ),
    "close": (clues.close, {"reason": "--reason?"}),
    "extend": (clues.extend, {"reason": "--reason"}),
    "suspend": (clues.suspend, {"reason": "--reason"}),
    "resume": (clues.resume, {}),
    "reopen": (clues.reopen, {"reason": "--reason", "ground": "--words"}),
}


@app.command("import", help=t("把最近一次运行的命中合成疑点", "Make clues of the findings of a ledger's newest run"))
def import_command(
    ledger_path: LedgerPath,
    by: By,
    grouping: Annotated[
        Literal["institution", "person", "pattern"],
        typer.Option("--group", help=t("合成方式：机构、人员或模式", "group by institution, person or pattern")),
    ] = "institution",
    laws: Annotated[
        list[str] | None,
        typer.Option("--only-law", metavar="ID", help=t("只要这些规则，可重复", "these laws only; repeatable")),
    ] = None,
    place: RegistryPlace = HERE,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    ledger = open_ledger(ledger_path)
    run = latest_run(ledger.path)
    if run is None:
        raise RegistryError(
            "the ledger has no run",
            where=str(ledger_path),
            mend="yibao supervise LEDGER",
            zh="账本还没有运行结果",
            mend_zh="请运行：yibao supervise LEDGER",
        )
    found = clues.Findings.of_run(run)
    titles = {law.id: {"zh": law.title.zh, "en": law.title.en} for law in load_lawbook().laws.values()}
    with session(place, by, at) as acting:
        answer = acting.do(clues.import_findings, run.name, found, titles, grouping, laws or [])
        with acting.reading("clue.read") as unit:
            clues.write_clue_table(clues.clues(unit), ledger.tables()["clue"].arrow_schema(), run)
    show(answer if as_json else {**answer, "clues": len(answer["clues"])}, as_json)


@app.command("open", help=t("据举报或移送立一个疑点", "Open a clue by hand: from a tip, or transferred"))
def open_command(
    clue_id: ClueId,
    by: By,
    institution: Annotated[str, typer.Option("--institution", metavar="ID", help=t("机构", "the institution"))],
    title: Annotated[str, typer.Option("--title", help=t("标题", "its title"))],
    words: Annotated[str, typer.Option("--words", help=t("一句话说明", "what it is about, in a sentence"))],
    since: Annotated[str, typer.Option("--from", metavar="DAY", help=t("期间起", "first day of the matter"))],
    until: Annotated[str, typer.Option("--to", metavar="DAY", help=t("期间止（不含）", "until this day, exclusive"))],
    source: Annotated[
        Literal["tip", "transferred", "inspection"], typer.Option("--source", help=t("来源", "where it came from"))
    ] = "tip",
    rows: Annotated[
        list[str] | None,
        typer.Option(
            "--row",
            metavar="TABLE:ID=YUAN",
            help=t("涉及的数据行与基金金额，可重复", "a row and the fund money in it; repeatable"),
        ),
    ] = None,
    place: RegistryPlace = HERE,
    at: At = None,
    request: Request = None,
    as_json: AsJson = False,
) -> None:
    money = []
    for name, amount in pairs(rows or [], "--row").items():
        table, _, ref = name.partition(":")
        money.append({"ref_table": table, "ref_id": ref, "amount": fen(amount), "fund_amount": fen(amount)})
    with session(place, by, at, request) as acting:
        show(
            acting.do(
                clues.open_clue, clue_id, source, institution, title, title, words, words, day(since), day(until), money
            ),
            as_json,
        )


@app.command("list", help=t("列出权限内的疑点，先到期的在前", "List the clues within your scope, the next due first"))
def list_clues(
    by: By,
    state: Annotated[
        str | None, typer.Option("--state", metavar="S", help=t("状态，如 S3", "state, such as S3"))
    ] = None,
    institution: Annotated[
        str | None, typer.Option("--institution", metavar="ID", help=t("机构", "institution"))
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help=t("只看逾期的", "those whose clock has run out"))] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help=t("最多行数", "at most so many"))] = 50,
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    with session(place, by) as acting, acting.reading("clue.read") as unit:
        rows = clues.clues(unit, state=state, institution_id=institution, overdue=overdue, limit=limit)
    title = t("title_zh", "title_en")
    listed(
        rows,
        ("clue_id", "state", "due_on", "institution_id", title, "findings", "persons", "fund_amount", "upheld"),
        as_json,
    )


@app.command(
    "show",
    help=t("一个疑点的全部：依据、金额、历史、下一步", "A clue whole: evidence, money, history, what may follow"),
)
def show_clue(clue_id: ClueId, by: By, place: RegistryPlace = HERE, as_json: AsJson = False) -> None:
    with session(place, by) as acting:
        clue = acting.do(clues.show, clue_id)
    if as_json:
        print_json(clue)
        return
    lang = language()
    say(f"{clue['clue_id']}  {clue['title_' + lang]}")
    say(
        f"{clue['state']} {state_name(clue['state'], lang)}"
        + (f"  {t('期限', 'due')} {clue['due_on']}" if clue["due_on"] else "")
    )
    say(clue["explanation_" + lang])
    say(f"{t('主张', 'claimed')} {yuan(clue['claimed'])}  {t('维持', 'upheld')} {yuan(clue['upheld'])}")
    for head, name, columns in _PARTS:
        if clue[name]:
            say(f"\n{t(*head)}")
            listed(clue[name], [f"{c}{lang}" if c.endswith("_") else c for c in columns], False)
    say(f"\n{t('可办理', 'what may follow')}: {', '.join(clue['next']) or '-'}")


@app.command(
    "act",
    help=t(
        "办理一个疑点；可办理的事项见 clue show，所需选项见 clue acts",
        "Act on a clue; what may follow: clue show, what it needs: clue acts",
    ),
)
def act(
    clue_id: ClueId,
    what: Annotated[
        str,
        typer.Argument(
            metavar="ACT", help=t("事项，如 assign、appeal、recover", "the act, such as assign, appeal, recover")
        ),
    ],
    by: By,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ACTOR", help=t("分派给谁", "to whom it is assigned"))
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help=t("理由", "the reason"))] = None,
    words: Annotated[
        str | None, typer.Option("--words", help=t("陈述、说明或问题", "statement, note or question"))
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help=t("处理方式 8a 至 8h", "disposition, 8a to 8h"))] = None,
    decision: Annotated[
        str | None, typer.Option("--decision", metavar="NO", help=t("决定文号", "number of the decision"))
    ] = None,
    amount: Annotated[
        str | None, typer.Option("--amount", metavar="YUAN", help=t("金额（元）", "amount in yuan"))
    ] = None,
    rows: Annotated[
        list[str] | None,
        typer.Option(
            "--row", metavar="TABLE:ID=YUAN", help=t("部分维持：此行维持多少，可重复", "upheld of this row; repeatable")
        ),
    ] = None,
    receipt: Annotated[
        str | None, typer.Option("--receipt", metavar="NO", help=t("到账凭证号", "number of the receipt"))
    ] = None,
    way: Annotated[
        Literal["deducted", "paid"] | None, typer.Option("--way", help=t("扣款或缴款", "deducted or paid"))
    ] = None,
    staff: Annotated[
        str | None, typer.Option("--staff", metavar="ID", help=t("记分人员", "member of staff, for points"))
    ] = None,
    experts: Annotated[
        list[str] | None,
        typer.Option("--expert", metavar="ACTOR", help=t("合议专家，可重复", "of the panel; repeatable")),
    ] = None,
    officers: Annotated[
        list[str] | None,
        typer.Option("--officer", metavar="ACTOR", help=t("执法人员，可重复", "enforcement officer; repeatable")),
    ] = None,
    stands: Annotated[
        bool | None, typer.Option("--stands/--falls", help=t("专家意见：成立或不成立", "an expert's opinion"))
    ] = None,
    harm: Annotated[
        bool, typer.Option("--harm", help=t("涉及生命健康，时效五年", "life or health was harmed: five years"))
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", metavar="PATH", exists=True, help=t("附件（登记其摘要）", "a document; its digest is kept")
        ),
    ] = None,
    place: RegistryPlace = HERE,
    at: At = None,
    request: Request = None,
    as_json: AsJson = False,
) -> None:
    if what not in _ACTS:
        raise UsageError(f"there is no act {what!r}", mend=f"known: {', '.join(_ACTS)}", zh=f"没有事项 {what!r}",
                         mend_zh=f"可用：{'、'.join(_ACTS)}")  # fmt: skip
    given = {
        "--to": to, "--reason": reason, "--words": words, "--kind": kind, "--decision": decision,
        "--amount": None if amount is None else fen(amount), "--receipt": receipt, "--way": way, "--staff": staff,
        "--row": {name: fen(value) for name, value in pairs(rows, "--row").items()} if rows else None,
        "--expert": experts or None, "--officer": officers or None, "--stands": stands, "--harm": harm or None,
        "--file": sha256(file),
    }  # fmt: skip
    with session(place, by, at, request) as acting:
        show(acting.do(_ACTS[what][0], clue_id, **_arguments(what, given)), as_json)


@app.command(
    "acts",
    help=t(
        "列出全部事项、从何状态到何状态、需要哪些选项", "List the acts: from which state to which, and what each needs"
    ),
)
def acts(as_json: AsJson = False) -> None:
    rows = []
    for name, (_, needs) in _ACTS.items():
        rule = workflow()["acts"].get(name, workflow()["acts"]["decide"])
        rows.append(
            {
                "act": name,
                "zh": rule["zh"] if name in workflow()["acts"] else name,
                "from": ", ".join(rule["from"]),
                "to": rule.get("to", ""),
                "options": " ".join(o.replace("?", "") if "?" not in o else f"[{o[:-1]}]" for o in needs.values()),
            }
        )
    if as_json:
        print_json(rows)
        return
    print_table(
        [t("事项", "act"), t("名称", "name (zh)"), t("从", "from"), t("到", "to"), t("选项", "options")],
        [list(r.values()) for r in rows],
    )


@app.command(
    "exempt", help=t("登记豁免：理由、证据、责任人和到期日", "Exempt a matter, with evidence, an owner and an end")
)
def exempt(
    exemption_id: Annotated[str, typer.Argument(metavar="ID", help=t("豁免编号", "its number"))],
    by: By,
    region: Annotated[str, typer.Option("--region", metavar="CODE", help=t("区划", "region"))],
    reason: Annotated[str, typer.Option("--reason", help=t("理由", "the reason"))],
    evidence: Annotated[str, typer.Option("--evidence", help=t("证据", "the evidence"))],
    owner: Annotated[str, typer.Option("--owner", metavar="ACTOR", help=t("责任人", "who answers for it"))],
    since: Annotated[str, typer.Option("--from", metavar="DAY", help=t("起始日", "first day"))],
    until: Annotated[str, typer.Option("--to", metavar="DAY", help=t("到期日（不含）", "it ends on this day"))],
    kind: Annotated[
        str, typer.Option("--kind", help=t("类别，如 emergency、dialysis", "kind, such as emergency or dialysis"))
    ] = "other",
    law: Annotated[str | None, typer.Option("--only-law", metavar="ID", help=t("规则", "law"))] = None,
    institution: Annotated[
        str | None, typer.Option("--institution", metavar="ID", help=t("机构", "institution"))
    ] = None,
    person: Annotated[str | None, typer.Option("--person", metavar="ID", help=t("人员", "person"))] = None,
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    with session(place, by) as acting:
        show(
            acting.do(
                clues.exempt,
                exemption_id,
                kind,
                reason,
                reason,
                evidence,
                owner,
                day(since),
                day(until),
                region,
                law,
                institution,
                person,
            ),
            as_json,
        )


@app.command("exemptions", help=t("列出有效的豁免", "List the exemptions in force"))
def exemptions(
    by: By,
    expired: Annotated[bool, typer.Option("--expired", help=t("也列出已失效的", "also those that ended"))] = False,
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    with session(place, by) as acting, acting.reading("clue.read") as unit:
        rows = clues.exemptions(unit, expired=expired)
    listed(
        rows,
        ("exemption_id", "kind", "law_id", "institution_id", "person_id", "owner", "valid_from", "expires_on"),
        as_json,
    )


@app.command(
    "publish",
    help=t(
        "把办结的疑点写入典型案例库（不得出现标识）",
        "Put a closed clue into the library of typical cases, naming nobody",
    ),
)
def publish(
    clue_id: ClueId,
    by: By,
    title: Annotated[str, typer.Option("--title", help=t("标题", "title"))],
    lesson: Annotated[str, typer.Option("--lesson", help=t("启示", "what is learnt from it"))],
    place: RegistryPlace = HERE,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    with session(place, by, at) as acting:
        show(acting.do(clues.publish_case, clue_id, title, title, lesson, lesson), as_json)


@app.command("cases", help=t("典型案例库", "The library of typical cases"))
def cases(by: By, place: RegistryPlace = HERE, as_json: AsJson = False) -> None:
    with session(place, by) as acting, acting.reading("clue.cases") as unit:
        rows = clues.cases(unit)
    listed(
        rows,
        ("case_id", "law_ids", t("title_zh", "title_en"), t("lesson_zh", "lesson_en"), "recovered", "published_at"),
        as_json,
    )


def _arguments(what: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an act from the options given; refuses what is missing and what has no meaning."""
    needs = _ACTS[what][1]
    known = {option.rstrip("?") for option in needs.values()}
    lost = [option for option, value in given.items() if value is not None and option not in known]
    missing = [option for option in needs.values() if not option.endswith("?") and given[option] is None]
    if lost or missing:
        name = (lost or missing)[0]
        raise UsageError(
            f"{what} takes no {name}" if lost else f"{what} needs {', '.join(missing)}",
            mend="yibao registry clue acts",
            zh=f"{what} 不接受 {name}" if lost else f"{what} 需要 {'、'.join(missing)}",
            mend_zh="yibao registry clue acts",
        )
    return {arg: given[o.rstrip("?")] for arg, o in needs.items() if given[o.rstrip("?")] is not None}


#: Parts of a clue as people read them; a column that ends in ``_`` is taken in the user's language.
_PARTS: tuple[tuple[tuple[str, str], str, tuple[str, ...]], ...] = (
    (("金额", "money"), "money", ("ref_table", "ref_id", "fund_amount", "upheld", "recovered")),
    (("命中", "findings"), "findings", ("finding_id", "law_id", "fund_amount", "explanation_")),
    (("证据", "evidence"), "evidence", ("sequence", "title_", "status", "given_by")),
    (("陈述与申诉", "statements"), "statements", ("statement_id", "kind", "disputed", "words", "outcome")),
    (("决定", "decisions"), "decisions", ("decision_no", "kind", "basis_", "amount", "state", "served_on")),
    (("追回", "recoveries"), "recoveries", ("recovery_id", "ref_id", "amount", "way", "state", "receipt")),
    (("历史", "history"), "history", ("acted_at", "act", "from_state", "to_state", "actor_id", "reason", "note")),
)
