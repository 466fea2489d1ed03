"""Proves a policy by its ``cases.yaml``: bills in, amounts out, to the fen.

    cases:
      - name: first stay at level 3
        kind: published            # published | calculated
        source: "TV-02; where it was printed"
        given: {person: {...}, bill: {...}}      # a bill file without its policy
        expect: {fund: 9000, person: 3000}       # columns of settlement_result without _amount, in yuan

A published case reproduces figures that somebody printed; a calculated one is our own arithmetic on the policy's
parameters and proves no more than that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, ValidationError

from yibao.benefits.bill import settle_bill
from yibao.benefits.bill_file import bill_from
from yibao.benefits.conditions import Strict
from yibao.benefits.load import PolicyBook, Written
from yibao.benefits.messages import messages
from yibao.benefits.national import yuan
from yibao.benefits.quantities import parse_amount
from yibao.benefits.results import RESULT
from yibao.engine.yaml import Mapping, line_of, read_yaml
from yibao.errors import YibaoError

#: What a case may expect: columns of the result, money without its ending.
EXPECTED = {f.name.removesuffix("_amount"): f.name for f in RESULT if f.name.endswith("_amount")} | {"times": "times"}


class CaseError(YibaoError):
    """The cases of a policy cannot be read."""


class Case(Strict):
    """One case as it is written."""

    name: str
    kind: Literal["published", "calculated"]
    source: str
    given: dict[str, Any]
    expect: dict[str, str] = Field(min_length=1)


class _Cases(Strict):
    cases: list[Case] = Field(min_length=1)


@dataclass(frozen=True)
class CaseResult:
    """How a case came out; no differences: it passed."""

    case: Case
    line: int
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


def read_cases(written: Written) -> list[tuple[Case, int]]:
    """The cases of a policy with their lines. Raises :class:`CaseError`."""
    where = f"{written.folder.name}/cases.yaml"
    if not written.cases_path.is_file():
        raise CaseError("the policy has no cases", where=where, zh="政策没有用例")
    doc = read_yaml(written.cases_path.read_text(encoding="utf-8-sig"), where)
    try:
        found = _Cases.model_validate(doc)
    except ValidationError as error:
        line, said = next(iter(messages(doc, error)))
        raise CaseError(said.en, where=f"{where}, line {line}", zh=said.zh) from None
    for index, case in enumerate(found.cases):
        unknown = sorted(set(case.expect) - set(EXPECTED))
        if unknown:
            line = line_of(doc, ["cases", index, "expect", unknown[0]])
            raise CaseError(
                f"there is no result {unknown[0]!r}",
                where=f"{where}, line {line}",
                mend=f"known: {', '.join(EXPECTED)}",
                zh=f"没有结果 {unknown[0]!r}",
                mend_zh=f"可用：{', '.join(EXPECTED)}",
            )
    return [(case, line_of(doc, ["cases", n])) for n, case in enumerate(found.cases)]


def prove(written: Written) -> Iterator[CaseResult]:
    """Run the cases of a policy under that policy alone."""
    book = PolicyBook((written,))
    for case, line in read_cases(written):
        yield CaseResult(case, line, tuple(_differences(case, written, book)))


def _differences(case: Case, written: Written, book: PolicyBook) -> Iterator[str]:
    given = Mapping()
    given.update(case.given)
    given["policy"] = written.policy.key
    try:
        settled = settle_bill(bill_from(given, case.name), book, explain=False)
    except YibaoError as error:
        yield str(error)
        return
    for name, due in case.expect.items():
        value = settled.result[EXPECTED[name]]
        wanted = int(due) if name == "times" else parse_amount(due).fen
        if value != wanted:
            shown = (str(value), str(wanted)) if name == "times" else (str(yuan(value)), str(yuan(wanted)))
            yield f"{name}: {shown[0]}, due {shown[1]}"
