"""The steps that a law may take, and the report that each needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from yibao.engine import DuckEngine
from yibao.lawbook import Law, prove
from yibao.lawbook.case_files import read_cases
from yibao.ledger import Ledger
from yibao.ledger.contracts import load_contracts
from yibao.supervision.lifecycle.register import STAGES, Entry, LifecycleError, Register, Stage
from yibao.supervision.lifecycle.watch import LEAST_DECIDED, LEAST_POSITIVE, MOST_FALSE, watch

#: From where to where. A law that was turned off starts anew as a draft.
ALLOWED: Mapping[Stage, tuple[Stage, ...]] = {
    "draft": ("grey",),
    "grey": ("on", "draft", "off"),
    "on": ("off",),
    "off": ("draft",),
}

#: The report that a step needs.
NEEDS: Mapping[Stage, Literal["backtest", "grey"]] = {"grey": "backtest", "on": "grey"}


def promotable(register: Register, law: Law) -> tuple[Stage, Entry] | None:
    """The stage for which a law has its report and waits for somebody's decision, with that report; else None."""
    at = register.standing(law).stage
    for to in ALLOWED[at]:
        entry = register.report(law, NEEDS[to]) if to in NEEDS else None
        if entry is not None:
            return to, entry
    return None


def move(ledger: Ledger, law: Law, to: str, *, by: str, reason: str = "", regions: Sequence[str] = ()) -> Entry:
    """Take a step. Raises :class:`LifecycleError` saying what is missing.

    To grey: the cases are proved, with a positive and a look-alike, and this text was back-tested. To on: its grey run
    was reported, and where enough was decided of it the rates are inside the limits — or a reason says why not.
    """
    register = Register(ledger)
    at = register.standing(law).stage
    if to not in STAGES or to not in ALLOWED[at]:
        known = ", ".join(ALLOWED[at])
        raise LifecycleError(
            f"{law.key} is {at}: it cannot become {to}", mend=f"next: {known}",
            zh=f"{law.key} 现为 {at}，不能变为 {to}", mend_zh=f"下一步可为：{known}",
        )  # fmt: skip
    if not by.strip():
        raise LifecycleError("nobody is named for the step", mend="--by NAME", zh="未写明由谁批准", mend_zh="--by 姓名")
    if to == "grey":
        _proved(law)
    if to in NEEDS:
        _reported(register, law, NEEDS[to])
    if to == "on":
        _rates(ledger, law, reason)
    if to == "off" and not reason.strip():
        raise LifecycleError(
            "turning a law off needs a reason", mend="--reason TEXT", zh="停用须写明理由", mend_zh="--reason 理由"
        )
    return register.add(law, "step", to, by=by, reason=reason, regions=list(regions))


def _proved(law: Law) -> None:
    kinds = {case.kind for case in read_cases(law.cases_path)[1]}
    missing = [kind for kind in ("positive", "lookalike") if kind not in kinds]
    if missing:
        raise LifecycleError(
            f"the cases have no {' and no '.join(missing)}", where=law.id, mend="write one in cases.yaml",
            zh=f"用例缺少：{'、'.join({'positive': '正例', 'lookalike': '相似例'}[m] for m in missing)}",
            mend_zh="请写入 cases.yaml",
        )  # fmt: skip
    with DuckEngine() as engine:
        (proof,) = prove([law], load_contracts(), engine)
    wrong = sum(not result.passed for result in proof.results)
    if proof.problem or wrong:
        raise LifecycleError(
            proof.problem or f"{wrong} of its cases are not proved", where=law.id, mend="yibao law test shows which",
            zh=f"有 {wrong} 个用例未通过", mend_zh="yibao law test 会指出是哪些",
        )  # fmt: skip


def _reported(register: Register, law: Law, what: Literal["backtest", "grey"]) -> None:
    if register.report(law, what) is None:
        en, zh = {"backtest": ("back-tested", "回测"), "grey": ("reported on in its grey run", "出灰度报告")}[what]
        command = f"yibao law {what} {law.id}"
        raise LifecycleError(
            f"this text of {law.key} was not {en} on this ledger", mend=command,
            zh=f"{law.key} 的当前文本未在此账本上{zh}", mend_zh=command,
        )  # fmt: skip


def _rates(ledger: Ledger, law: Law, reason: str) -> None:
    found = next((w for w in watch(ledger) if w.law_id == law.id), None)
    if reason.strip():
        return
    if found is None or not found.enough:
        raise LifecycleError(
            f"fewer than {LEAST_DECIDED} findings of {law.id} were decided",
            mend="decide a sample, or say why: --reason",
            zh=f"{law.id} 已认定的不足 {LEAST_DECIDED} 条", mend_zh="请先认定一批，或用 --reason 写明理由",
        )  # fmt: skip
    if found.alarms:
        raise LifecycleError(
            f"positive rate {found.positive_rate:.0%} (least {LEAST_POSITIVE:.0%}), "
            f"false alarms {found.false_rate:.0%} (most {MOST_FALSE:.0%})", where=law.id,
            mend="mend the law, or say why: --reason",
            zh=f"阳性率 {found.positive_rate:.0%}（应不低于 {LEAST_POSITIVE:.0%}），误报率 {found.false_rate:.0%}"
            f"（应不高于 {MOST_FALSE:.0%}）", mend_zh="请修改法规，或用 --reason 写明理由",
        )  # fmt: skip
