"""How much a law's findings depend on its parameters: the same law over the same ledger with one parameter moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from yibao.engine import DuckEngine
from yibao.lawbook import Law, Outcome, columns_of, run_law
from yibao.ledger import Ledger
from yibao.supervision.absent import require_columns
from yibao.supervision.lifecycle.register import LifecycleError

#: Values tried, as hundredths of the law's own value.
GRID = (50, 70, 80, 90, 100, 110, 120, 130, 150, 200)
NUMERIC = frozenset({"int", "money", "rate", "milli", "micro"})
#: When a tenth more or less moves the findings by more than this share, the threshold stands on a cliff.
CLIFF = 0.25

Progress = Callable[[str, float, float], None]


@dataclass(frozen=True)
class Point:
    """One value of a parameter: findings, money, and how many of the law's own findings are still among them."""

    value: int
    findings: int
    institutions: int
    amount: int
    kept: int


@dataclass(frozen=True)
class Curve:
    """A parameter's curve, in ascending order of value; ``own`` is the value in the law."""

    law_id: str
    param: str
    own: int
    unit: str
    zh: str
    en: str
    points: tuple[Point, ...]

    @property
    def at_own(self) -> Point:
        return next(p for p in self.points if p.value == self.own)

    @property
    def cliff(self) -> bool:
        """Whether the nearest values tried change the findings by more than a quarter."""
        place = self.points.index(self.at_own)
        near = [self.points[i] for i in (place - 1, place + 1) if 0 <= i < len(self.points)]
        base = max(self.at_own.findings, 1)
        return any(abs(p.findings - self.at_own.findings) / base > CLIFF for p in near)


def sensitivity(
    ledger: Ledger,
    law: Law,
    *,
    only: str | None = None,
    values: Sequence[int] = (),
    as_of: datetime | None = None,
    progress: Progress | None = None,
) -> list[Curve]:
    """The curve of every numeric parameter (or of ``only``); ``values`` replaces the grid of a single parameter.

    Raises :class:`LifecycleError` when the law has no such parameter or fails.
    """
    names = [name for name, p in law.text.params.items() if p.type in NUMERIC and only in (None, name)]
    if not names:
        known = ", ".join(n for n, p in law.text.params.items() if p.type in NUMERIC) or "none"
        raise LifecycleError(
            f"{law.id} has no numeric parameter {only or ''}".rstrip(), mend=f"known: {known}",
            zh=f"{law.id} 没有数值参数 {only or ''}".rstrip(), mend_zh=f"可用：{known}",
        )  # fmt: skip
    instant = as_of or ledger.last_recorded() or datetime.now().replace(microsecond=0)
    require_columns(ledger, [law], as_of)
    with DuckEngine() as engine:
        ledger.attach(engine, as_of, only=columns_of([law], ledger.tables()))
        own = _findings(run_law(engine, law, instant))
        curves = []
        for number, name in enumerate(names):
            if progress:
                progress(name, number, len(names))
            param = law.text.params[name]
            at = int(param.value)
            points = [_point(run_law(engine, law, instant, overrides={name: v}), v, own) for v in _tried(at, values)]
            curves.append(Curve(law.id, name, at, param.unit or param.type, param.zh, param.en, tuple(points)))
    return curves


def _tried(own: int, values: Sequence[int]) -> list[int]:
    return sorted({own, *values}) if values else sorted(set(_grid(own)))


def _grid(own: int) -> Iterator[int]:
    """Hundredths of the value; small whole numbers step by one, nought by small numbers."""
    if abs(own) <= 10:
        yield from range(max(own - 4, 0) if own >= 0 else own - 4, own + 6)
    else:
        yield from ((own * share) // 100 for share in GRID)


def _findings(outcome: Outcome) -> set[str]:
    if outcome.status == "failed":
        raise LifecycleError(
            f"the law failed: {outcome.message}", where=outcome.law.id, zh=f"法规运行失败：{outcome.message}"
        )
    return set(outcome.tables["finding"]["finding_id"].to_pylist())


def _point(outcome: Outcome, value: int, own: set[str]) -> Point:
    ids, rows = _findings(outcome), outcome.tables["finding"]
    places = {v for v in rows["institution_id"].to_pylist() if v}
    return Point(value, len(ids), len(places), sum(v or 0 for v in rows["amount"].to_pylist()), len(ids & own))
