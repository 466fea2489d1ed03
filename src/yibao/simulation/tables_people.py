"""Raw tables of people, institutions and catalogues."""

from __future__ import annotations

import numpy as np

from yibao.simulation.catalogue import MODALITIES, VALID_FROM, catalogue_tables
from yibao.simulation.city import (
    CITY,
    City,
    bed_ids,
    device_id,
    household_id,
    institution_ids,
    person_id,
    random_for,
    staff_id,
)
from yibao.simulation.conditions import departments, load_conditions
from yibao.simulation.frame import NONE, Array, day, full, ints, previous_same
from yibao.simulation.people import RELATIONS, family_links, household_sizes
from yibao.simulation.providers import DEVICES_SINCE, STAFF_KINDS, TITLES
from yibao.simulation.write import Column, running

Tables = dict[str, tuple[dict[str, Column], int]]

REGIONS = [
    ("990000", "云海省", "Yunhai Province", "province", "", ""),
    (CITY, "云州市", "Yunzhou", "city", "990000", CITY),
    ("990102", "东湖区", "Donghu District", "county", CITY, CITY),
    ("990103", "南门区", "Nanmen District", "county", CITY, CITY),
    ("990104", "清河县", "Qinghe County", "county", CITY, CITY),
]
_STREETS = ["湖滨路", "南门大街", "清河路", "学府路", "解放街", "桃源巷", "建设路", "青石街"]
_COUNTY_NAMES = {code: name for code, name, *_ in REGIONS}
SOURCES = ["police", "civil_affairs", "cdc", "hospital"]
#: Second diagnoses of chemotherapy patients and codes used by nothing else.
CANCERS = [
    ("C34.900", "支气管或肺恶性肿瘤", "Lung cancer"),
    ("C18.900", "结肠恶性肿瘤", "Colon cancer"),
    ("C50.900", "乳房恶性肿瘤", "Breast cancer"),
]


def texts(values: list[str]) -> Array:
    return np.array(values, dtype=object)


def people_tables(city: City) -> Tables:
    """person, household, family_link, employer, enrolment and death_source."""
    people, rows, n = city.people, city.people.rows, city.people.count
    everyone = np.arange(n)
    rng = random_for(city, "people details")
    counties = rows["county"].astype("U6")
    address = [
        f"云州市{_COUNTY_NAMES[c]}{_STREETS[h % 8]}{h % 180 + 1}号"
        for c, h in zip(counties.tolist(), rows["household"].tolist(), strict=True)
    ]
    person: dict[str, Column] = {
        "person_id": person_id(everyone),
        "id_number": people.identity,
        "id_type": texts(["01"] * n),
        "name": texts(people.names),
        "sex": rows["recorded_sex"],
        "birth_date": rows["birth"],
        "death_date": rows["death"],
        "phone": running("199", 10_000_000 + (rng.permutation(n) + 17), 8),
        "address": texts(address),
        "region_code": counties,
        "household_id": household_id(rows["household"]),
    }
    first = np.flatnonzero(~previous_same(rows["household"]))
    sizes = household_sizes(people)
    household: dict[str, Column] = {
        "household_id": household_id(np.arange(len(first))),
        "region_code": counties[first],
        "size": sizes,
        "yearly_income": sizes * rng.integers(12_000, 68_000, len(first)) * 100,
        "assistance_kind": (np.where(rows["assisted"][first] == 1, 0, -1), ["low_income"]),
    }
    links = family_links(people)
    family: dict[str, Column] = {
        "person_id": person_id(links["person"]),
        "relative_id": person_id(links["relative"]),
        "relation": (links["relation"], RELATIONS),
        "household_id": household_id(rows["household"][links["person"]]),
    }
    ended = rows["death"] != NONE
    ended[sorted(city.cast.taken)] = False
    enrolment: dict[str, Column] = {
        "enrolment_id": running("N", everyone + 1, 12),
        "person_id": person_id(everyone),
        "scheme": rows["scheme"],
        "region_code": np.full(n, CITY),
        "employer_id": running(f"U{CITY}", np.where(rows["employer"] == NONE, -1, rows["employer"]), 5),
        "status": np.where(ended, 4, 1),
        "person_class": rows["person_class"],
        "begin_date": np.maximum(rows["birth"], day("2019-01-01")),
        "end_date": np.where(ended, rows["death"], NONE),
    }
    employers = np.arange(1, 61)
    employer: dict[str, Column] = {
        "employer_id": running(f"U{CITY}", employers, 5),
        "name": texts([f"云州市第{k}用人单位" for k in employers.tolist()]),
        "region_code": np.full(60, CITY),
        "registered_on": full(60, day("2010-01-01")),
    }
    deaths, count = _deaths(city, rng)
    return {
        "person": (person, n),
        "household": (household, len(first)),
        "family_link": (family, len(links["person"])),
        "employer": (employer, 60),
        "enrolment": (enrolment, n),
        "death_source": (deaths, count),
    }


