"""Planted positives and look-alikes, one scene per rule and variant."""

from __future__ import annotations

from yibao.simulation.people import People
from yibao.simulation.planting import charging, crowds, exams, hospital, records, stock, twins
from yibao.simulation.planting.cast import Cast
from yibao.simulation.planting.plays import perform, perform_further
from yibao.simulation.planting.story import Draft, story
from yibao.simulation.providers import Providers

SCENES = [
    charging.contained_items,
    charging.monitored_hours,
    charging.sex_and_age,
    charging.sex_limited_drugs,
    exams.false_examinations,
    exams.honest_examinations,
    exams.repeated_examinations,
    exams.justified_repeats,
    hospital.split_stays,
    hospital.hanging_beds,
    hospital.approved_leave,
    hospital.overlapping_stays,
    hospital.high_readmission,
    hospital.unlike_its_peers,
    hospital.after_death,
    stock.storerooms,
    perform,
    crowds.all_crowds,
    twins.plant_twins,
    # Written later: the scenes above have the people that they always had.
    perform_further,
    records.all_records,
]


def plant(people: People, providers: Providers, seed: int, block: int = 0) -> tuple[Cast, list[Draft]]:
    """All scenes, three positives each in a small city and more in a larger one."""
    cast = Cast(people, providers, seed, max(3, people.count // 2_500), max(2, people.count // 6_000), block=block)
    drafts = story(cast)
    for scene in SCENES:
        scene(cast)
    return cast, drafts
