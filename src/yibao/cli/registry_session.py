"""What all commands of `yibao registry` share: where the registry is, who acts, when, and how the answer is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from yibao.cli.show import print_json, print_table, say
from yibao.cli.words import t
from yibao.engine.money import parse_money
from yibao.errors import UsageError
from yibao.registry import Registry, Unit, Verb

RegistryPlace = Annotated[
    str,
    typer.Option(
        "--registry", metavar="PLACE", envvar="YIBAO_REGISTRY",
        help=t("登记库：文件，或 postgresql://…", "the registry: a file, or postgresql://…"),
    ),
]  # fmt: skip
By = Annotated[
    str,
    typer.Option("--by", metavar="ACTOR", envvar="YIBAO_ACTOR", help=t("操作人编号", "who acts, by id")),
]
At = Annotated[
    datetime | None,
    typer.Option(
        "--at", metavar="T", formats=["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"],
        help=t("办理时间，默认现在", "when it was done, now by default; YYYY-MM-DD[ HH:MM]"),
    ),
]  # fmt: skip
Request = Annotated[
    str | None,
    typer.Option(
        "--request", metavar="KEY",
        help=t("请求编号：同一编号重复提交只办理一次", "a key of your choice: the same request again changes nothing"),
    ),
]  # fmt: skip
HERE = "registry.db"


@dataclass(frozen=True)
class Session:
    """A registry opened for one command, and the actor."""

    registry: Registry
    by: str
    at: datetime | None = None
    request: str | None = None

    def do(self, act: Verb, *args: Any, **named: Any) -> Mapping[str, Any]:
        return self.registry.do(act, *args, by=self.by, at=self.at, request=self.request, **named)

    @contextmanager
    def reading(self, permission: str) -> Iterator[Unit]:
        with self.registry.reading(permission, self.by) as unit:
            yield unit


@contextmanager
def session(place: str, by: str, at: datetime | None = None, request: str | None = None) -> Iterator[Session]:
    """Open the registry for a command; a day without an hour is its noon."""
    if at is not None and (at.hour, at.minute) == (0, 0):
        at = at.replace(hour=12)
    with Registry.open(place, pool=2) as registry:
        yield Session(registry, by, at, request)


def fen(text: str) -> int:
    """Fen of an amount in yuan."""
    try:
        return parse_money(text)
    except ValueError:
        raise UsageError(f"{text!r} is no amount in yuan", mend="write it like 1234.50", zh=f"{text!r} 不是金额（元）",
                         mend_zh="例如 1234.50") from None  # fmt: skip


def hundredths(text: str) -> int:
    """A value with at most two decimals, in hundredths."""
    return fen(text)


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day", mend="write it like 2025-03-31", zh=f"{text!r} 不是日期",
                         mend_zh="例如 2025-03-31") from None  # fmt: skip


def pairs(given: Sequence[str], option: str) -> dict[str, str]:
    """``NAME=VALUE`` of a repeatable option."""
    wrong = [one for one in given if "=" not in one]
    if wrong:
        raise UsageError(f"{option} {wrong[0]}: write NAME=VALUE", zh=f"{option} {wrong[0]}：应写成 名称=值")
    return dict(one.rsplit("=", 1) for one in given)


def sha256(path: Path | None) -> str | None:
    """The digest of a file that is handed in; the file itself stays where it is."""
    return None if path is None else hashlib.sha256(path.read_bytes()).hexdigest()


def yuan(value: int | None) -> str:
    return "" if value is None else f"{'-' if value < 0 else ''}{abs(value) // 100:,}.{abs(value) % 100:02d}"


def show(answer: Mapping[str, Any], as_json: bool) -> None:
    """An answer as JSON, or line by line with its names in the user's language."""
    if as_json:
        print_json(answer)
        return
    for name, value in answer.items():
        if value is None or value == [] or isinstance(value, dict):
            continue
        if isinstance(value, list):
            value = ", ".join(_said(one) for one in value)
        label = WORDS.get(name, (name, name.replace("_", " ")))
        say(f"{t(*label)}{t('：', ': ')}{yuan(value) if name in MONEY else value}")


