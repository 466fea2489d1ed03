"""What came into a store against what left it by settlement (stock-flow mismatch)."""

from __future__ import annotations

from yibao.presentation.charts.bars import Segment, balance
from yibao.presentation.report.scene import Figure, Scene

TONES = {"opening": "peer-band", "purchase": "q3", "transfer_in": "q2"}


def balance_figure(scene: Scene) -> Figure | None:
    """Two bars in pricing units: supply by kind of move; what was settled, with what left otherwise before it."""
    kinds: dict[str, int] = {}
    for ref in scene.refs:
        move = scene.rows.get(ref) if ref["ref_table"] == "stock_move" else None
        if move is not None and ref["value"] is not None:
            kinds[move["kind"]] = kinds.get(move["kind"], 0) + ref["value"]
    settled = max((r["value"] for r in scene.refs if r["signal"] == "settled" and r["value"]), default=0)
    if not settled:
        return None
    t, fmt = scene.t, scene.fmt
    supply, leaving = t("figure.balance.in"), t("figure.balance.out")
    table = scene.ledger.tables()["stock_move"]
    words = {c.value: c.zh if fmt.lang == "zh" else c.en for c in table.by_name["kind"].codes}
    parts = [
        Segment(supply, words.get(kind, kind), amount / 1000, TONES.get(kind, "q1"), fmt.quantity(amount))
        for kind, amount in sorted(kinds.items())
        if amount > 0
    ] or [Segment(supply, t("figure.balance.nothing"), 0.0, "peer-band", fmt.quantity(0))]
    parts += [
        Segment(leaving, words.get(kind, kind), -amount / 1000, "peer-band", fmt.quantity(-amount))
        for kind, amount in sorted(kinds.items())
        if amount < 0
    ]
    parts.append(Segment(leaving, t("figure.balance.settled"), settled / 1000, "warn", fmt.quantity(settled)))
    supplied = max(sum(kinds.values()), 0)
    title = t("figure.balance.title", settled=fmt.quantity(settled), supplied=fmt.quantity(supplied))
    key = tuple((f"box-{p.tone}", f"{p.name} {p.text}") for p in parts)
    return Figure(title, t("figure.balance.unit"), balance(parts, title), key)
