"""One ingredient at hand over time, in days of supply: rises with each supply, falls a day a day (too much stock)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from yibao.presentation.charts.stock import Supply, stock_curve
from yibao.presentation.report.evidence import Row
from yibao.presentation.report.rows import Cell, Head, RowTable
from yibao.presentation.report.scene import Figure, Scene

#: Ingredients are told by this much of an item's code where the catalogue does not name one.
_PREFIX = 10


@dataclass(frozen=True)
class Held:
    """A supply: its line, days supplied net of refunds, days at hand before and after it."""

    line: Row
    days: int
    before: int
    after: int

    @property
    def day(self) -> date:
        found: date = self.line["charged_at"].date()
        return found


def stock_figure(scene: Scene) -> Figure | None:
    """The person's supplies of the ingredient in question, over all institutions."""
    held = supplies(scene)
    if not held:
        return None
    t, fmt = scene.t, scene.fmt
    most = int(scene.params["cap_days"]) + int(scene.params["early_days"])
    marks = [Supply(one.day, one.before, one.after, _told(scene, one), one.after > most) for one in held]
    highest = max(one.after for one in held)
    places = len({one.line["institution_id"] for one in held})
    title = t(
        "figure.stock.title", highest=t.count("n.days", highest), supplied=t.count("n.supplies", len(held)),
        places=t.count("n.institutions", places),
    )  # fmt: skip
    key = (
        ("box-q2", t("figure.stock.held")), ("line-stop", t("figure.stock.most", days=most)),
        ("circle-you", t("figure.stock.supply")), ("diamond-warn", t("figure.stock.above")),
    )  # fmt: skip
    heads = [
        Head(t("figure.stock.day")), Head(t("figure.stock.item")), Head(t("figure.stock.place")),
        Head(t("figure.stock.days"), "n"), Head(t("figure.stock.after"), "n"),
    ]  # fmt: skip
    table = RowTable(title, heads, [
        [Cell(fmt.date(one.day), "head"), Cell(scene.what(one.line)),
         Cell(scene.names.institution(one.line["institution_id"])), Cell(fmt.count(one.days), "n", one.days),
         Cell(fmt.count(one.after), "n", one.after)]
        for one in held
    ])  # fmt: skip
    return Figure(title, t("figure.stock.unit"), stock_curve(marks, most, title), key, table)


def supplies(scene: Scene) -> list[Held]:
    """The supplies as the law counts them: net of refunds, without those that a doctor explained."""
    lines = [row for row in scene.past("charge_line") if row["reversed_line_id"] is None and row["days_supply"]]
    kinds = _ingredients(scene, {row["item_code"] for row in lines if row["item_code"]})
    wanted = {kinds.get(row["item_code"]) for row in scene.referenced("charge_line")} - {None}
    refunded: dict[str, int] = {}
    for row in scene.past("charge_line"):
        if row["reversed_line_id"] is not None:
            refunded[row["reversed_line_id"]] = refunded.get(row["reversed_line_id"], 0) + row["quantity"]
    explained = {row["order_id"] for row in scene.past("medical_order") if row["override_reason"]}
    held: list[Held] = []
    for row in sorted(lines, key=lambda row: (row["charged_at"], row["line_id"])):
        net = row["quantity"] + refunded.get(row["line_id"], 0)
        if kinds.get(row["item_code"]) not in wanted or net <= 0 or row["order_id"] in explained:
            continue
        days = row["days_supply"] * net // row["quantity"]
        gone = (row["charged_at"].date() - held[-1].day).days if held else 0
        before = max(held[-1].after - gone, 0) if held else 0
        held.append(Held(row, days, before, before + days))
    return held


def _ingredients(scene: Scene, codes: set[str]) -> dict[str, str]:
    """Drug code -> ingredient, as the law reads the catalogue."""
    rows = scene.ledger.rows("catalogue_item", "item_code", sorted(codes)).to_pylist()
    return {
        row["item_code"]: row["ingredient_code"] or row["item_code"][:_PREFIX]
        for row in rows if row["list_type"] == "101"
    }  # fmt: skip


def _told(scene: Scene, one: Held) -> str:
    days = scene.t.count("n.days", one.days)
    place = scene.names.institution(one.line["institution_id"])
    return scene.t(
        "figure.stock.tip", day=scene.fmt.date(one.day), item=scene.what(one.line), place=place, days=days,
        after=scene.t.count("n.days", one.after),
    )  # fmt: skip
