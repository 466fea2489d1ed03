"""Institutions, their departments, doctors, nurses and devices.

Hospitals of the third level (and the one for women and children) serve a group of blocks and have staff and machines in
proportion; everything else exists once per block. What a block sees of them is :meth:`Providers.of_block`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from yibao.simulation.catalogue import MODALITIES
from yibao.simulation.conditions import departments
from yibao.simulation.draws import choose, stream
from yibao.simulation.frame import NONE, Array, Frame, full, ints, second
from yibao.simulation.geography import city_of, county_row
from yibao.simulation.write import data_rows

WOMEN_CHILDREN = ["妇科", "产科", "儿科", "新生儿科"]
#: Departments that only the tertiary hospitals have.
TERTIARY_ONLY = ["肿瘤科", "血液内科", "神经外科", "风湿免疫科"]
TITLES = ["主任医师", "副主任医师", "主治医师", "住院医师"]
DEVICE_CAPACITY = {"ct": 150, "mri": 50, "us": 80, "dr": 120, "ecg": 200, "lab": 3000, "endoscope": 60, "other": 80}
_DEVICES_AT_LEVEL: dict[int, dict[str, int]] = {
    3: {"ct": 3, "mri": 2, "us": 6, "dr": 3, "ecg": 3, "lab": 2, "endoscope": 3, "other": 3},
    2: {"ct": 2, "mri": 1, "us": 4, "dr": 2, "ecg": 2, "lab": 1, "endoscope": 2, "other": 2},
    1: {"us": 2, "dr": 1, "ecg": 1, "lab": 1, "other": 1},
}
DEVICES_SINCE = second("2024-01-01 00:00:00")


#: So many blocks share one set of the hospitals that serve the whole province.
BLOCKS_PER_GROUP = 20


@dataclass
class Providers:
    """Institutions by position; staff and devices as columns with look-up tables by institution.

    ``number`` is the position among all institutions of the province, ``of_staff`` and ``devices`` are of the province.
    """

    rows: list[dict[str, str]]
    ids: list[str]
    number: Array
    index: dict[str, int]
    level: Array
    kind: Array
    city: Array
    county: Array
    has: Array
    staff: Frame
    staff_names: list[str]
    doctor_first: Array
    doctor_count: Array
    nurse_first: Array
    technician: Array
    devices: Frame
    device_first: Array
    device_count: Array
    scale: Array
    block: Array

    def of_kind(self, kind: int, level: int | None = None) -> Array:
        """Positions of institutions of a kind (1 hospital, 2 pharmacy, 3 centre, 4 clinic) and level."""
        mask = self.kind == kind
        return np.flatnonzero(mask if level is None else mask & (self.level == level))

    def of_block(self, block: int) -> Providers:
        """What the people of one block see: their own institutions and the shared ones of their group."""
        mine = np.flatnonzero((self.block == block) | (self.block == -1 - block // BLOCKS_PER_GROUP))
        # In the order of the file, where everything of one kind stands by county.
        mine = mine[np.argsort([int(self.rows[k]["order"]) for k in mine.tolist()], kind="stable")]
        columns = [
            "number", "level", "kind", "city", "county", "has", "doctor_first", "doctor_count", "nurse_first",
            "technician", "device_first", "device_count", "scale", "block",
        ]  # fmt: skip
        rows = [self.rows[k] for k in mine.tolist()]
        return replace(
            self,
            rows=rows,
            ids=[self.ids[k] for k in mine.tolist()],
            index={row["key"]: k for k, row in enumerate(rows)},
            **{name: getattr(self, name)[mine] for name in columns},
        )


def build_providers(blocks: int, seed: int) -> Providers:
    """All institutions of a province of so many blocks, with drawn staff."""
    rows, block, scale = _instances(blocks)
    level, kind = ints([int(r["level"]) for r in rows]), ints([int(r["kind"]) for r in rows])
    names = departments()
    has = np.zeros((len(rows), len(names)), dtype=bool)
    for i, row in enumerate(rows):
        if kind[i] == 2:
            has[i, names.index("药店")] = True
        elif kind[i] != 1:
            has[i, names.index("中医科" if row["specialty"] == "tcm" else "全科医疗科")] = True
        elif row["specialty"] == "women_children":
            has[i, [names.index(d) for d in WOMEN_CHILDREN]] = True
        else:
            has[i, 2:] = True
            has[i, [names.index(d) for d in TERTIARY_ONLY]] = level[i] == 3
    staff, first, count, nurse, technician = _staff(level, kind, has, scale)
    devices, device_first, device_count = _devices(level, scale)
    county = ints([int(row["county"]) for row in rows])
    return Providers(
        rows=rows,
        ids=[f"{'P' if row['kind'] == '2' else 'H'}{row['county']}{k:05d}" for k, row in enumerate(rows, 1)],
        number=np.arange(len(rows)),
        index={row["key"]: i for i, row in enumerate(rows)},
        level=level,
        kind=kind,
        city=city_of(county),
        county=county_row(county),
        has=has,
        staff=staff,
        staff_names=_staff_names(len(staff["institution"]), seed),
        doctor_first=first,
        doctor_count=count,
        nurse_first=nurse,
        technician=technician,
        devices=devices,
        device_first=device_first,
        device_count=device_count,
        scale=scale,
        block=block,
    )


def _instances(blocks: int) -> tuple[list[dict[str, str]], Array, Array]:
    """Every institution with its block (shared: -1 - group) and the number of blocks that it serves."""
    template = [dict(row, order=str(k)) for k, row in enumerate(data_rows("institutions"))]
    rows: list[dict[str, str]] = []
    block: list[int] = []
    scale: list[int] = []
    for b in range(blocks):
        group, inside = divmod(b, BLOCKS_PER_GROUP)
        serves = min(BLOCKS_PER_GROUP, blocks - group * BLOCKS_PER_GROUP)
        for row in template:
            if row["place"] == "shared" and inside == 0:
                number, of, many = group, -1 - group, serves
            elif row["place"] == "local":
                number, of, many = b, b, 1
            else:
                continue
            named = {
                "name": row["name"] if number == 0 else f"{row['name']}（{number + 1}院）",
                "name_en": row["name_en"] if number == 0 else f"{row['name_en']} {number + 1}",
                # The same corner of the map, a kilometre further for each copy.
                "latitude_e6": str(int(row["latitude_e6"]) + number % 20 * 7_000),
                "longitude_e6": str(int(row["longitude_e6"]) + number // 20 * 9_000),
            }
            rows.append(row | named)
            block.append(of)
            scale.append(many)
    return rows, ints(block), ints(scale)


def _staff(level: Array, kind: Array, has: Array, scale: Array) -> tuple[Frame, Array, Array, Array, Array]:
    """Two to four doctors and two nurses per department, two technicians per institution, pharmacists in shops."""
    rows: list[tuple[int, int, int, int]] = []
    first, count, nurse = (np.zeros(has.shape, dtype=np.int64) for _ in range(3))
    technician = full(len(level), 0)
    for i in range(len(level)):
        times = int(scale[i])
        for d in np.flatnonzero(has[i]).tolist():
            first[i, d] = len(rows)
            count[i, d] = (1 + int(level[i])) * times if kind[i] == 1 else 2
            kind_of = 2 if kind[i] == 2 else 0
            titles = 1 + int(level[i])
            rows.extend((i, d, kind_of, k % titles if kind[i] == 1 else min(k + 1, 3)) for k in range(int(count[i, d])))
            nurse[i, d] = len(rows)
            if kind[i] != 2:
                rows.extend([(i, d, 1, -1)] * (2 * times))
        technician[i] = len(rows)
        if kind[i] != 2:
            rows.extend([(i, -1, 3, -1), (i, -1, 3, -1)])
    table = np.array(rows, dtype=np.int64)
    return (
        dict(zip(("institution", "department", "kind", "title"), table.T, strict=True)),
        first,
        count,
        nurse,
        technician,
    )


STAFF_KINDS = ["doctor", "nurse", "pharmacist", "technician"]


def _staff_names(n: int, seed: int) -> list[str]:
    rng = stream(seed, "staff")
    lists = data_rows("names")
    surnames = [row["text"] for row in lists if row["part"] == "surname"]
    shares = np.array([float(row["weights_or_era"]) for row in lists if row["part"] == "surname"])
    given = [word for row in lists if row["part"] in ("male_mid", "female_mid") for word in row["text"].split()]
    chosen, number = choose(rng, shares, n).tolist(), rng.integers(0, len(given), n).tolist()
    return [surnames[s] + given[g] for s, g in zip(chosen, number, strict=True)]


def _devices(level: Array, scale: Array) -> tuple[Frame, Array, Array]:
    """Devices by institution and modality, all on since 2024; the last ultrasound of a centre is a portable one."""
    first = np.zeros((len(level), len(MODALITIES)), dtype=np.int64)
    count = np.zeros_like(first)
    rows: list[tuple[int, int, int]] = []
    for i in range(len(level)):
        for kind, number in _DEVICES_AT_LEVEL.get(int(level[i]), {}).items():
            m = MODALITIES.index(kind)
            first[i, m], count[i, m] = len(rows), number * int(scale[i])
            rows.extend([(i, m, DEVICE_CAPACITY[kind])] * (number * int(scale[i])))
    table = np.array(rows, dtype=np.int64)
    devices = dict(zip(("institution", "modality", "capacity"), table.T, strict=True))
    n = len(rows)
    return devices | {"begin": full(n, DEVICES_SINCE), "end": full(n, NONE), "on": full(n, 1)}, first, count
