"""The demonstration's clues: some were worked on for weeks, some wait for a provider, the others are new.

Every state that a page shows has a clue in it: money half back, closed, decided and not served, verified on site, with
a panel, suspended, appealed, waiting for material. What happened before today is dated so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pyarrow.compute as pc

from yibao.registry import Registry, clues
from yibao.registry.clues.grouping import Findings, Group, group

#: Clues that are assigned to the two auditors; the rest wait for the lead.
_ASSIGNED = 10
#: Clues that wait for the answer of the hospital, and of the pharmacy.
_SENT = 6
#: Stories that a provider of the demonstration took part in, and those of providers that did not answer.
_ANSWERED = ("partly_back", "closed", "unserved", "on_site", "panel", "suspended", "appealed", "material")
_SILENT = ("withheld",)
OFFICERS, EXPERTS = ("officer", "officer2"), ("expert", "expert2", "expert3")

Titles = Mapping[str, Mapping[str, str]]


class Story:
    """Acts on one clue, each at its day and by whoever does it."""

    def __init__(self, registry: Registry, clue_id: str, answers: str | None) -> None:
        self.registry, self.clue_id, self.answers = registry, clue_id, answers
        self.now = registry.clock()

    def at(self, days: int, act: Any, *given: Any, by: str, **more: Any) -> None:
        """Do an act so many days ago."""
        self.registry.do(act, self.clue_id, *given, by=by, at=self.now - timedelta(days=days), **more)

    def sent(self, begun: int) -> None:
        """From the assignment, so many days ago, to the provider."""
        self.at(begun, clues.assign, "auditor", by="lead")
        self.at(begun - 1, clues.begin, by="auditor")
        self.at(begun - 2, clues.send, by="auditor")

    def reviewed(self, begun: int) -> int:
        """On to the second review, and when that began; silence takes twenty days longer than an answer."""
        self.sent(begun)
        if self.answers is None:
            begun -= 20  # the days to answer are working days, and holidays are none
            self.at(begun - 4, clues.silence, by="auditor")
        else:
            self.at(begun - 4, clues.accept, "经核对属实", by=self.answers)
        self.at(begun - 6, clues.second, by="auditor2")
        return begun - 6

    def upheld(self, begun: int) -> None:
        """On to its outcome: it stands."""
        self.at(self.reviewed(begun) - 1, clues.uphold, "proved", by="auditor2")

    def decided(self, days: int, kind: str, part: int = 1) -> int:
        """A decision on the money upheld, or its n-th part; returns the fen."""
        upheld = self.registry.do(clues.show, self.clue_id, by="lead")["upheld"]
        amount = max(upheld // part, 1)
        self.at(days, clues.decide, kind, f"处-{self.clue_id}", "按协议追回已支付的基金", by="agency", amount=amount)
        return amount


def make_clues(
    registry: Registry, run: str, found: Findings, titles: Titles, answering: Mapping[str, str]
) -> None:  # fmt: skip
    """Clues of a run's findings. ``answering``: institution -> the actor who answers for it."""
    _worked_on(registry, run, found, titles, answering)
    registry.do(clues.import_findings, run, found, titles, by="lead")
    with registry.reading("clue.read", "lead") as unit:
        new = sorted((row for row in clues.clues(unit) if row["state"] == "S0"),
                     key=lambda row: (-row["fund_amount"], row["clue_id"]))  # fmt: skip
    for number, row in enumerate(new[:_ASSIGNED]):
        registry.do(clues.assign, row["clue_id"], ("auditor", "auditor2")[number % 2], by="lead")
    for institution in answering:
        own = [row for row in new[_ASSIGNED:] if row["institution_id"] == institution and row["result"] != "lead"]
        for row in own[:_SENT]:
            story = Story(registry, row["clue_id"], None)
            story.at(0, clues.assign, "auditor2", by="lead")
            story.at(0, clues.begin, by="auditor2")
            story.at(0, clues.send, by="auditor2")


