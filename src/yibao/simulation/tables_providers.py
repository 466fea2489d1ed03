"""Raw tables of providers and code systems, written once for the whole province, and the beds of a block."""

from __future__ import annotations

import numpy as np

from yibao.simulation.catalogue import MODALITIES, VALID_FROM, catalogue_tables
from yibao.simulation.city import City
from yibao.simulation.codes import diagnosis_codes
from yibao.simulation.conditions import departments
from yibao.simulation.frame import NONE, full, ints
from yibao.simulation.geography import CITIES, COUNTY, PROVINCE
from yibao.simulation.ids import device_id, staff_id
from yibao.simulation.providers import DEVICES_SINCE, STAFF_KINDS, TITLES, Providers
from yibao.simulation.tables_people import Tables, texts
from yibao.simulation.tables_surgery import operation_codes
from yibao.simulation.write import Column

#: Categories of codes that one sex only can have: WHO, ICD-10, volume 2, "Categories limited to one sex" (whole
#: categories of it). Whom an illness is drawn for (gout mostly for men) is another matter.
MEN_ONLY = (
    ("C60", "C63"), ("D29", "D29"), ("D40", "D40"), ("E29", "E29"), ("N40", "N51"), ("Q53", "Q55"), ("R86", "R86"),
)  # fmt: skip
WOMEN_ONLY = (
    ("A34", "A34"), ("C51", "C58"), ("D06", "D06"), ("D25", "D28"), ("D39", "D39"), ("E28", "E28"), ("F53", "F53"),
    ("N70", "N77"), ("N80", "N98"), ("O00", "O99"), ("Q50", "Q52"), ("R87", "R87"), ("Z32", "Z36"), ("Z39", "Z39"),
)  # fmt: skip
#: Machines of the scenes: off for a while, or with their own capacity.
Off = list[tuple[int, int, int]]


def region_table() -> Tables:
    """The province, its cities (each a pooling region) and counties."""
    rows = [(PROVINCE, "云海省", "Yunhai Province", "province", "", "", 31_300_000, 118_600_000)]
    rows += [(str(c), zh, en, "city", PROVINCE, str(c), lat, lon) for c, zh, en, lat, lon in CITIES]
    for county in COUNTY:
        city = str(CITIES[county.city][0])
        place = (county.latitude_e6, county.longitude_e6)
        rows.append((str(county.code), county.name, county.name_en, "county", city, city, *place))
    names = ("region_code", "name", "name_en", "level", "parent_code", "pool_code", "latitude_e6", "longitude_e6")
    region: dict[str, Column] = {name: texts([str(row[k]) for row in rows]) for k, name in enumerate(names)}
    return {"region": (region, len(rows))}


def provider_tables(providers: Providers, capacity: dict[int, int], off: Off, suspended: Off) -> Tables:
    """region, institution_group, institution, staff, staff_status and the machines among bed_device.

    ``capacity`` and ``off`` are the machines that scenes play with: their daily limit, their times out of service;
    ``suspended`` are doctors with the days between which they could not treat on the fund.
    """
    rows, ids = providers.rows, providers.ids
    staff = providers.staff
    n = len(staff["institution"])
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
    status, spans = _status(providers, suspended)
    devices, count = _machines(providers, capacity, off)
    return region_table() | {
        "institution_group": (
            {name: texts([g[k] for g in groups]) for k, name in enumerate(("group_id", "name", "kind"))},
            len(groups),
        ),
        "institution": (institution, len(rows)),
        "staff": (people, n),
        "staff_status": (status, spans),
        "bed_device": (devices, count),
    }