def _deaths(city: City, rng: np.random.Generator) -> tuple[dict[str, Column], int]:
    """Two sources for most deaths (the hospital one of them where it happened there), one for the rest."""
    acting = np.isin(np.arange(city.people.count), sorted(city.cast.taken))
    dead = np.flatnonzero((city.people.rows["death"] != NONE) & ~acting)
    in_hospital = np.isin(dead, city.encounters["person"][city.encounters["way"] == 5])
    second = in_hospital | (rng.random(len(dead)) < 0.85)
    person = np.concatenate([dead, dead[second]])
    source = np.concatenate([full(len(dead), 0), np.where(in_hospital[second], 3, 1)])
    died = city.people.rows["death"][person]
    planted = [(p, SOURCES.index(s), d) for p, d, sources in city.cast.deaths for s in sources]
    person = np.concatenate([person, ints([p for p, _, _ in planted])])
    source = np.concatenate([source, ints([s for _, s, _ in planted])])
    died = np.concatenate([died, ints([d for _, _, d in planted])])
    n = len(person)
    return {
        "death_source_id": running("Q2025", np.arange(n) + 1, 9),
        "person_id": person_id(person),
        "source": (source, SOURCES),
        "death_date": died,
        "reported_on": died + rng.integers(2, 40, n),
    }, n


def provider_tables(city: City) -> Tables:
    """region, institution_group, institution, staff, staff_status and bed_device."""
    providers = city.providers
    rows, ids = providers.rows, institution_ids(providers)
    staff = providers.staff
    n = len(staff["institution"])
    clinicians = np.flatnonzero(staff["kind"] != 3)
    region: dict[str, Column] = {
        name: texts([r[k] for r in REGIONS])
        for k, name in enumerate(("region_code", "name", "name_en", "level", "parent_code", "pool_code"))
    }
    groups = [("alliance", "东湖区紧密型医联体", "medical_alliance"), ("baicao", "百草堂连锁", "pharmacy_chain")]
    institution: dict[str, Column] = {
        name: texts([row[name] for row in rows])
        for name in ("name", "name_en", "kind", "level", "ownership", "beds", "latitude_e6", "longitude_e6")
    }
    institution |= {
        "institution_id": texts(ids),
        "region_code": texts([row["county"] for row in rows]),
        "group_id": texts([row["group"] for row in rows]),
        "agreement_status": texts(["active"] * len(rows)),
    }
    place = (staff["institution"], ids)
    people: dict[str, Column] = {
        "staff_id": staff_id(np.arange(n)),
        "name": texts(providers.staff_names),
        "institution_id": place,
        "department": (staff["department"], departments()),
        "title": (np.where(staff["kind"] == 0, staff["title"], -1), TITLES),
        "kind": (staff["kind"], STAFF_KINDS),
    }
    status: dict[str, Column] = {
        "staff_id": staff_id(clinicians),
        "begin_date": full(len(clinicians), VALID_FROM),
        "status": texts(["normal"] * len(clinicians)),
        "institution_id": (staff["institution"][clinicians], ids),
    }
    devices, count = _devices(city, ids)
    return {
        "region": (region, len(REGIONS)),
        "institution_group": (
            {name: texts([g[k] for g in groups]) for k, name in enumerate(("group_id", "name", "kind"))},
            len(groups),
        ),
        "institution": (institution, len(rows)),
        "staff": (people, n),
        "staff_status": (status, len(clinicians)),
        "bed_device": (devices, count),
    }


