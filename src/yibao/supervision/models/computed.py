"""Measures that no single sum gives: profiles, bursts, intervals, compositions and ties between institutions."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from yibao.engine import DuckEngine
from yibao.measures.poisson import Floats
from yibao.supervision.models.frame import Column, share_column

#: A composition from this many visits counts as much as the prior towards which it is pulled.
PRIOR_VISITS = 20
#: A divergence (in nats) that no eye would see in a chart of hours.
TRIFLE = 0.01
#: Visits on different days from which intervals say anything.
LEAST_INTERVALS = 8
PARTS = ("drug", "exam", "material", "treatment", "stay")

_KEY = {"institution": "institution_id", "staff": "staff_id", "person": "person_id"}


def computed(
    engine: DuckEngine, kind: str, ids: tuple[str, ...], peers: tuple[str, ...], middle: date
) -> dict[str, Column]:
    """The computed columns of a kind of subject, over the table ``seen`` of ``engine``.

    ``middle`` divides the period into the halves that drift compares.
    """
    place = {unit: i for i, unit in enumerate(ids)}
    made: dict[str, Column] = {}
    if kind == "person":
        made["regular_intervals"] = _intervals(engine, place)
        made["one_doctor"] = _one_doctor(engine, place)
        return made
    made["hour_profile"] = _hours(engine, _KEY[kind], place, peers)
    made |= _compositions(engine, _KEY[kind], place, peers, middle)
    if kind == "institution":
        made["burst"] = _burst(engine, place)
        made |= _ties(engine, place)
    return made


def _hours(engine: DuckEngine, key: str, place: dict[str, int], peers: tuple[str, ...]) -> Column:
    """Kullback-Leibler divergence of a subject's hours from its peers', less what chance alone gives and what nobody
    would see: of many visits a trifle is certain, and still a trifle.
    """
    counts = _counts(engine, f"select {key} as id, hour(began_at) as part, count(*) as n from seen where not inpatient",
                     place, 24)  # fmt: skip
    total = counts.sum(axis=1)
    own, norm = _pulled(counts, _by_group(counts, peers)), _by_group(counts, peers)
    divergence = (own * np.log(own / norm)).sum(axis=1)
    chance = 23 / (2 * (total + PRIOR_VISITS))
    return _plain(np.where(total > 0, np.maximum(divergence - chance - TRIFLE, 0), np.nan))


def _burst(engine: DuckEngine, place: dict[str, int]) -> Column:
    """How improbable the busiest hour is, as −log10 of its Poisson tail, corrected for the number of hours."""
    from scipy.stats import poisson

    table = engine.execute(
        "with busy as (select institution_id as id, hour(began_at) as h, cast(began_at as date) as d, count(*) as n "
        "from seen where not inpatient group by all), "
        "days as (select count(distinct cast(began_at as date)) as days from seen) "
        "select id, h, max(n) as top, (sum(n) - max(n)) * 1.0 / greatest(any_value(days) - 1, 1) as mean "
        "from busy cross join days group by id, h"
    )
    top, mean = (table[c].cast(pa.float64()).to_numpy() for c in ("top", "mean"))
    odds = -poisson.logsf(top - 1, np.maximum(mean, 1 / 365)) / np.log(10) - np.log10(365 * 24)
    rarest = np.full(len(place), np.nan)
    for unit, value in zip(table["id"].to_pylist(), np.maximum(odds, 0.0), strict=True):
        rarest[place[unit]] = np.fmax(rarest[place[unit]], value)
    return _plain(rarest)


def _intervals(engine: DuckEngine, place: dict[str, int]) -> Column:
    """1/CV of the days between visits: about 1 where visits come by chance, far above where they follow a plan."""
    table = engine.execute(
        "with day as (select distinct person_id as id, cast(began_at as date) as d from seen where not inpatient), "
        "gap as (select id, date_diff('day', lag(d) over (partition by id order by d), d) as g from day) "
        f"select id, count(g) as n, avg(g) as mean, stddev_pop(g) as spread from gap group by id "
        f"having count(g) >= {LEAST_INTERVALS}"
    )
    n, mean, spread = (table[c].cast(pa.float64()).to_numpy(zero_copy_only=False) for c in ("n", "mean", "spread"))
    natural, noise = np.full(len(place), np.nan), np.zeros(len(place))
    where = [place[unit] for unit in table["id"].to_pylist()]
    natural[where] = mean / np.maximum(spread, mean / 20)
    noise[where] = 1 / (2 * n)
    return Column(natural, np.log(natural), noise)


def _one_doctor(engine: DuckEngine, place: dict[str, int]) -> Column:
    table = engine.execute(
        "with by_doctor as (select person_id as id, staff_id, count(*) as n from seen "
        "where staff_id is not null and not pharmacy group by all) "
        "select id, cast(max(n) as double) as top, cast(sum(n) as double) as n from by_doctor group by id"
    )
    top, n = np.zeros(len(place)), np.zeros(len(place))
    where = [place[unit] for unit in table["id"].to_pylist()]
    top[where], n[where] = table["top"].to_numpy(), table["n"].to_numpy()
    return share_column(top, n)


def _compositions(
    engine: DuckEngine, key: str, place: dict[str, int], peers: tuple[str, ...], middle: date
) -> dict[str, Column]:
    """Cost structure against the peers and over time, and the mix of diagnoses over time.

    Compositions are compared after the centred log-ratio. Source: J. Aitchison, The Statistical Analysis of
    Compositional Data (1986), ch. 8; the mix of diagnoses by Hellinger distance.
    """
    shares = ", ".join(f"sum(greatest({p}, 0) * 1.0 / greatest({' + '.join(PARTS)}, 1)) as {p}" for p in PARTS)
    split = f"cast(began_at >= timestamp '{middle:%Y-%m-%d}' as int)"
    sql = f"select {key} as id, {split} as half, {shares} from seen where {key} is not null group by all"
    table = engine.execute(sql)
    halves = np.zeros((2, len(place), len(PARTS)))
    where = [place[unit] for unit in table["id"].to_pylist()]
    halves[table["half"].to_numpy(), where] = np.column_stack([table[p].to_numpy() for p in PARTS])
    whole = halves.sum(axis=0)
    norm = _by_group(whole, peers)
    own = _pulled(whole, norm)
    both = (halves.sum(axis=2) > 0).all(axis=0)
    first, second = _pulled_alike(halves, own)
    mix = [
        _counts(
            engine,
            f"select {key} as id, ascii(substr(coalesce(diagnosis, '?'), 1, 1)) % 32 as part, count(*) as n from seen "
            f"where {split} = {half} and not pharmacy",
            place, 32,
        )
        for half in (0, 1)
    ]  # fmt: skip
    seen = mix[0] + mix[1]
    usual = _pulled(seen, _by_group(seen, peers))
    before, after = _pulled_alike(np.stack(mix), usual)
    drawn = (mix[0].sum(axis=1) > 0) & (mix[1].sum(axis=1) > 0)
    return {
        "cost_mix": _plain(np.sqrt(((_clr(own) - _clr(norm)) ** 2).sum(axis=1))),
        "cost_drift": _plain(np.where(both, np.sqrt(((_clr(first) - _clr(second)) ** 2).sum(axis=1)), np.nan)),
        "case_mix_drift": _plain(
            np.where(drawn, np.sqrt(((np.sqrt(before) - np.sqrt(after)) ** 2).sum(axis=1) / 2), np.nan)
        ),
    }


def _ties(engine: DuckEngine, place: dict[str, int]) -> dict[str, Column]:
    """The bipartite graph of persons and institutions, seen from the institutions."""
    table = engine.execute(
        "with tie as (select distinct person_id, institution_id from seen), "
        "reach as (select person_id, count(*) as places from tie group by person_id) "
        "select t.institution_id as id, cast(count(*) as double) as n, "
        "cast(count(*) filter (where r.places = 1) as double) as only_here from tie as t "
        "join reach as r on r.person_id = t.person_id group by t.institution_id"
    )
    n, only = np.zeros(len(place)), np.zeros(len(place))
    where = [place[unit] for unit in table["id"].to_pylist()]
    n[where], only[where] = table["n"].to_numpy(), table["only_here"].to_numpy()
    common = engine.execute(
        "with tie as (select distinct s.person_id, s.institution_id, i.kind from seen as s "
        "join institution as i on i.institution_id = s.institution_id) "
        "select a.institution_id as a, b.institution_id as b, cast(count(*) as double) as n from tie as a "
        "join tie as b on b.person_id = a.person_id and b.institution_id > a.institution_id and b.kind = a.kind "
        "group by all"
    )
    closest = np.zeros(len(place))
    for a, b, both in zip(*(common[c].to_pylist() for c in ("a", "b", "n")), strict=True):
        i, j = place[a], place[b]
        overlap = both / (n[i] + n[j] - both + PRIOR_VISITS)
        closest[i], closest[j] = max(closest[i], overlap), max(closest[j], overlap)
    return {
        "exclusive_persons": share_column(only, n),
        "closest_partner": Column(closest, 2 * np.arcsin(np.sqrt(closest)), np.zeros_like(closest)),
    }


def _counts(engine: DuckEngine, sql: str, place: dict[str, int], parts: int) -> Floats:
    table = engine.execute(f"select * from ({sql} group by all) where id is not null")
    counts = np.zeros((len(place), parts))
    counts[[place[unit] for unit in table["id"].to_pylist()], table["part"].to_numpy()] = table["n"].to_numpy()
    return counts


def _by_group(counts: Floats, peers: tuple[str, ...]) -> Floats:
    """Each subject's peers' composition, a little of the overall one in it, so that no part is nought."""
    labels, place = np.unique(np.array(peers, dtype=object), return_inverse=True)
    sums = np.zeros((labels.size, counts.shape[1]))
    np.add.at(sums, place, counts)
    overall = (counts.sum(axis=0) + 0.5) / (counts.sum() + 0.5 * counts.shape[1])
    return ((sums + PRIOR_VISITS * overall) / (sums.sum(axis=1, keepdims=True) + PRIOR_VISITS))[place]


def _pulled(counts: Floats, prior: Floats) -> Floats:
    """Compositions pulled to ``prior``: those of few visits most."""
    return (counts + PRIOR_VISITS * prior) / (counts.sum(axis=1, keepdims=True) + PRIOR_VISITS)


def _pulled_alike(halves: Floats, prior: Floats) -> tuple[Floats, Floats]:
    """Both halves of the period pulled to ``prior`` as much as the one with fewer visits needs. Were each pulled for
    itself, what a subject never has (a pharmacy: examinations) would seem to change with its number of visits.
    """
    totals = halves.sum(axis=2, keepdims=True)
    weight = PRIOR_VISITS / np.maximum(totals.min(axis=0), 1)
    shares = halves / np.maximum(totals, 1)
    first, second = (shares + weight * prior) / (1 + weight)
    return first, second


def _clr(shares: Floats) -> Floats:
    logs = np.log(shares)
    return logs - logs.mean(axis=1, keepdims=True)


def _plain(values: Floats) -> Column:
    return Column(values, values, np.zeros_like(values))
