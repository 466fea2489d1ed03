"""People who keep coming together: a row for each, a column for each day on which they met (groups, pairs of cards)."""

from __future__ import annotations

from datetime import date

from yibao.presentation.charts.together import Visit, together
from yibao.presentation.report.evidence import Row
from yibao.presentation.report.rows import Cell, Head, RowTable
from yibao.presentation.report.scene import Figure, Scene, clip

#: The latest days, and the persons with most visits, that are drawn; the tables beside it have all.
MOST_DAYS, MOST_PERSONS = 24, 14


def together_figure(scene: Scene) -> Figure | None:
    """The joint visits of the finding: who was there on which day at which hour."""
    visits = sorted(scene.referenced("encounter"), key=lambda row: (row["admitted_at"], row["encounter_id"]))
    per_person: dict[str, list[Row]] = {}
    for row in visits:
        per_person.setdefault(row["person_id"], []).append(row)
    days = sorted({row["admitted_at"].date() for row in visits})
    if len(per_person) < 2 or not days:
        return None
    scene.names.load_persons(per_person)
    t = scene.t
    people = sorted(per_person, key=lambda one: (-len(per_person[one]), one))
    names = {one: (f"{n:02d} {clip(scene.names.person(one).label)}", f"{n:02d}") for n, one in enumerate(people, 1)}
    drawn = [one for one in people if one in names][:MOST_PERSONS]
    recent = set(days[-MOST_DAYS:])
    cells = [
        _cell(scene, row, names[one]) for one in drawn for row in per_person[one] if row["admitted_at"].date() in recent
    ]
    title = t(
        "figure.together.title", persons=t.count("n.persons", len(people)), days=t.count("n.days", len(days)),
        visits=len(visits),
    )  # fmt: skip
    across = [f"{day:%Y-%m-%d}" for day in sorted(recent)]
    picture = together(cells, [names[one] for one in drawn], across, title)
    key = (("box-q3", t("figure.together.stake")), ("box-q1", t("figure.together.context")))
    return Figure(title, t("figure.together.unit"), picture, key, _table(scene, title, people, names, per_person, days))


def _cell(scene: Scene, row: Row, name: tuple[str, str]) -> Visit:
    at = row["admitted_at"]
    return Visit(*name, f"{at:%Y-%m-%d}", f"{at:%H:%M}", f"{name[0]} {scene.fmt.time(at)}",
                 ("encounter", row["encounter_id"]) in scene.at_stake)  # fmt: skip


def _table(
    scene: Scene, title: str, people: list[str], names: dict[str, tuple[str, str]], visits: dict[str, list[Row]],
    days: list[date],
) -> RowTable:  # fmt: skip
    """Person by person: how many of the days, and with which of the others most often."""
    t, fmt = scene.t, scene.fmt
    came = {one: {row["admitted_at"].date() for row in visits[one]} for one in people}
    rows = []
    for one in people:
        shared = {other: len(came[one] & came[other]) for other in people if other != one}
        most = max(shared, key=lambda other: (shared[other], other))
        rows.append([
            Cell(names[one][0], "head"), Cell(fmt.percent(len(came[one]), len(days)), "n", len(came[one])),
            Cell(fmt.count(len(came[one])), "n", len(came[one])),
            Cell(f"{names[most][0]} ({fmt.count(shared[most])})"),
        ])  # fmt: skip
    heads = [Head(t("figure.together.person")), Head(t("figure.together.share"), "n"),
             Head(t("figure.together.days"), "n"), Head(t("figure.together.with"))]  # fmt: skip
    return RowTable(title, heads, rows)
