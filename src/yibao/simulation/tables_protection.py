"""Raw tables of protection: enrolment, contributions, accounts, assistance, certificates, filings, employers."""

from __future__ import annotations

import numpy as np

from yibao.simulation.city import City, random_for
from yibao.simulation.conditions import condition_index, load_conditions
from yibao.simulation.frame import DAY, NONE, YEAR_FIRST, Array, Frame, concat, day, full, ints, take
from yibao.simulation.geography import CITIES, COUNTIES, city_of, pool_code
from yibao.simulation.policy import CHRONIC_QUOTA, EMPLOYEE
from yibao.simulation.protection import assistance_kinds, employer_count, enrolment_spans
from yibao.simulation.tables_people import Tables, texts
from yibao.simulation.write import Column, running

MOVES = ["opening", "credit", "payment", "family_payment", "refund"]
_OPENING, _CREDIT, _PAYMENT, _FAMILY, _REFUND = range(5)
FILINGS = ["", "long_term", "referral", "emergency", "temporary"]
#: A referral holds for a year.
FILED_DAYS = 365


def protection_tables(city: City) -> Tables:
    """employer, enrolment, contribution, account, assistance_status, chronic_certificate and referral_filing."""
    return {
        "employer": _employer(city),
        "enrolment": _enrolment(city),
        "contribution": _contribution(city),
        "account": _account(city),
        "assistance_status": _assistance(city),
        "chronic_certificate": _certificates(city),
        "referral_filing": _filings(city),
    }


def _employer_id(city: City, row: Array) -> Column:
    return running("U990000", np.where(row < 0, -1, city.ids.block * 10_000 + row + 1), 8)


def _employer(city: City) -> tuple[dict[str, Column], int]:
    n = employer_count(city.people.count)
    employers = np.arange(n)
    town = employers % 7 // 3
    names = [f"{CITIES[t][1]}第{city.ids.block * n + k + 1}用人单位" for k, t in enumerate(town.tolist())]
    return {
        "employer_id": _employer_id(city, employers),
        "name": texts(names),
        "region_code": ints([code for code, *_ in CITIES])[town],
        "registered_on": full(n, day("2010-01-01")),
    }, n


def _enrolment(city: City) -> tuple[dict[str, Column], int]:
    """One span or more per person; the scenes' people stay enrolled, whatever one register says of their death."""
    rows = city.people.rows
    acting = np.isin(np.arange(city.people.count), sorted(city.cast.taken))
    spans = enrolment_spans(rows | {"death": np.where(acting, NONE, rows["death"])}, np.arange(city.people.count))
    spans = _with_pauses(spans, city.cast.paused)
    frame = concat([spans | {"scheme": rows["scheme"][spans["person"]]}, _second_enrolments(city)])
    n, row, scheme = len(frame["person"]), frame["person"], frame["scheme"]
    twin = row >= city.people.count
    # A second row of the register is of the person that it doubles.
    person = np.where(twin, 0, row)
    return {
        "enrolment_id": city.ids.event("N", np.arange(n)),
        "person_id": city.ids.person(row),
        "scheme": scheme,
        "region_code": pool_code(frame["county"]),
        "employer_id": _employer_id(city, np.where(twin, NONE, rows["employer"][person])),
        "status": frame["status"],
        "person_class": np.where(twin, np.where(scheme == EMPLOYEE, 11, 15), rows["person_class"][person]),
        "begin_date": frame["begin"],
        "end_date": frame["end"],
    }, n


def _second_enrolments(city: City) -> Frame:
    """One open enrolment of every second row of the register."""
    twins = city.cast.twins
    return {
        "person": city.people.count + np.arange(len(twins)),
        "county": ints([twin.county for twin in twins]),
        "begin": ints([twin.since for twin in twins]),
        "end": full(len(twins), NONE),
        "status": full(len(twins), 1),
        "scheme": ints([twin.scheme for twin in twins]),
    }


