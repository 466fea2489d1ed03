"""Scenes of the storeroom (F07): more settled than was ever bought; units and transfers look like it."""

from __future__ import annotations

from itertools import product

from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.frame import YEAR_FIRST, day
from yibao.simulation.planting.cast import Cast, StockMove, scene_days
from yibao.simulation.planting.charging import LOOKALIKE, POSITIVE
from yibao.simulation.visits import PURCHASE

#: Drugs that no shop sells by chance, so that a scene's storeroom holds only what the scene put there.
RESERVED = ["rosuvastatin", "irbesartan", "trimetazidine", "bisoprolol", "gabapentin", "lactulose", "insulin_glargine"]
_SHOPS = ["baicao_donghu", "baicao_nanmen", "kangyuan_qinghe"]
#: The sister branch of the same chain.
_BRANCH = {"baicao_donghu": "baicao_nanmen", "baicao_nanmen": "baicao_donghu"}
SALES, BOXES = 12, 3
_CONDITION = {"gabapentin": "neck_pain", "lactulose": "gastroenteritis", "insulin_glargine": "diabetes"}


def storerooms(cast: Cast) -> None:
    """F07: 36 boxes settled from an opening stock of 6 and 18 bought; whole boxes and transfers are accounted for."""
    slots = [(item, shop) for shop, item in product(_SHOPS, RESERVED[:5])]
    transfers = list(zip(RESERVED[5:], _BRANCH, strict=True))
    positives = slots[: min(cast.positives, len(slots) - 3)]
    converted = slots[len(positives) :][: cast.lookalikes]
    moved = transfers[: min(cast.lookalikes, 2)]
    customers = [cast.person(age=(45, 79)) for _ in range(SALES * max(1, (len(positives) + 2) // 3))]
    plays = [(*slot, "short") for slot in positives]
    plays += [(*slot, "converted") for slot in converted]
    plays += [(*slot, "moved") for slot in moved]
    for number, (item, shop, play) in enumerate(plays):
        _sales(cast, item, shop, customers[number * SALES % len(customers) :] + customers, number)
        purchase = len(cast.stock) + 1
        _moves(cast, item, shop, play)
        note = {
            "short": f"{SALES * BOXES} boxes of {item} settled, 6 in stock and 18 bought",
            "converted": f"{item} bought in boxes and sold by the piece, enough of both",
            "moved": f"half of the {item} came from the sister branch",
        }[play]
        role = POSITIVE if play == "short" else LOOKALIKE
        cast.truth("F07", role, "stock_move", f"move:{purchase}", None, f"{note}, at {shop}")


def _sales(cast: Cast, item: str, shop: str, customers: list[int], number: int) -> None:
    pack = int(load_catalogue().pack[load_catalogue().index[item]])
    # Each storeroom has days of its own, so that nobody buys everything on one day.
    dates = scene_days(f"2025-09-{12 + number % 16:02d}", SALES, step=3)
    for k, (person, date) in enumerate(zip(customers, dates, strict=False)):
        hour = 9 + (number + k) % 11
        visit = cast.visit(
            person, shop, _CONDITION.get(item, "coronary"), f"{date} {hour:02d}:{15 + number:02d}:00", kind=PURCHASE
        )
        cast.line(visit, item, f"{date} {hour:02d}:{20 + number:02d}:00", BOXES * pack)


def _moves(cast: Cast, item: str, shop: str, play: str) -> None:
    """Boxes in stock before the first sale of the middle of September."""
    index, place, bought = load_catalogue().index[item], cast.providers.index[shop], day("2025-09-01")
    sold = SALES * BOXES

    def move(where: int, kind: str, on: int, boxes: int) -> None:
        cast.stock.append(StockMove(where, index, kind, on, boxes, "pack"))

    move(place, "opening", YEAR_FIRST, 6)
    if play == "short":
        move(place, "purchase", bought, 18)
    elif play == "converted":
        move(place, "purchase", bought, sold)
    else:
        branch = cast.providers.index[_BRANCH[shop]]
        move(place, "purchase", bought, sold // 2)
        move(branch, "purchase", bought, sold // 2 + 2)
        move(branch, "transfer_out", bought + 2, sold // 2)
        move(place, "transfer_in", bought + 2, sold // 2)
