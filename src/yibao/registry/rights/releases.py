"""Releases: what leaves passes one gate, by the hand of two persons, and can be recalled."""

from __future__ import annotations

from sqlalchemy import select

from yibao.registry.articles import Refused
from yibao.registry.audit import compact
from yibao.registry.rights.permits import handling, permit_of
from yibao.registry.store import Answer, verb
from yibao.registry.tables.consents import DATASET, PURPOSE, RELEASE
from yibao.registry.unit import Row, Unit


@verb("data.release", "release:{release_id}")
def ask_release(
    unit: Unit, release_id: str, dataset_id: str, purpose_id: str, receiver: str, rows: int, sha256: str,
    smallest_cell: int | None = None,
) -> Answer:  # fmt: skip
    """Ask that a result may leave. Raises :class:`Refused`: ``small_cell``, ``too_sensitive``, ``no_permit``.

    ``receiver`` is internal, shared or public; ``smallest_cell`` the fewest persons behind any figure in it.
    """
    unit.allow_anywhere()
    dataset = unit.get(DATASET, "data set", "数据集", dataset_id=dataset_id)
    unit.get(PURPOSE, "purpose", "用途", purpose_id=purpose_id)
    permit = permit_of(unit, dataset, purpose_id)
    rules = handling()["receivers"]
    if receiver not in rules:
        raise Refused("unknown_receiver", "pipl_28", f"there is no receiver {receiver!r}", f"没有接收方 {receiver!r}",
                      mend=f"known: {', '.join(rules)}", mend_zh=f"可用：{', '.join(rules)}")  # fmt: skip
    rule = rules[receiver]
    if dataset["level"] > rule["highest"]:
        raise Refused(
            "too_sensitive",
            "pipl_28",
            f"data of level {dataset['level']} do not go to {rule['en']}",
            f"{dataset['level']} 级数据不得提供给{rule['zh']}",
            mend="release aggregates of a lower level",
            mend_zh="请提供较低级别的汇总数据",
        )
    if dataset["level"] != "L1" and (smallest_cell is None or smallest_cell < int(rule["k"])):
        raise Refused(
            "small_cell",
            "pipl_28",
            f"the smallest group is {smallest_cell}, it must be {rule['k']} for {rule['en']}",
            f"最小分组为 {smallest_cell}，提供给{rule['zh']}不得小于 {rule['k']}",
            mend="suppress or join small groups",
            mend_zh="请抑制或合并小分组",
        )
    checks = {"k": int(rule["k"]), "level": dataset["level"], "permit": permit and permit["permit_id"]}
    unit.insert(
        RELEASE,
        release_id=release_id,
        dataset_id=dataset_id,
        purpose_id=purpose_id,
        receiver=receiver,
        level=dataset["level"],
        rows=rows,
        smallest_cell=smallest_cell,
        sha256=sha256,
        asked_by=unit.actor_id,
        asked_at=unit.at,
        state="asked",
        checks=compact(checks),
    )
    return {"release_id": release_id, "state": "asked", "checks": checks}


@verb("data.approve", "release:{release_id}")
def answer_release(unit: Unit, release_id: str, granted: bool) -> Answer:
    """Approve or refuse a release. Raises :class:`Refused` (``same_approver``) for who asked."""
    unit.allow_anywhere()
    row = _asked(unit, release_id)
    if row["asked_by"] == unit.actor_id:
        raise Refused(
            "same_approver",
            "pipl_28",
            f"{unit.actor_id} asked for it; somebody else approves",
            f"{unit.actor_id} 为申请人，须由他人审批",
            mend="somebody else approves it",
            mend_zh="请由他人审批",
        )
    state = "approved" if granted else "refused"
    unit.update(RELEASE, row, state=state, approved_by=unit.actor_id, approved_at=unit.at)
    return {"release_id": release_id, "state": state}


@verb("data.approve", "release:{release_id}")
def recall(unit: Unit, release_id: str, reason: str) -> Answer:
    """Recall what was released."""
    unit.allow_anywhere()
    row = unit.get(RELEASE, "release", "发布", release_id=release_id)
    if row["state"] != "approved":
        raise Refused(
            "illegal_transition",
            "pipl_28",
            f"{release_id} is {row['state']}",
            f"{release_id} 处于 {row['state']}",
            mend="only what was released is recalled",
            mend_zh="仅已发布的可撤回",
        )
    unit.update(RELEASE, row, state="recalled")
    return {"release_id": release_id, "state": "recalled"}


def releases(unit: Unit) -> list[Row]:
    return unit.rows(select(RELEASE).order_by(RELEASE.c.asked_at.desc(), RELEASE.c.release_id))


def _asked(unit: Unit, release_id: str) -> Row:
    row = unit.get(RELEASE, "release", "发布", release_id=release_id)
    if row["state"] != "asked":
        raise Refused("answered_before", "pipl_28", f"{release_id} is {row['state']} already", f"{release_id} 已办理",
                      mend="nothing is left to do", mend_zh="无需再办理")  # fmt: skip
    return row
