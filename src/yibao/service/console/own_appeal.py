"""An appeal against points, as it is shown once more before it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yibao.presentation.fmt import Format
from yibao.registry.laws import registry_law
from yibao.registry.points.staff import LAW
from yibao.service.console.confirming import Sure


def appealing(
    prefix: str, person: Mapping[str, Any], against: Sequence[Mapping[str, Any]], said: Mapping[str, str],
    sha256: str | None, fmt: Format,
) -> Sure:  # fmt: skip
    """Whom it is for, against which points of which decision, with which words and file."""
    zh = fmt.lang == "zh"
    situations = registry_law(LAW).said["situations"]
    why = ("；" if zh else "; ").join(situations[one["situation"]][fmt.lang] for one in against)
    points = sum(one["points"] for one in against)
    facts = [
        ("人员" if zh else "Person", person["name"]), ("决定" if zh else "Decision", said["decision"]),
        *([("情形" if zh else "Situation", why)] if why else []), ("理由" if zh else "Reason", said["words"]),
        ("附件" if zh else "File", f"SHA-256 {sha256[:16]}…" if sha256 else "没有" if zh else "none"),
    ]  # fmt: skip
    at = f"{prefix}/{person['staff_id']}"
    return Sure(
        ("对记分申诉", "appeal against points"), person["name"],
        ("20 个工作日内核查并答复；申诉期间这次记分不生效",
         "it is verified and answered within 20 working days; until then the points are not in effect"),
        at, (at, ("返回", "Back")), facts,
        ("申诉的记分" if zh else "Points appealed against", f"{points} 分" if zh else str(points)),
        ("提交申诉", "Send the appeal"), person["staff_id"], edits=True,
        undone=("提交后不能更改。", "Once sent it cannot be changed."),
    )  # fmt: skip
