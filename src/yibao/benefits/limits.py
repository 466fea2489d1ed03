"""The limits of a policy on the figures of a year: accumulators that are brought in cannot be above them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yibao.benefits.quantities import UNLIMITED
from yibao.benefits.resolve import Profile
from yibao.benefits.vocabulary import LAYERS, Policy
from yibao.benefits.vocabulary_basic import POTS, Cap
from yibao.benefits.words import condition


def above(profile: Profile, figures: Mapping[str, int]) -> bool:
    """Whether figures of a year are above every limit that the policy knows for them.

    Nothing is said of a person who has changed scheme or region in the year: what another policy paid may be above the
    limits of this one.
    """
    return not figures.get("moves.count") and any(figures.get(name, 0) > limit for name, limit in limits(profile))


def limits(profile: Profile) -> list[tuple[str, int]]:
    """The most that figures can come to under a policy, by name; nothing where a floor payment may go beyond."""
    policy = profile.policy
    if any(b.floor is not None and not b.floor.within_cap for b in policy.benefits):
        return []
    found = [("annual.paid", _largest(policy.annual_cap, policy))]
    if profile.benefit is not None and profile.benefit.cap is not None and not profile.basic["cap_by_disease"]:
        sharing = [b.cap for b in policy.benefits if (b.cap.pot if b.cap and b.cap.pot else b.pot) == _pot(profile)]
        found.append((f"{_pot(profile)}.cap_paid", max(_largest(cap, policy) for cap in sharing)))
    for name in LAYERS:
        layer = getattr(policy.layers, name)
        if layer is not None and not any(f.no_cap for f in layer.favour):
            found.append((f"{name}.paid", _most(layer.cap, policy)))
            found.append((f"{name}.paid_outpatient", _most(layer.outpatient_cap, policy)))
    return [(name, limit) for name, limit in found if limit < UNLIMITED]


def _pot(profile: Profile) -> str:
    return POTS[profile.basic["cap_pot"]]


def _largest(cap: Cap | None, policy: Policy) -> int:
    if cap is None or cap.basis != "fund_payment" or cap.per != "year" or cap.by_disease:
        return UNLIMITED
    return _most(cap.amount, policy)


def _most(given: Any, policy: Policy) -> int:
    """The largest amount of a limit; unlimited where there is none, or a case may be missing."""
    if given is None:
        return UNLIMITED
    if not isinstance(given, list):
        return int(given.resolve(policy.figures))
    open_ended = condition(given[-1])[1] != ""
    return UNLIMITED if open_ended else max(case.value.resolve(policy.figures) for case in given)