def _with_pauses(spans: Frame, paused: dict[int, tuple[int, int]]) -> Frame:
    """The span of each paused person cut in three: before, without cover, after."""
    cut = np.isin(spans["person"], sorted(paused))
    parts = [take(spans, ~cut)]
    for row in np.flatnonzero(cut).tolist():
        one = take(spans, ints([row, row, row]))
        begin, end = paused[int(spans["person"][row])]
        one["begin"] = ints([int(one["begin"][0]), begin, end + 1])
        one["end"] = ints([begin - 1, end, int(one["end"][0])])
        one["status"] = ints([4, 2, 1])
        parts.append(one)
    spans = concat(parts)
    return take(spans, np.lexsort((spans["begin"], spans["person"])))


def _contribution(city: City) -> tuple[dict[str, Column], int]:
    paid = take(city.contributions, city.contributions["own"] + city.contributions["subsidy"] > 0)
    rows, n = city.people.rows, len(paid["person"])
    person = paid["person"]
    return {
        "contribution_id": city.ids.event("G", np.arange(n)),
        "person_id": city.ids.person(person),
        "scheme": rows["scheme"][person],
        "region_code": city.people.pool(person, paid["month"]),
        "employer_id": _employer_id(city, rows["employer"][person]),
        "month": paid["month"],
        "kind": (paid["kind"], ["regular", "arrears"]),
        "base_amount": np.where(paid["base"] > 0, paid["base"], NONE),
        "employer_amount": paid["employer"],
        "person_amount": paid["own"],
        "subsidy_amount": paid["subsidy"],
        "amount": paid["employer"] + paid["own"] + paid["subsidy"],
        "account_credit": paid["credit"],
        "paid_on": paid["paid_on"],
    }, n


def _account(city: City) -> tuple[dict[str, Column], int]:
    """Every move of the personal accounts in order of time, with the balance after it."""
    moves = account_moves(city)
    before = np.cumsum(moves["amount"]) - moves["amount"]
    first = np.flatnonzero(np.diff(moves["person"], prepend=-1))
    start = np.repeat(before[first], np.diff(np.append(first, len(before))))
    return {
        "move_id": city.ids.event("A", np.arange(len(before))),
        "person_id": city.ids.person(moves["person"]),
        "moved_at": moves["at"],
        "kind": (moves["kind"], MOVES),
        "amount": moves["amount"],
        "balance": before + moves["amount"] - start,
        "settlement_id": city.ids.settlement(moves["settlement"]),
        "paid_for_id": city.ids.person(moves["paid_for"]),
    }, len(before)


def account_moves(city: City) -> Frame:
    """Columns person, at, kind, amount (fen, negative when paid), settlement and paid_for (-1: nobody), sorted."""
    s, covered = city.bills.settlements, city.bills.covered
    holder = np.flatnonzero(covered.status < 2)
    paid = take(city.contributions, city.contributions["credit"] > 0)
    used = np.flatnonzero(s["account"] != 0)
    payer = covered.payer[s["person"][used]]
    relative = payer != s["person"][used]
    kind = np.select([s["account"][used] < 0, relative], [_REFUND, _FAMILY], _PAYMENT)

    def part(person: Array, at: Array, kind: Array, amount: Array, settlement: Array, paid_for: Array) -> Frame:
        return {
            "person": person, "at": at, "kind": kind, "amount": amount, "settlement": settlement, "paid_for": paid_for,
        }  # fmt: skip

    nobody = full(len(holder), -1)
    parts = [
        part(
            holder, full(len(holder), YEAR_FIRST * DAY), full(len(holder), _OPENING), covered.opening[holder], nobody,
            nobody,
        ),
        part(
            paid["person"], paid["paid_on"] * DAY, full(len(paid["person"]), _CREDIT), paid["credit"],
            full(len(paid["person"]), -1), full(len(paid["person"]), -1),
        ),
        part(payer, s["at"][used], kind, -s["account"][used], used, np.where(relative, s["person"][used], -1)),
    ]  # fmt: skip
    moves = concat(parts)
    return take(moves, np.lexsort((moves["kind"], moves["at"], moves["person"])))


