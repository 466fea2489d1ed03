"""A person's decisions on suggested codes: judged first, then recorded as facts, one batch for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from yibao.engine import DuckEngine
from yibao.errors import UsageError
from yibao.ledger.codes.coding import NATIONAL, choose_edition
from yibao.ledger.codes.source import now
from yibao.ledger.codes.statements import Key, Known, Row, as_statements, known_statements
from yibao.ledger.storage import Ledger

#: What became of a decision, with what it means in both languages. Those before the mark were recorded.
OUTCOMES = {
    "confirmed": ("已确认", "confirmed"),
    "rejected": ("已否决", "rejected"),
    "no_match": ("已记为无对应", "recorded as without a national code"),
    "not_a_candidate": ("已确认；目标不在候选中", "confirmed; the target was not among the candidates"),
    "unknown_code": ("已确认；账本中没有这个本地编码", "confirmed; the ledger does not know the local code"),
    "same": ("与现行决定相同，未重复记录", "the same decision holds already"),
    "conflict": ("与现行决定不同，未记录", "another decision holds; not recorded"),
    "unknown_target": ("目标编码不在该版本中，未记录", "the target is not in that edition; not recorded"),
    "gray_target": ("灰码不能作主要诊断的目标，未记录", "a gray code is no target of a main diagnosis; not recorded"),
    "unclear": ("看不懂的决定，未记录", "a decision that cannot be read; not recorded"),
}
RECORDED = ("confirmed", "rejected", "no_match", "not_a_candidate", "unknown_code")


@dataclass(frozen=True)
class Decision:
    """``target`` None with ``confirm`` false: no national code fits. ``row`` is where it stands in a file, if any."""

    key: Key
    confirm: bool
    target: str | None
    reason: str | None = None
    row: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a decision (a key of :data:`OUTCOMES`); ``holds`` is the target that holds instead, if any."""

    decision: Decision
    outcome: str
    holds: str | None = None
    name: str | None = None


def decide(
    ledger: Ledger,
    kind: str,
    decisions: Sequence[Decision],
    *,
    by: str,
    edition: str | None = None,
    source: str = "yibao catalogue map",
    overrule: bool = False,
) -> list[Outcome]:
    """Record decisions, in their order. Those that cannot stand are not recorded, and their outcome says why.

    ``overrule`` records a decision also where another one holds. Raises :class:`UsageError` without a name.
    """
    if not by.strip():
        raise UsageError(
            "a decision needs the name of who decides", mend="give --by NAME", zh="决定须写明决定人",
            mend_zh="请用 --by 姓名",
        )  # fmt: skip
    edition = choose_edition(ledger, kind, edition)
    known = known_statements(ledger, kind, edition)
    targets = _targets(ledger, kind, edition, [d.target for d in decisions if d.target])
    mains = _mains(ledger, kind, decisions) if any(gray for _, gray in targets.values()) else set()
    strangers = _strangers(ledger, kind, {d.key for d in decisions} - known.candidates.keys())
    outcomes, rows = [], list[Row]()
    for decision in decisions:
        outcome = _judge(decision, known, targets, mains, overrule)
        if outcome.outcome == "not_a_candidate" and decision.key in strangers:
            outcome = replace(outcome, outcome="unknown_code")
        outcomes.append(outcome)
        if outcome.outcome in RECORDED:
            row = _statement(decision, outcome, kind, edition, known)
            at = known.after(decision.key, now())
            rows.append(row | {"decided_at": at, "decided_by": by.strip(), "source": source})
            known.learn(decision.key, decision.confirm, decision.target)
    if rows:
        ledger.append({"code_map": as_statements(rows)}, "catalogue map")
    return outcomes


