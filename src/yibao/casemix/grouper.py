"""From settlement list to group: one object per pack, for one case and for a million."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yibao.casemix.cases import Cases, Codes, encode, encode_records
from yibao.casemix.checks import Remarks, hold_back, remark_codes
from yibao.casemix.codebook import Side, make_book
from yibao.casemix.codes import KINDS, CodeRules, Kind, Speller, Ways
from yibao.casemix.evaluate import GROUPED, RETRIED, UNGROUPABLE, Answer, Rules
from yibao.casemix.facts import Counted, Facts, facts_of
from yibao.casemix.pack.conditions import OneOf, Range, walk
from yibao.casemix.pack.model import Pack
from yibao.casemix.result import Wording, result_table
from yibao.casemix.weights import Weights


@dataclass(frozen=True)
class Decided:
    """Cases with all that was decided about them. ``rows`` are those that were grouped; the arrays follow them.

    ``held`` numbers the reason to hold a case back (0: none); ``plain`` is the answer with no complication counting.
    """

    cases: Cases
    held: npt.NDArray[np.int8]
    remarks: pa.Array
    rows: npt.NDArray[np.int64]
    facts: Facts
    counted: Counted
    answer: Answer
    plain: Answer
    ways: Mapping[str, Ways]


class Grouper:
    """Groups cases by one pack.

    >>> grouper = Grouper(load_pack("packs/chs_drg_11"))            # doctest: +SKIP
    >>> grouper.group(cases)["group_code"]                          # doctest: +SKIP
    """

    def __init__(self, pack: Pack, weights: Weights | None = None, codes: CodeRules | None = None) -> None:
        self.pack, self.weights = pack, weights
        self.book = make_book(pack)
        sides: dict[Kind, Side] = {"diagnosis": self.book.diagnoses, "procedure": self.book.procedures}
        self._spellers = {kind: Speller(codes or CodeRules(), kind, sides[kind].number) for kind in KINDS}
        self._wording = Wording(pack)
        self.rules = Rules(pack, self.book)
        asked = [one for _, _, condition in pack.rules() for one in walk(condition)]
        self._numbers = sorted({one.number for one in asked if isinstance(one, Range)})
        self._values = sorted({one.attribute for one in asked if isinstance(one, OneOf)})

    def group(self, cases: pa.Table | Cases) -> pa.Table:
        """A row of ``case_group`` for every case, in their order (columns of cases: see the manual)."""
        return self.table(self.decide(cases if isinstance(cases, Cases) else encode(cases)))

    def group_records(self, records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The same for a few cases as mappings."""
        rows: list[dict[str, Any]] = self.group(encode_records(records)).to_pylist()
        return rows

    def table(self, decided: Decided) -> pa.Table:
        """The rows of ``case_group`` of what was decided."""
        return result_table(self._wording, self.weights, decided)

    def decide(self, cases: Cases) -> Decided:
        """Check the cases, and decide about those that can be grouped."""
        remarks = Remarks(len(cases), cases.remarks)
        held = hold_back(cases, remarks)
        spelled, ways = self._spelled(cases, remarks)
        rows = np.flatnonzero(held == 0)
        chosen = spelled if len(rows) == len(cases) else spelled.take(rows)
        facts, counted = self.facts(chosen)
        self._unlisted(chosen, rows, remarks)
        answer = self.rules.decide(facts)
        if self.pack.modes.nothing == "retry_with_each_other_procedure_alone":
            self._retry(chosen, facts, answer)
        plain = self._plain(facts, answer)
        return Decided(spelled, held, remarks.texts(), rows, facts, counted, answer, plain, ways)

    def facts(self, cases: Cases, procedures: Codes | None = None) -> tuple[Facts, Counted]:
        """What the pack's rules ask of cases whose codes are spelled; ``procedures`` take the place of their own."""
        return facts_of(self.book, cases, self._numbers, self._values, procedures)

    def _spelled(self, cases: Cases, remarks: Remarks) -> tuple[Cases, Mapping[str, Ways]]:
        made: dict[Kind, Codes] = {}
        ways: dict[str, Ways] = {}
        own: dict[Kind, Codes] = {"diagnosis": cases.diagnoses, "procedure": cases.procedures}
        for kind, speller in self._spellers.items():
            codes = own[kind]
            distinct, ways[kind] = speller.spell(codes.distinct)
            remark_codes(codes, codes.distinct, ways[kind], remarks)
            made[kind] = codes.spelled(distinct)
        return replace(cases, diagnoses=made["diagnosis"], procedures=made["procedure"]), ways

    def _unlisted(self, cases: Cases, rows: npt.NDArray[np.int64], remarks: Remarks) -> None:
        """Remark main diagnoses that no list of the pack has."""
        unknown = len(self.book.diagnoses.number)
        numbers = np.append(self.book.diagnoses.numbers(cases.diagnoses.distinct), unknown)
        first = cases.diagnoses.first(len(numbers) - 1)
        at = np.flatnonzero(numbers[first] == unknown)
        if len(at):
            codes = pa.array(cases.diagnoses.distinct, pa.string()).take(pa.array(first[at]))
            remarks.say("main_in_no_list", rows[at], codes)

    def _retry(self, cases: Cases, facts: Facts, answer: Answer) -> None:
        """Cases without a group once more with each further procedure as the only one; the first answer counts.

        The facts of a case that gets an answer so become those with that procedure alone.
        """
        for place in range(1, int(cases.procedures.counts.max(initial=0))):
            at = np.flatnonzero((answer.status == UNGROUPABLE) & (cases.procedures.counts > place))
            some = cases.take(at)
            alone, _ = self.facts(some, some.procedures.nth(place))
            found = self.rules.decide(alone)
            taken = np.flatnonzero(found.status != UNGROUPABLE)
            rows = at[taken]
            answer.put(rows, found.take(taken))
            answer.alone[rows] = place
            answer.reason[rows] = np.maximum(answer.reason[rows], RETRIED)
            facts.main[rows], facts.operated[rows] = alone.main[taken], True
            facts.procedures[:, rows] = alone.procedures[:, taken]

    def _plain(self, facts: Facts, answer: Answer) -> Answer:
        """The answers if no complication counted; those of cases without complications are the same."""
        at = np.flatnonzero((facts.mcc | facts.cc) & (answer.status == GROUPED))
        some = facts.take(at)
        nothing = np.zeros(len(at), np.bool_)
        plain = answer.copy()
        plain.put(at, self.rules.decide(replace(some, mcc=nothing, cc=nothing)))
        return plain
