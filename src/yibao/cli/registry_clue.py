"""`yibao registry clue`: from the first look to the money that comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import typer

from yibao.cli.options import AsJson
from yibao.cli.registry_session import (
    HERE,
    At,
    By,
    Enclosed,
    RegistryPlace,
    Request,
    fen,
    listed,
    pairs,
    session,
    sha256,
    show,
)  # fmt: skip
from yibao.cli.registry_words import said, yuan
from yibao.cli.show import print_json, print_table, say
from yibao.cli.words import language, t
from yibao.errors import UsageError
from yibao.registry import Verb, clues
from yibao.registry.clues.workflow import workflow

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
    say(said("state", clue["state"]) + (f"  {t('期限', 'due')} {clue['due_on']}" if clue["due_on"] else ""))
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
    file: Enclosed = None,
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
