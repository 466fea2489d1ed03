"""Names in a policy that must lead somewhere: reference figures, benefits, hardship statuses, kinds of care."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from yibao.benefits.conditions import STATUSES, walk
from yibao.benefits.messages import Message
from yibao.benefits.quantities import Amount
from yibao.benefits.vocabulary import LAYERS, Policy
from yibao.engine.yaml import line_of

#: National codes of the kind of care (med_type).
KINDS = ("11", "12", "13", "14", "21", "22", "23", "24", "41", "51", "52", "53", "99")


def unknown_names(doc: Any, policy: Policy) -> Iterator[tuple[int, Message]]:
    """Line and message of each name that leads nowhere."""
    known = set(policy.reference)
    for name in sorted({v.of for _, v in walk(policy) if isinstance(v, Amount) and v.of} - known):
        yield (
            0,
            Message(
                f"an amount is given as a share of {name!r}, and `reference` does not say what that is",
                f"有金额按 {name!r} 的比例给出，但 `reference` 没有写它是多少",
            ),
        )
    ids = [b.id for b in policy.benefits]
    for twice in sorted({i for i in ids if ids.count(i) > 1}):
        yield line_of(doc, ["benefits"]), Message(f"two benefits are named {twice!r}", f"有两个待遇都叫 {twice!r}")
    for index, benefit in enumerate(policy.benefits):
        for kind in benefit.kinds:
            if kind not in KINDS:
                yield line_of(doc, ["benefits", index, "kinds"]), _none("kind of care", "医疗类别", kind, KINDS)
    users = [(["layers", name], layer.benefits) for name in LAYERS if (layer := getattr(policy.layers, name))]
    users += [(["account"], policy.account.benefits)] if policy.account else []
    for keys, named in users:
        for name in named or []:
            if name not in ids:
                yield line_of(doc, [*keys, "benefits"]), _none("benefit", "待遇", name, ids)
    for place, status in walk(policy):
        if {"status", "statuses"} & set(place) and status not in STATUSES:
            yield line_of(doc, place), _none("hardship status", "身份类别", status, STATUSES)


def _none(what: str, zh: str, name: str, known: Any) -> Message:
    near = difflib.get_close_matches(name, list(known), 1)
    hint = near[0] if near else ", ".join(known)
    return Message(f"there is no {what} {name!r}; known: {hint}", f"没有{zh} {name!r}；可用：{hint}")
