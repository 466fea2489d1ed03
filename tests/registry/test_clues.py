"""Clues from lead to recovery: clocks, two reviewers, appeal, partial recoveries; and every refusal by its name."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from named_refusals import refused
from sqlalchemy import select

from yibao.registry import Registry, clues
from yibao.registry.tables.clues import CLUE_MONEY
from yibao.registry.tables.core import EVENT
from yibao.registry.verify import verify

ROWS = [{"ref_table": "charge_line", "ref_id": f"L{n}", "amount": 20_000, "fund_amount": 10_000} for n in range(1, 4)]


class Walk:
    """Acts on one clue, each dated by a day of 2025 at noon."""

    def __init__(self, registry: Registry, clue_id: str = "C1") -> None:
        self.registry, self.clue_id = registry, clue_id

    def opened(self, day: str = "2025-03-03", rows: Any = ROWS, **more: Any) -> Walk:
        said = {"source": "tip", "institution_id": "H1", "title_zh": "重复收费", "title_en": "charged twice",
                "explanation_zh": "同日两次", "explanation_en": "twice a day", "period_from": date(2025, 2, 1),
                "period_to": date(2025, 3, 1), **more}  # fmt: skip
        at = datetime.fromisoformat(f"{day}T09:00")
        self.registry.do(clues.open_clue, self.clue_id, rows=rows, by="lead", at=at, **said)
        return self

    def act(self, verb: Any, by: str, day: str, *args: Any, **named: Any) -> Any:
        at = datetime.fromisoformat(f"{day}T12:00")
        return self.registry.do(verb, self.clue_id, *args, by=by, at=at, **named)

    def sent(self) -> Walk:
        self.opened()
        self.act(clues.assign, "lead", "2025-03-04", to="auditor1")
        self.act(clues.begin, "auditor1", "2025-03-05")
        self.act(clues.send, "auditor1", "2025-03-06")
        return self

    def second(self) -> Walk:
        self.sent()
        self.act(clues.appeal, "h1", "2025-03-10", words="两次手术", disputed=20_000)
        self.act(clues.second, "auditor2", "2025-03-11")
        return self

    def upheld(self) -> Walk:
        self.second()
        self.act(clues.uphold, "auditor2", "2025-03-12", reason="记录不符")
        return self

    def served(self, amount: int = 30_000) -> Walk:
        self.upheld()
        self.act(clues.decide, "lead", "2025-03-13", "8b", "D-1", "追回", amount)
        self.act(clues.serve, "lead", "2025-03-14")
        return self


def test_from_lead_to_recovery_in_parts(registry: Registry) -> None:
    walk = Walk(registry).served()
    assert walk.act(clues.recover, "lead", "2025-03-20", "D-1", 12_000, "R-1")["open"] == 18_000
    told = refused("above_claim", lambda: walk.act(clues.recover, "lead", "2025-03-21", "D-1", 18_001, "R-2"))
    assert "条例" in told.zh and "Art. 38" in told.what
    refused("receipt_used", lambda: walk.act(clues.recover, "lead", "2025-03-21", "D-1", 1, "R-1"))
    refused("money_open", lambda: walk.act(clues.close, "lead", "2025-03-21"))
    assert walk.act(clues.recover, "lead", "2025-03-21", "D-1", 18_000, "R-2")["open"] == 0
    assert walk.act(clues.close, "lead", "2025-03-22")["state"] == "S10"
    whole = walk.act(clues.show, "lead", "2025-03-23")
    assert [row["recovered"] for row in whole["money"]] == [10_000, 10_000, 10_000]
    assert sum(row["amount"] for row in whole["recoveries"]) == 30_000
    assert [event["act"] for event in whole["history"]][-3:] == ["recover", "recover", "close"]
    assert verify(registry).problems == []


def test_a_successful_appeal(registry: Registry) -> None:
    walk = Walk(registry).second()
    answer = walk.act(clues.withdraw, "auditor2", "2025-03-12", reason="两次手术属实")
    assert (answer["state"], answer["upheld"]) == ("S10", 0)
    whole = walk.act(clues.show, "h1", "2025-03-13")
    assert [(s["kind"], s["outcome"]) for s in whole["statements"]] == [("appeal", "withdraw")]
    refused("illegal_transition", lambda: walk.act(clues.decide, "lead", "2025-03-14", "8b", "D", "x", 1))


def test_part_is_upheld_and_no_more_is_decided(registry: Registry) -> None:
    walk = Walk(registry).second()
    refused(
        "above_claim",
        lambda: walk.act(clues.partly, "auditor2", "2025-03-12", reason="x", amounts={"charge_line:L1": 10_001}),
    )
    refused(
        "unknown", lambda: walk.act(clues.partly, "auditor2", "2025-03-12", reason="x", amounts={"charge_line:L9": 1})
    )
    walk.act(
        clues.partly,
        "auditor2",
        "2025-03-12",
        reason="一次属实",
        amounts={"charge_line:L1": 0, "charge_line:L2": 4_000},
    )
    refused("above_claim", lambda: walk.act(clues.decide, "lead", "2025-03-13", "8b", "D-1", "追回", 14_001))
    assert walk.act(clues.decide, "lead", "2025-03-13", "8b", "D-1", "追回", 14_000)["amount"] == 14_000


def test_the_second_reviewer_is_another(registry: Registry) -> None:
    walk = Walk(registry).sent()
    walk.act(clues.accept, "h1", "2025-03-07")
    told = refused("same_reviewer", lambda: walk.act(clues.second, "auditor1", "2025-03-10"))
    assert "医保发〔2022〕12号" in told.zh
    refused("out_of_scope", lambda: walk.act(clues.second, "auditor3", "2025-03-10"))
    walk.act(clues.second, "auditor2", "2025-03-10")
    refused("not_the_reviewer", lambda: walk.act(clues.uphold, "auditor1", "2025-03-10", reason="x"))


def test_an_appeal_after_the_limit_is_refused_and_silence_is_assent(registry: Registry) -> None:
    walk = Walk(registry).sent()  # sent on Thursday 6 March: seven working days end on Monday 17 March
    refused("clock_runs", lambda: walk.act(clues.silence, "auditor1", "2025-03-17"))
    refused("appeal_after_limit", lambda: walk.act(clues.appeal, "h1", "2025-03-18", words="晚了"))
    walk.act(clues.silence, "auditor1", "2025-03-18")
    assert walk.act(clues.show, "lead", "2025-03-18")["statements"][0]["kind"] == "silence"


def test_a_clock_that_ran_out_stops_the_reviewer_until_it_is_extended_once(registry: Registry) -> None:
    walk = Walk(registry).opened()
    walk.act(clues.assign, "lead", "2025-03-04", to="auditor1")
    assert walk.act(clues.begin, "auditor1", "2025-03-05")["due_on"] == "2025-03-12"
    refused("clock_expired", lambda: walk.act(clues.send, "auditor1", "2025-03-13"))
    assert walk.act(clues.extend, "lead", "2025-03-13", reason="调阅病案")["due_on"] == "2025-03-19"
    refused("no_extension", lambda: walk.act(clues.extend, "lead", "2025-03-13", reason="再延"))
    assert walk.act(clues.send, "auditor1", "2025-03-19")["state"] == "S3c"


def test_a_panel_is_odd_impartial_complete_and_followed(registry: Registry) -> None:
    walk = Walk(registry).second()
    refused("even_panel", lambda: walk.act(clues.panel, "auditor2", "2025-03-12", ["expert1", "expert2"], "指征"))
    refused(
        "recusal", lambda: walk.act(clues.panel, "auditor2", "2025-03-12", ["expert1", "expert2", "auditor1"], "指征")
    )
    walk.act(clues.panel, "auditor2", "2025-03-12", ["expert1", "expert2", "expert3"], "指征")
    walk.act(clues.opinion, "expert1", "2025-03-12", False, "有指征")
    refused("spoken_before", lambda: walk.act(clues.opinion, "expert1", "2025-03-12", True, "改口"))
    refused("panel_incomplete", lambda: walk.act(clues.uphold, "auditor2", "2025-03-12", reason="x"))
    walk.act(clues.opinion, "expert2", "2025-03-12", False, "有指征")
    walk.act(clues.opinion, "expert3", "2025-03-12", True, "无指征")
    refused("against_the_panel", lambda: walk.act(clues.uphold, "auditor2", "2025-03-13", reason="x"))
    assert walk.act(clues.withdraw, "auditor2", "2025-03-13", reason="合议")["state"] == "S10"


def test_a_penalty_needs_two_officers_and_the_limitation(registry: Registry) -> None:
    walk = Walk(registry).upheld()
    refused("no_role", lambda: walk.act(clues.penalise, "lead", "2025-03-13", "P-1", "罚款"))
    refused("not_verified", lambda: walk.act(clues.penalise, "bureau", "2025-03-13", "P-1", "罚款"))
    refused(
        "two_officers",
        lambda: walk.act(clues.verify_on_site, "officer1", "2025-03-13", ["officer1", "auditor1"], "现场"),
    )
    walk.act(clues.verify_on_site, "officer1", "2025-03-13", ["officer1", "officer2"], "现场清点")
    assert walk.act(clues.penalise, "bureau", "2025-03-14", "P-1", "罚款")["kind"] == "8d"
    old = Walk(registry, "C2")
    old.opened(rows=(), period_from=date(2022, 1, 1), period_to=date(2022, 2, 1))
    for verb, by, day, named in (
        (clues.assign, "lead", "2025-03-04", {"to": "auditor1"}), (clues.begin, "auditor1", "2025-03-05", {}),
        (clues.send, "auditor1", "2025-03-06", {}), (clues.accept, "h1", "2025-03-07", {}),
        (clues.second, "auditor2", "2025-03-10", {}), (clues.uphold, "auditor2", "2025-03-10", {"reason": "x"}),
        (clues.verify_on_site, "officer1", "2025-03-11", {"officers": ["officer1", "officer2"], "words": "x"}),
    ):  # fmt: skip
        old.act(verb, by, day, **named)
    refused("limitation", lambda: old.act(clues.penalise, "bureau", "2025-03-12", "P-2", "罚款"))
    assert old.act(clues.penalise, "bureau", "2025-03-12", "P-2", "罚款", harm=True)["kind"] == "8d"


def test_points_follow_a_decision(registry: Registry) -> None:
    walk = Walk(registry).upheld()
    refused("too_early", lambda: walk.act(clues.decide, "lead", "2025-03-13", "8e", "J-1", "记分", staff_id="D1"))
    walk.act(clues.decide, "lead", "2025-03-13", "8c", "D-1", "约谈")
    assert walk.act(clues.decide, "lead", "2025-03-13", "8e", "J-1", "记分", staff_id="D1")["kind"] == "8e"


def test_a_reopened_clue_gives_money_back(registry: Registry) -> None:
    walk = Walk(registry).served()
    walk.act(clues.recover, "lead", "2025-03-20", "D-1", 30_000, "R-1")
    walk.act(clues.close, "lead", "2025-03-21")
    walk.act(clues.reopen, "bureau", "2025-05-06", "法院判决", "court")
    walk.act(clues.partly, "auditor2", "2025-05-07", reason="判决", amounts={"charge_line:L3": 2_500})
    whole = walk.act(clues.show, "lead", "2025-05-08")
    assert [(r["amount"], r["state"]) for r in whole["recoveries"]][-1] == (7_500, "returned")
    assert [row["recovered"] for row in whole["money"]] == [10_000, 10_000, 2_500]
    assert [d["state"] for d in whole["decisions"]] == ["withdrawn"]


def test_money_is_attributed_once(registry: Registry) -> None:
    Walk(registry).opened()
    refused("attributed_before", lambda: Walk(registry, "C2").opened())


def test_acts_are_not_dated_back_nor_ahead(registry: Registry) -> None:
    walk = Walk(registry).sent()
    refused("before_the_last_act", lambda: walk.act(clues.appeal, "h1", "2025-03-05", words="x"))
    refused("in_the_future", lambda: walk.act(clues.appeal, "h1", "2026-03-07", words="x"))
    late = registry.within(lambda: registry.clock() - timedelta(hours=1))
    refused("clock_moved_back", lambda: late.do(clues.accept, "C1", by="h1", at=datetime(2025, 3, 7)))


def test_institutions_see_their_own_once_sent(registry: Registry) -> None:
    walk = Walk(registry).opened()
    with registry.reading("clue.read", "h1") as unit:
        assert clues.clues(unit) == []
    refused("out_of_scope", lambda: walk.act(clues.show, "h1", "2025-03-03"))
    refused("out_of_scope", lambda: walk.act(clues.show, "h2", "2025-03-03"))
    walk.act(clues.assign, "lead", "2025-03-04", to="auditor1")
    walk.act(clues.begin, "auditor1", "2025-03-05")
    walk.act(clues.send, "auditor1", "2025-03-06")
    with registry.reading("clue.read", "h1") as unit:
        assert [c["clue_id"] for c in clues.clues(unit)] == ["C1"]
    with registry.reading("clue.read", "auditor3") as unit:
        assert clues.clues(unit) == []


def test_refusals_are_logged_with_their_article(registry: Registry) -> None:
    walk = Walk(registry).opened()
    refused("illegal_transition", lambda: walk.act(clues.send, "auditor1", "2025-03-04"))
    refused("unknown_actor", lambda: walk.act(clues.send, "nobody", "2025-03-04"))
    with registry.reading("audit.read", "root") as unit:
        told = unit.rows(select(EVENT).where(EVENT.c.outcome == "refused", EVENT.c.subject == "clue:C1"))
    assert [('"illegal_transition"' in e["body"], '"article"' in e["body"]) for e in told] == [
        (True, True),
        (False, True),
    ]


def test_a_typical_case_is_finished_and_names_nobody(registry: Registry) -> None:
    walk = Walk(registry).served()
    words = {
        "title_zh": "重复收费",
        "title_en": "charged twice",
        "lesson_zh": "核对内涵",
        "lesson_en": "read the clause",
    }
    refused("not_closed", lambda: walk.act(clues.publish_case, "lead", "2025-03-20", **words))
    walk.act(clues.recover, "lead", "2025-03-20", "D-1", 30_000, "R-1")
    walk.act(clues.close, "lead", "2025-03-21")
    refused("names_somebody", lambda: walk.act(clues.publish_case, "lead", "2025-03-22", **words | {"title_zh": "H1"}))
    walk.act(clues.publish_case, "lead", "2025-03-22", **words)
    with registry.reading("clue.read", "lead") as unit:
        assert [case["recovered"] for case in clues.cases(unit)] == [30_000]
        assert [row["recovered"] for row in unit.rows(select(CLUE_MONEY))] == [10_000] * 3