def _judge(
    decision: Decision, known: Known, targets: dict[str, tuple[str, bool]], mains: set[Key], overrule: bool
) -> Outcome:
    key, target = decision.key, decision.target
    holds = known.in_force.get(key)
    held = holds["to_code"] if holds else None
    if not decision.confirm:
        if known.rejected(key, target):
            return Outcome(decision, "same")
        if held and target in (None, held) and not overrule:
            return Outcome(decision, "conflict", held)
        return Outcome(decision, "rejected" if target else "no_match")
    if target is None or target not in targets:
        return Outcome(decision, "unknown_target")
    name, gray = targets[target]
    if gray and key in mains:
        return Outcome(decision, "gray_target", name=name)
    if held == target:
        return Outcome(decision, "same", name=name)
    if (held or known.rejected(key, None)) and not overrule:
        return Outcome(decision, "conflict", held, name)
    candidates = {row["to_code"] for row in known.candidates.get(key, ())}
    return Outcome(decision, "confirmed" if target in candidates else "not_a_candidate", name=name)


def _statement(decision: Decision, outcome: Outcome, kind: str, edition: str, known: Known) -> Row:
    candidates = known.candidates.get(decision.key, [])
    chosen = next((row for row in candidates if row["to_code"] == decision.target), {})
    system, institution, code = decision.key
    return {
        "kind": kind, "from_system": system, "institution_id": institution, "from_code": code,
        "from_name": candidates[0]["from_name"] if candidates else None, "to_system": edition,
        "to_code": decision.target, "to_name": outcome.name or chosen.get("to_name"),
        "status": "confirmed" if decision.confirm else "rejected", "reason": decision.reason,
        "rank": chosen.get("rank"), "similarity_ppm": chosen.get("similarity_ppm"),
    }  # fmt: skip


def _targets(ledger: Ledger, kind: str, edition: str, codes: Sequence[str]) -> dict[str, tuple[str, bool]]:
    """Name and grayness of those target codes that the edition has."""
    national = NATIONAL[kind]
    gray = "coalesce(is_gray, false)" if national.edition else "false"
    where = f"{national.edition} = $edition and" if national.edition else ""
    params = {"codes": list(codes)} | ({"edition": edition} if national.edition else {})
    with DuckEngine() as engine:
        ledger.attach(engine, only=[national.table])
        found = engine.execute(
            f"select {national.code} as code, any_value(name) as name, bool_or({gray}) as gray "
            f"from {national.table} where {where} list_contains($codes, {national.code}) group by 1",
            params,
        )
    return {row["code"]: (row["name"], row["gray"]) for row in found.to_pylist()}


def _strangers(ledger: Ledger, kind: str, keys: set[Key]) -> set[Key]:
    """Those local codes that nobody uses: mistyped, or not yet billed."""
    if not keys:
        return keys
    source = {
        "item": "select 'local', institution_id, coalesce(local_code, item_code) as code from charge_line",
    }.get(
        kind,
        f"select coalesce(d.code_version, 'local'), e.institution_id, d.code from {kind} d "
        "left join encounter e on e.encounter_id = d.encounter_id",
    )
    with DuckEngine() as engine:
        ledger.attach(engine, only=["charge_line"] if kind == "item" else [kind, "encounter"])
        used = engine.execute(
            f"select distinct * from ({source}) as used(system, institution_id, code) "
            "where list_contains($codes, code)",
            {"codes": [code for _, _, code in keys]},
        ).to_pylist()
    seen = {(row["system"], row["institution_id"], row["code"]) for row in used}
    everywhere = {(system, code) for system, _, code in seen}
    return {key for key in keys if key not in seen and not (key[1] is None and (key[0], key[2]) in everywhere)}


def _mains(ledger: Ledger, kind: str, decisions: Sequence[Decision]) -> set[Key]:
    """Those local codes that are, or may be, main diagnoses: all but the ones in use as others only."""
    keys = {decision.key for decision in decisions}
    if kind != "diagnosis":
        return set()
    with DuckEngine() as engine:
        ledger.attach(engine, only=["diagnosis", "encounter"])
        found = engine.execute(
            "select coalesce(d.code_version, 'local') as from_system, e.institution_id, d.code as from_code, "
            "bool_or(coalesce(d.is_main, true)) as main from diagnosis d "
            "left join encounter e on e.encounter_id = d.encounter_id "
            "where list_contains($codes, d.code) group by 1, 2, 3",
            {"codes": [code for _, _, code in keys]},
        ).to_pylist()
    used = {(row["from_system"], row["institution_id"], row["from_code"]): row["main"] for row in found}
    return {key for key in keys if used.get(key, True)}