def listed(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], as_json: bool) -> None:
    """Rows as JSON, or as a table of some columns."""
    if as_json:
        print_json([dict(row) for row in rows])
        return
    heads = [t(*WORDS.get(name, (name, name.replace("_", " ")))) for name in columns]
    cells = [[_cell(name, row.get(name)) for name in columns] for row in rows]
    print_table(heads, cells, right=[n for n, name in enumerate(columns) if name in MONEY])


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in MONEY:
        return yuan(value)
    return value.strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else str(value)


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(str(part) for part in value.values() if part is not None)
    return str(value)


#: Names that hold fen.
MONEY = {"amount", "fund_amount", "claimed", "upheld", "recovered", "open", "disputed", "written_off"}
#: Names of answers and columns, (zh, en).
WORDS = {
    "clue_id": ("疑点", "clue"),
    "state": ("状态", "state"),
    "due_on": ("期限", "due"),
    "clock": ("期限名称", "clock"),
    "claimed": ("主张金额", "claimed"),
    "upheld": ("维持金额", "upheld"),
    "institution_id": ("机构", "institution"),
    "title_zh": ("标题", "title (zh)"),
    "title_en": ("英文标题", "title"),
    "amount": ("金额", "amount"),
    "fund_amount": ("基金", "fund"),
    "strength_ppm": ("强度（百万分之一）", "strength (ppm)"),
    "findings": ("命中", "findings"),
    "persons": ("人数", "persons"),
    "recovered": ("已追回", "recovered"),
    "open": ("尚待追回", "still open"),
    "decision_no": ("文号", "decision"),
    "kind": ("类别", "kind"),
    "serve_by": ("送达期限", "serve by"),
    "served": ("已送达", "served"),
    "written_off": ("不再追回", "written off"),
    "statement_id": ("陈述", "statement"),
    "actor_id": ("操作人", "actor"),
    "role": ("角色", "role"),
    "grant_id": ("授权", "grant"),
    "name": ("名称", "name"),
    "scope_kind": ("范围类别", "kind of scope"),
    "scope": ("范围", "scope"),
    "valid_from": ("起", "from"),
    "valid_to": ("止", "until"),
    "organisation": ("单位", "organisation"),
    "staff_id": ("人员", "staff"),
    "points": ("分值", "points"),
    "status": ("资格状态", "status"),
    "status_to": ("至", "until"),
    "appeal_by": ("申诉期限", "appeal by"),
    "verify_by": ("核查期限", "verify by"),
    "events": ("记分", "events"),
    "activated": ("生效人数", "activated"),
    "changed": ("变动", "changed"),
    "score_milli": ("得分（千分之一）", "score (thousandths)"),
    "grade": ("等级", "grade"),
    "subject_id": ("主体", "subject"),
    "subject_kind": ("主体类别", "kind of subject"),
    "period": ("期间", "period"),
    "clues": ("疑点", "clues"),
    "known": ("已在疑点中", "already in a clue"),
    "exempted": ("豁免", "exempted"),
    "outside": ("范围外", "outside your scope"),
    "reverses": ("冲销", "reverses"),
    "transaction_id": ("流水", "transaction"),
    "settlement_id": ("结算", "settlement"),
    "sequence": ("序号", "sequence"),
    "acted_at": ("办理时间", "done at"),
    "recorded_at": ("记录时间", "recorded at"),
    "action": ("事项", "action"),
    "subject": ("对象", "subject"),
    "outcome": ("结果", "outcome"),
    "plan_id": ("方案", "plan"),
    "rank": ("名次", "rank"),
    "late": ("逾期", "late"),
    "answer_by": ("答复期限", "answer by"),
    "request_id": ("申请", "request"),
    "reason": ("原因", "reason"),
    "note": ("说明", "note"),
    "act": ("办理", "act"),
    "from_state": ("自", "from"),
    "to_state": ("至", "to"),
    "before": ("原等级", "grade before"),
    "law": ("法规", "law"),
}