def _assistance(city: City) -> tuple[dict[str, Column], int]:
    rows = city.people.rows
    person = np.flatnonzero(rows["assistance"] >= 0)
    n = len(person)
    kind = rows["assistance"][person]
    # Illness poverty is found out during the year, the others were known before.
    begin = np.where(kind == 5, YEAR_FIRST, YEAR_FIRST - 200 - person % 900)
    source = np.select([kind == 4, kind == 6, kind == 5], [1, 2, 3], 0)
    return {
        "person_id": city.ids.person(person),
        "kind": (kind, assistance_kinds()),
        "begin_date": begin,
        "household_id": city.ids.household(rows["household"][person]),
        "source": (source, ["civil_affairs", "agriculture", "disabled_federation", "insurer"]),
        "certificate_no": city.ids.event("Z", person),
    }, n


def certificates(city: City) -> Frame:
    """person and condition of every recognised chronic illness, the cohorts' included."""
    person, condition = np.nonzero(city.people.certified)
    e = city.encounters
    fixed = np.isin(e["condition"], [condition_index()["esrd"], condition_index()["lung_cancer"]])
    pairs = np.unique(e["person"][fixed] * 1000 + e["condition"][fixed])
    return {
        "person": np.concatenate([person, pairs // 1000]),
        "condition": np.concatenate([condition, pairs % 1000]),
    }


def _certificates(city: City) -> tuple[dict[str, Column], int]:
    held, rng = certificates(city), random_for(city, "certificates")
    person, condition, n = held["person"], held["condition"], len(held["person"])
    conditions = load_conditions()
    return {
        "certificate_id": city.ids.event("T", np.arange(n)),
        "person_id": city.ids.person(person),
        "scheme": city.people.rows["scheme"][person],
        "disease_code": (condition, [c.code for c in conditions]),
        "disease_name": (condition, [c.name for c in conditions]),
        "begin_date": YEAR_FIRST - rng.integers(30, 1500, n),
        "yearly_quota": CHRONIC_QUOTA[city.bills.covered.status[person]],
    }, n


def _filings(city: City) -> tuple[dict[str, Column], int]:
    """Long-term residence elsewhere; a referral for each person and institution; an emergency for its day."""
    people, rows, e = city.people, city.people.rows, city.encounters
    away = np.flatnonzero((rows["lives"] != rows["county"]) & (city_of(rows["lives"]) != city_of(rows["county"])))
    referrals = _first_of_pair(e, np.flatnonzero(e["elsewhere"] == 2))
    emergencies = _first_of_pair(e, np.flatnonzero(e["elsewhere"] == 3), daily=True)
    cause = np.concatenate([referrals, emergencies])
    person = np.concatenate([away, e["person"][cause]])
    n, k = len(person), len(away)
    begin = np.concatenate([YEAR_FIRST - 60 - away % 700, e["begin"][cause] // DAY])
    home = people.pool(person, begin)
    there = np.concatenate(
        [pool_code(rows["lives"][away]), pool_code(COUNTIES[city.providers.county[e["institution"][cause]]])]
    )
    place = np.concatenate([full(k, -1), e["institution"][cause]])
    condition = np.concatenate([full(k, -1), e["condition"][cause]])
    moved = rows["moved"][away]
    until = [np.where(moved != NONE, moved - 1, NONE), e["begin"][referrals] // DAY + FILED_DAYS]
    return {
        "filing_id": city.ids.event("H", np.arange(n)),
        "person_id": city.ids.person(person),
        "kind": (np.concatenate([full(k, 1), e["elsewhere"][cause]]), FILINGS),
        "from_region": home,
        "to_region": there,
        "institution_id": (place, city.providers.ids),
        "diagnosis_code": (condition, [c.code for c in load_conditions()]),
        "filed_at": begin * DAY + 9 * 3600,
        "begin_date": begin,
        "end_date": np.concatenate([*until, e["begin"][emergencies] // DAY]),
    }, n


def _first_of_pair(encounters: Frame, chosen: Array, *, daily: bool = False) -> Array:
    """The first of the ``chosen`` encounters of each person at each institution, or of each day there."""
    chosen = chosen[np.argsort(encounters["begin"][chosen], kind="stable")]
    turn = encounters["begin"][chosen] // DAY if daily else 0
    key = (encounters["person"][chosen] * 1_000_000 + encounters["institution"][chosen]) * 100_000 + turn
    return np.sort(chosen[np.unique(key, return_index=True)[1]])