def _devices(city: City, ids: list[str]) -> tuple[dict[str, Column], int]:
    """Machines with their times off, and every bed that anybody lay in."""
    devices, cast = city.providers.devices, city.cast
    machine = np.arange(len(devices["institution"]))
    capacity = devices["capacity"].copy()
    for device, limit in cast.capacity.items():
        capacity[device] = limit
    spans = [(m, DEVICES_SINCE, NONE, 1) for m in machine.tolist() if m not in {device for device, _, _ in cast.off}]
    for device, begin, end in cast.off:
        spans += [(device, DEVICES_SINCE, begin, 1), (device, begin, end, 0), (device, end, NONE, 1)]
    m, begin_at, end_at, on = (ints(list(column)) for column in zip(*sorted(spans), strict=True))
    stays = {name: column[city.encounters["bed"] != NONE] for name, column in city.encounters.items()}
    beds = np.unique(stays["institution"] * 1_000_000 + stays["department"] * 10_000 + stays["bed"])
    bed = {"institution": beds // 1_000_000, "department": beds // 10_000 % 100, "bed": beds % 10_000}
    k = len(beds)
    names, kinds = departments(), [*MODALITIES, "bed"]
    machine_ids, bed_id = device_id(m), bed_ids(bed)
    columns: dict[str, Column] = {
        "device_id": texts(machine_ids.to_pylist() + bed_id.to_pylist()),
        "begin_at": np.concatenate([begin_at, full(k, DEVICES_SINCE)]),
        "end_at": np.concatenate([end_at, full(k, NONE)]),
        "institution_id": (np.concatenate([devices["institution"][m], bed["institution"]]), ids),
        "kind": (np.concatenate([devices["modality"][m], full(k, len(MODALITIES))]), kinds),
        "department": (np.concatenate([full(len(m), -1), bed["department"]]), names),
        "ward": (np.concatenate([full(len(m), -1), bed["department"]]), [f"{name}病区" for name in names]),
        "status": (np.concatenate([on, full(k, 1)]), ["off", "on"]),
        "daily_capacity": np.concatenate([capacity[m], full(k, 1)]),
    }
    return columns, len(m) + k


def code_tables() -> Tables:
    """catalogue_item, exam_class, knowledge_point, code_diagnosis and code_procedure."""
    conditions = {c.code: c for c in load_conditions()}
    codes = [(c.code, c.name, c.name_en, str(c.sex) if c.sex else "") for c in conditions.values()]
    codes += [(*cancer, "") for cancer in CANCERS]
    n = len(codes)
    diagnosis: dict[str, Column] = {
        name: texts([row[k] for row in codes]) for k, name in enumerate(("code", "name", "name_en", "sex"))
    }
    diagnosis |= {"version": texts(["医保版2.0"] * n), "valid_from": full(n, VALID_FROM)}
    diagnosis["category"] = texts([row[0][:3] for row in codes])
    operations = {c.procedure_code: c.procedure_name for c in load_conditions() if c.procedure_code}
    k = len(operations)
    procedure: dict[str, Column] = {
        "code": texts(list(operations)),
        "name": texts(list(operations.values())),
        "version": texts(["医保版2.0"] * k),
        "kind": texts(["1"] * k),
        "valid_from": full(k, VALID_FROM),
    }
    return catalogue_tables() | {"code_diagnosis": (diagnosis, n), "code_procedure": (procedure, k)}
