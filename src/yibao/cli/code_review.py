"""Deciding on suggested codes one by one in the terminal. What was decided is kept, whenever one leaves."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from yibao.cli.show import out, say
from yibao.cli.words import language, t
from yibao.errors import UsageError
from yibao.ledger import Ledger
from yibao.ledger.codes.decisions import OUTCOMES, RECORDED, Decision, decide
from yibao.ledger.codes.worklist import Task, work_list
from yibao.presentation.fmt import Format

#: Decisions are recorded together: a batch for each would make many small files.
TOGETHER = 20


def review(ledger: Ledger, kind: str, edition: str | None, institution: str | None, by: str) -> None:
    """Ask about every open code, those with most money first, until the list or the person's patience ends."""
    if not by.strip():
        raise UsageError("a decision needs the name of who decides", mend="give --by NAME", zh="决定须写明决定人")
    edition, tasks = work_list(ledger, kind, edition, institution)
    fmt = Format(language(), ledger.currency)
    if not tasks:
        say(t("没有待决定的编码", "nothing is left to decide"))
        return
    waiting: list[Decision] = []
    recorded = 0
    try:
        for number, task in enumerate(tasks, 1):
            _show(task, number, len(tasks), fmt)
            answer = _ask(task)
            if answer == "q":
                break
            if isinstance(answer, Decision):
                waiting.append(answer)
            if len(waiting) == TOGETHER:
                recorded += _record(ledger, kind, edition, waiting, by)
                waiting = []
    except (KeyboardInterrupt, EOFError):
        say("")
    finally:
        # Whoever leaves by Ctrl-C or a closed terminal keeps the answers given so far.
        recorded += _record(ledger, kind, edition, waiting, by)
        say(t(f"已记录 {recorded:,} 个决定", f"{recorded:,} decisions recorded"))


def _record(ledger: Ledger, kind: str, edition: str, waiting: list[Decision], by: str) -> int:
    outcomes = decide(ledger, kind, waiting, by=by, edition=edition, source="review") if waiting else []
    for outcome in outcomes:
        if outcome.outcome not in RECORDED:
            say(f"{outcome.decision.key[2]} → {outcome.decision.target}: {t(*OUTCOMES[outcome.outcome])}")
    return sum(outcome.outcome in RECORDED for outcome in outcomes)


def _show(task: Task, number: int, total: int, fmt: Format) -> None:
    system, institution, code = task.key
    where = " · ".join(filter(None, (institution, system if system != "local" else "")))
    use = (
        ""
        if task.rows is None
        else t(f"{task.rows:,} 行，{fmt.money(task.money)}", f"{task.rows:,} rows, {fmt.money(task.money)}")
    )
    out.print()
    out.print(
        f"[dim]{number}/{total}[/]  [bold]{escape(task.name or '—')}[/]  {escape(code)}  [dim]{escape(where)}  {use}[/]"
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head, justify in ((" ", "right"), (t("相似度", "score"), "right"), (t("编码", "code"), "left")):
        table.add_column(head, justify=justify)  # type: ignore[arg-type]
    table.add_column(t("名称", "name"), overflow="fold")
    table.add_column(t("理由", "why"), overflow="fold", style="dim")
    for place, row in enumerate(task.candidates, 1):
        mark = "~" if row["is_ambiguous"] else " "
        score = f"{mark}{row['similarity_ppm'] / 10_000:.1f}%"
        table.add_row(
            f"[bold]{place}[/]",
            score,
            escape(row["to_code"]),
            escape(row["to_name"] or ""),
            escape(row[f"why_{language()}"]),
        )
    if task.candidates:
        out.print(table)
    else:
        say(t("没有候选", "no candidate"))


def _ask(task: Task) -> Decision | str:
    """A decision, ``s`` for none now, or ``q``."""
    prompt = t(
        "序号＝采用，=编码＝改用，n 理由＝无对应，回车＝跳过，q＝退出 > ",
        "number = accept, =CODE = another code, n WHY = none fits, Enter = skip, q = quit > ",
    )
    while True:
        answer = input(prompt).strip()
        if answer in ("", "s"):
            return "s"
        if answer == "q":
            return "q"
        if answer.isdigit() and 1 <= int(answer) <= len(task.candidates):
            return Decision(task.key, True, task.candidates[int(answer) - 1]["to_code"])
        if answer.startswith("=") and answer[1:].strip():
            return Decision(task.key, True, answer[1:].strip())
        if answer.split()[0] == "n":
            return Decision(task.key, False, None, answer[1:].strip() or None)
        say(t("看不懂，请再试", "not understood, please try again"))
