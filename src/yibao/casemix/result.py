"""The rows of ``case_group``: answers as codes, names, conditions, weights and money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.casemix.checks import HELD
from yibao.casemix.codebook import CC, MCC
from yibao.casemix.evaluate import AMBIGUOUS, GROUPED, Answer
from yibao.casemix.pack.conditions import OTHERWISE, Any_, Condition
from yibao.casemix.pack.model import Head, Pack
from yibao.casemix.pack.words import Lang, formal, say
from yibao.casemix.weights import LEVELS, Weights
from yibao.ledger.contracts import load_contracts

if TYPE_CHECKING:
    from yibao.casemix.grouper import Decided

#: What is answered where nothing matches: MDC, ADRG, DRG.
NOTHING = ("0000", "00", "0000")
_STATUS = ("grouped", "ambiguous", "ungroupable")
_WORDED = (
    "status", "reason", "major_category", "base_group", "group_code", "group_name", "matched", "explanation_zh",
    "explanation_en",
)  # fmt: skip
_REASON = (None, "retried", "stopped_at_adrg", "no_mdc", "no_adrg", "no_drg")
_LEVEL = {MCC: "MCC", CC: "CC", 0: None}


#: An answer: status, reason, places of MDC, ADRG and DRG, alternatives of entry and split.
Verdict = tuple[int, ...]


class Wording:
    """Answers of a pack in words; each distinct answer is worded once."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._adrgs, self._drgs = list(pack.adrgs.values()), list(pack.drgs.values())
        self._said: dict[tuple[str, Verdict], str | None] = {}

    @property
    def head(self) -> Head:
        return self._pack.head

    def text(self, column: str, one: Verdict) -> str | None:
        """The text of a column of ``case_group``."""
        if (column, one) not in self._said:
            self._said[column, one] = getattr(self, f"_{column}")(one)
        return self._said[column, one]

    def group(self, one: Verdict) -> str:
        """The group's code."""
        return self.codes(one)[2]

    def codes(self, one: Verdict) -> tuple[str, str, str]:
        """MDC, ADRG and group of an answer."""
        status, _, mdc, adrg, drg, *_ = one
        if status == GROUPED:
            code = self._adrgs[adrg].code
            return self._pack.mdcs[mdc].code, code, self._drgs[drg].code if drg >= 0 else code
        if status == AMBIGUOUS:
            found = self._pack.mdcs[mdc]
            return found.code, "QY", found.ambiguous.result if found.ambiguous else "QY"
        return NOTHING

    def _status(self, one: Verdict) -> str:
        return _STATUS[one[0]]

    def _reason(self, one: Verdict) -> str | None:
        return _REASON[one[1]]

    def _major_category(self, one: Verdict) -> str:
        return self.codes(one)[0]

    def _base_group(self, one: Verdict) -> str:
        return self.codes(one)[1]

    def _group_code(self, one: Verdict) -> str:
        return self.codes(one)[2]

    def _group_name(self, one: Verdict) -> str | None:
        return self._pack.name(self.codes(one)[2]) or None

    def taken(self, one: Verdict) -> list[Condition]:
        """What took the case: the ambiguous test, or the alternative of the entry and that of the split."""
        status, _, mdc, adrg, drg, entry, when = one
        if status == AMBIGUOUS:
            found = self._pack.mdcs[mdc].ambiguous
            return [found.condition] if found else []
        if status != GROUPED:
            return []
        split = [part_of(self._drgs[drg].when, when)] if drg >= 0 else []
        return [part_of(self._adrgs[adrg].entry, entry), *(part for part in split if part != OTHERWISE)]

    def _matched(self, one: Verdict) -> str | None:
        return "; ".join(map(formal, self.taken(one))) or None

    def _explanation_zh(self, one: Verdict) -> str:
        return self._sentence(one, zh=True)

    def _explanation_en(self, one: Verdict) -> str:
        return self._sentence(one, zh=False)

    def _sentence(self, one: Verdict, zh: bool) -> str:
        status, reason, *_ = one
        mdc, adrg, group = self.codes(one)
        lang: Lang = "zh" if zh else "en"
        found = ("；" if zh else "; ").join(say(part, lang) for part in self.taken(one))
        if status == GROUPED:
            named = f"{group} {self._pack.name(group)}".strip()
            base = f"{adrg} {self._pack.name(adrg)}".strip()
            return (
                f"{mdc}，核心组 {base}，病组 {named}；命中条件：{found}"
                if zh
                else f"{mdc}, base group {base}, group {named}; taken by: {found}"
            )
        if status == AMBIGUOUS:
            return f"{mdc} 歧义病案 {group}：{found}" if zh else f"ambiguous in {mdc}, {group}: {found}"
        why = _REASONS[_REASON[reason] or "no_mdc"][0 if zh else 1]
        return f"无法入组：{why}" if zh else f"ungroupable: {why}"


class Verdicts:
    """The distinct answers among many; ``inverse`` says which one each case has."""

    def __init__(self, wording: Wording, answer: Answer) -> None:
        self._wording = wording
        parts = (answer.status, answer.reason, answer.mdc, answer.adrg, answer.drg, answer.entry, answer.when)
        packed = np.zeros(len(answer.status), np.int64)
        for part in parts:
            packed = packed * (int(part.max(initial=0)) + 2) + (part.astype(np.int64) + 1)
        _, first, self.inverse = np.unique(packed, return_index=True, return_inverse=True)
        self.each = list(zip(*(part[first].tolist() for part in parts), strict=True))
        self._at = pa.array(self.inverse)

    def column(self, name: str) -> pa.Array:
        """A column of ``case_group``."""
        return pa.array([self._wording.text(name, one) for one in self.each], pa.string()).take(self._at)

    def groups(self) -> list[str]:
        """The group of each distinct answer."""
        return [self._wording.group(one) for one in self.each]