def _worked_on(
    registry: Registry, run: str, found: Findings, titles: Titles, answering: Mapping[str, str]
) -> None:  # fmt: skip
    """Clues that came in weeks ago: heavy ones, after those that stay for the reader."""
    groups, _ = group(found, "institution")
    able = [one for one in groups if one.result != "lead" and one.fund_amount > 1_000 and one.institution_id]
    able.sort(key=lambda one: (-one.fund_amount, one.law_id, one.key, one.period_from))
    ours = [one for one in able if one.institution_id in answering]
    others = [one for one in able if one.institution_id not in answering]
    told = [*zip(_ANSWERED, ours[_SENT:], strict=False), *zip(_SILENT, others[_ASSIGNED:], strict=False)]
    for name, one in told:
        days, tell = _STORIES[name]
        clue_id = _imported(registry, run, found, titles, one, registry.clock() - timedelta(days=days))
        tell(Story(registry, clue_id, answering.get(one.institution_id or "")))


def _imported(
    registry: Registry, run: str, found: Findings, titles: Titles, one: Group, at: datetime
) -> str:  # fmt: skip
    """The clue of one group alone, which came in at its day."""
    wanted = [row["finding_id"] for row in one.findings]
    alone = Findings(found.finding.filter(pc.field("finding_id").isin(wanted)),
                     found.finding_ref.filter(pc.field("finding_id").isin(wanted)))  # fmt: skip
    made = registry.do(clues.import_findings, run, alone, titles, by="lead", at=at)
    return str(made["clues"][0])


def _partly_back(story: Story) -> None:
    story.upheld(58)
    amount = story.decided(48, "8b")
    story.at(46, clues.serve, by="agency")
    story.at(20, clues.recover, f"处-{story.clue_id}", max(amount * 2 // 5, 1), f"扣-{story.clue_id}", by="agency")


def _closed(story: Story) -> None:
    story.upheld(58)
    amount = story.decided(47, "8b")
    story.at(45, clues.serve, by="agency")
    story.at(30, clues.recover, f"处-{story.clue_id}", amount, f"退-{story.clue_id}", by="agency", way="paid")
    story.at(28, clues.close, by="lead")


def _unserved(story: Story) -> None:
    story.upheld(14)
    story.decided(2, "8a")


def _on_site(story: Story) -> None:
    story.upheld(14)
    story.at(5, clues.verify_on_site, list(OFFICERS), "两名执法人员现场清点，与结算记录不符", by="bureau")


def _panel(story: Story) -> None:
    began = story.reviewed(14)
    story.at(began - 3, clues.panel, list(EXPERTS), "再次入院是否属于病情需要", by="auditor2")
    story.at(2, clues.opinion, False, "病程记录显示病情有变化", by=EXPERTS[0])
    story.at(1, clues.opinion, True, "两次住院诊断、治疗相同，间隔过短", by=EXPERTS[1])


def _suspended(story: Story) -> None:
    began = story.reviewed(14)
    story.at(began - 2, clues.suspend, "等待司法鉴定意见", by="lead")


def _appealed(story: Story) -> None:
    story.sent(10)
    story.at(3, clues.appeal, "涉及病例为计划内分期治疗，病历中有记载，请复核", by=str(story.answers))


def _material(story: Story) -> None:
    story.at(6, clues.assign, "auditor2", by="lead")
    story.at(5, clues.begin, by="auditor2")
    story.at(2, clues.ask_material, "请补充两次住院的出院小结和医嘱单", by="auditor2")


def _withheld(story: Story) -> None:
    story.upheld(58)
    story.decided(29, "8b", 2)
    story.at(28, clues.decide, "8c", f"协-{story.clue_id}", "中止医保服务协议三个月，限期整改", by="agency")
    story.at(27, clues.serve, by="agency")


#: How many days ago a clue came in, and what became of it.
_STORIES: Mapping[str, tuple[int, Callable[[Story], None]]] = {
    "partly_back": (60, _partly_back), "closed": (60, _closed), "unserved": (15, _unserved),
    "on_site": (15, _on_site), "panel": (15, _panel), "suspended": (15, _suspended), "appealed": (11, _appealed),
    "material": (7, _material), "withheld": (60, _withheld),
}  # fmt: skip