def _status(providers: Providers, suspended: Off) -> tuple[dict[str, Column], int]:
    """One span of normal status for everybody who treats, three for those who were suspended in between."""
    clinicians = np.flatnonzero(providers.staff["kind"] != 3)
    normal = [(s, VALID_FROM, NONE, 0) for s in np.setdiff1d(clinicians, [s for s, _, _ in suspended]).tolist()]
    for staff in sorted({s for s, _, _ in suspended}):
        begin = min(b for s, b, _ in suspended if s == staff)
        end = max(e for s, _, e in suspended if s == staff)
        normal += [(staff, VALID_FROM, begin - 1, 0), (staff, begin, end, 1), (staff, end + 1, NONE, 0)]
    who, begin_date, end_date, status = (ints(list(column)) for column in zip(*sorted(normal), strict=True))
    return {
        "staff_id": staff_id(who),
        "begin_date": begin_date,
        "end_date": end_date,
        "status": (status, ["normal", "suspended"]),
        "institution_id": (providers.staff["institution"][who], providers.ids),
    }, len(who)


def _machines(providers: Providers, capacity: dict[int, int], off: Off) -> tuple[dict[str, Column], int]:
    """Machines with their times off."""
    devices = providers.devices
    machine = np.arange(len(devices["institution"]))
    limit = devices["capacity"].copy()
    for device, scans in capacity.items():
        limit[device] = scans
    resting = {device for device, _, _ in off}
    spans = [(m, DEVICES_SINCE, NONE, 1) for m in machine.tolist() if m not in resting]
    for device, begin, end in off:
        spans += [(device, DEVICES_SINCE, begin, 1), (device, begin, end, 0), (device, end, NONE, 1)]
    m, begin_at, end_at, on = (ints(list(column)) for column in zip(*sorted(spans), strict=True))
    return {
        "device_id": device_id(m),
        "begin_at": begin_at,
        "end_at": end_at,
        "institution_id": (devices["institution"][m], providers.ids),
        "kind": (devices["modality"][m], MODALITIES),
        "status": (on, ["off", "on"]),
        "daily_capacity": limit[m],
    }, len(m)


def bed_table(city: City) -> Tables:
    """Every bed that anybody of the block lay in."""
    stays = {
        name: city.encounters[name][city.encounters["bed"] != NONE] for name in ("institution", "department", "bed")
    }
    beds = np.unique(stays["institution"] * 1_000_000 + stays["department"] * 10_000 + stays["bed"])
    place, department, bed = beds // 1_000_000, beds // 10_000 % 100, beds % 10_000
    k, names = len(beds), departments()
    columns: dict[str, Column] = {
        "device_id": city.ids.bed(city.providers.number[place], department, bed),
        "begin_at": full(k, DEVICES_SINCE),
        "institution_id": (place, city.providers.ids),
        "kind": np.full(k, "bed"),
        "department": (department, names),
        "ward": (department, [f"{name}病区" for name in names]),
        "status": np.full(k, "on"),
        "daily_capacity": full(k, 1),
    }
    return {"bed_device": (columns, k)}


def sex_of(code: str) -> str:
    """The sex that a diagnosis code is limited to: ``1`` men, ``2`` women, nothing for both."""
    for sex, limited in (("1", MEN_ONLY), ("2", WOMEN_ONLY)):
        if any(first <= code[:3] <= last for first, last in limited):
            return sex
    return ""


def code_tables() -> Tables:
    """catalogue_item, exam_class, knowledge_point, code_diagnosis and code_procedure."""
    # Conditions may share a code: it stands once, by its last name.
    codes = [(*row, sex_of(row[0])) for row in {row[0]: row for row in diagnosis_codes()}.values()]
    n = len(codes)
    diagnosis: dict[str, Column] = {
        name: texts([row[k] for row in codes]) for k, name in enumerate(("code", "name", "name_en", "sex"))
    }
    diagnosis |= {"version": texts(["医保版2.0"] * n), "valid_from": full(n, VALID_FROM)}
    diagnosis["category"] = texts([row[0][:3] for row in codes])
    operations = dict(operation_codes())
    k = len(operations)
    procedure: dict[str, Column] = {
        "code": texts(list(operations)),
        "name": texts(list(operations.values())),
        "version": texts(["医保版2.0"] * k),
        "kind": texts(["2" if code.startswith("96.7") else "1" for code in operations]),
        "valid_from": full(k, VALID_FROM),
    }
    return catalogue_tables() | {"code_diagnosis": (diagnosis, n), "code_procedure": (procedure, k)}