_REASONS = {
    code.value: (code.zh, code.en)
    for code in load_contracts()["case_group"].by_name["reason"].codes
}  # fmt: skip


def part_of(condition: Condition, place: int) -> Condition:
    """The alternative of a condition at a place: itself where it has none."""
    return condition.parts[place] if isinstance(condition, Any_) else condition


def result_table(wording: Wording, weights: Weights | None, decided: Decided) -> pa.Table:
    """Rows in the order of the cases, with the columns of the contract ``case_group``."""
    cases, n = decided.cases, len(decided.cases)
    own = Verdicts(wording, decided.answer)
    plain = Verdicts(wording, decided.plain)
    level, code = _complications(decided)
    found: dict[str, Any] = {
        **{name: own.column(name) for name in _WORDED},
        "complication": level,
        "complication_code": code,
        "plain_group": plain.column("group_code"),
    }
    levels = cases.more["institution_level"].take(pa.array(decided.rows))
    for prefix, verdicts in (("", own), ("plain_", plain)):
        found |= _money(weights, verdicts, levels, prefix)
    if len(decided.rows) < n:
        found = _spread(found, decided, n)
    found |= {
        "encounter_id": cases.ids,
        "system": pa.repeat(wording.head.system, n),
        "version": pa.repeat(wording.head.version, n),
        "region": pa.repeat(wording.head.region, n),
        "person_id": cases.more["person_id"],
        "institution_id": cases.more["institution_id"],
        "amount": pa.array(cases.amount),
        "los_days": _whole(cases.numbers["los_days"]),
        "discharged_at": cases.discharged,
        "discharge_way": cases.values["discharge_way"].cast(pa.string()),
        "checks": decided.remarks,
    }
    schema = load_contracts()["case_group"].arrow_schema()
    empty = {field.name: pa.nulls(n, field.type) for field in schema if field.name not in found}
    return pa.table({field.name: (found | empty)[field.name] for field in schema}, schema=schema)


def _complications(decided: Decided) -> tuple[pa.Array, pa.Array]:
    """The highest level that counts, and the code where exactly one diagnosis counts at that level."""
    facts, counted, n = decided.facts, decided.counted, len(decided.rows)
    level = np.where(facts.mcc, MCC, np.where(facts.cc, CC, 0)).astype(np.int8)
    deciding = counted.level == level[counted.case]
    case, at = counted.case[deciding], counted.code[deciding]
    alone = np.bincount(case, minlength=n)[case] == 1
    codes = decided.cases.diagnoses.take(decided.rows) if len(decided.rows) < len(decided.cases) else (
        decided.cases.diagnoses
    )  # fmt: skip
    place = np.zeros(n, np.int64)
    place[case[alone]] = codes.index[at[alone]]
    missing = np.ones(n, np.bool_)
    missing[case[alone]] = False
    words = pa.array([_LEVEL[0], _LEVEL[CC], _LEVEL[MCC]], pa.string()).take(pa.array(level))
    return words, pa.array(codes.distinct, pa.string()).take(pa.array(place, mask=missing))


def _money(weights: Weights | None, verdicts: Verdicts, levels: pa.Array, prefix: str) -> dict[str, pa.Array]:
    """Weight and payment standard by group and hospital level."""
    names = {"weight": f"{prefix}weight_ppm", "standard": f"{prefix}standard_amount"}
    if weights is None:
        return {name: pa.nulls(len(verdicts.inverse), pa.int64()) for name in names.values()}
    groups = verdicts.groups()
    at = verdicts.inverse
    # A row per distinct answer; the last column is for hospitals whose level is not known.
    paid = [[weights.standard(group, level) for level in (*LEVELS, None)] for group in groups]
    known = levels.dictionary_encode()
    number = [LEVELS.index(level) if level in LEVELS else len(LEVELS) for level in known.dictionary.to_pylist()]
    level = np.array([*number, len(LEVELS)])[known.indices.fill_null(len(number)).to_numpy(zero_copy_only=False)]
    flat = pa.array([amount for row in paid for amount in row], pa.int64())
    return {
        names["weight"]: pa.array([weights.weight(group) for group in groups], pa.int64()).take(pa.array(at)),
        names["standard"]: flat.take(pa.array(at * (len(LEVELS) + 1) + level)),
    }


def _spread(found: dict[str, Any], decided: Decided, n: int) -> dict[str, Any]:
    """The columns of the grouped cases among those that were held back."""
    place = np.zeros(n, np.int64)
    place[decided.rows] = np.arange(len(decided.rows))
    back = decided.held > 0
    at = pa.array(place, mask=back)
    spread = {name: column.take(at) for name, column in found.items()}
    reasons: Sequence[str | None] = (None, *HELD)
    status = pa.array(np.where(back, "quarantined", ""), pa.string())
    why = pa.array(reasons, pa.string()).take(pa.array(decided.held))
    spread["status"] = pc.if_else(pa.array(back), status, spread["status"])
    spread["reason"] = pc.if_else(pa.array(back), why, spread["reason"])
    return spread


def _whole(numbers: npt.NDArray[np.float64]) -> pa.Array:
    missing = np.isnan(numbers)
    return pa.array(np.where(missing, 0, numbers).astype(np.int64), mask=missing)
