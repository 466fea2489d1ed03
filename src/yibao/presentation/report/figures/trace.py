"""One box of medicine on its way: where its trace code was sold, returned and sold again."""

from __future__ import annotations

from datetime import timedelta

from yibao.ledger.refusals import LedgerError
from yibao.presentation.charts.events import Event, events
from yibao.presentation.report.evidence import Row
from yibao.presentation.report.rows import Cell, Head, RowTable
from yibao.presentation.report.scene import Figure, Scene, clip

#: Sales that are drawn; the table names all.
MOST = 40


def trace_figure(scene: Scene) -> Figure | None:
    """All sales and returns under the code, in the lane of their institution, joined in order of time."""
    moves = chain(scene)
    sales = [move for move in moves if move["quantity"] > 0]
    if len(sales) < 2:
        return None
    t, fmt = scene.t, scene.fmt
    scene.names.load_institutions(move["institution_id"] for move in moves)
    first = sales[0]["move_id"]
    marks, rows = [], []
    for move in moves:
        place = scene.names.institution(move["institution_id"])
        sold = "returned" if move["quantity"] < 0 else "first" if move["move_id"] == first else "again"
        what = t(f"figure.trace.{sold}")
        tip = f"{fmt.time(move['sold_at'])} {place} {what}"
        marks.append(Event(place, move["sold_at"], what, tip, sold == "again"))
        rows.append([Cell(fmt.time(move["sold_at"]), "head"), Cell(place), Cell(what)])
    places = list(dict.fromkeys(mark.lane for mark in marks))
    days = (sales[-1]["sold_at"] - sales[0]["sold_at"]) // timedelta(days=1)
    title = t(
        "figure.trace.title", sales=len(sales), places=t.count("n.institutions", len(places)),
        days=t.count("n.days", days),
    )  # fmt: skip
    shown = marks[:MOST]
    lanes = [(lane, clip(lane, 8)) for lane in dict.fromkeys(mark.lane for mark in shown)]
    key = (("circle-you", t("figure.trace.key_first")), ("diamond-warn", t("figure.trace.key_again")),
           ("line-dash", t("figure.trace.way")))  # fmt: skip
    heads = [Head(t("figure.trace.at")), Head(t("figure.trace.place")), Head(t("figure.trace.what"))]
    drawn = events(shown, [], lanes, None, title, chain=True)
    return Figure(title, t("figure.trace.unit"), drawn, key, RowTable(title, heads, rows))


def chain(scene: Scene) -> list[Row]:
    """The moves under the finding's trace code, oldest first."""
    named = scene.referenced("drug_trace")
    if not named:
        return []
    try:
        found = scene.ledger.slice_by("drug_trace", "trace_code", named[0]["trace_code"]).to_pylist()
    except LedgerError:  # a ledger of old batches may lack this index: what the finding names is drawn
        found = named
    return sorted(found, key=lambda move: (move["sold_at"], move["move_id"]))
