"""Institutions, their departments, doctors, nurses and devices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yibao.simulation.catalogue import MODALITIES
from yibao.simulation.conditions import departments
from yibao.simulation.draws import choose, stream
from yibao.simulation.frame import NONE, Array, Frame, full, ints, second
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


@dataclass
class Providers:
    """Institutions by position; staff and devices as columns with look-up tables by institution."""

    rows: list[dict[str, str]]
    index: dict[str, int]
    level: Array
    kind: Array
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

    def of_kind(self, kind: int, level: int | None = None) -> Array:
        """Positions of institutions of a kind (1 hospital, 2 pharmacy, 3 centre, 4 clinic) and level."""
        mask = self.kind == kind
        return np.flatnonzero(mask if level is None else mask & (self.level == level))


def build_providers(seed: int) -> Providers:
    """The city's fixed institutions with drawn staff."""
    rows = data_rows("institutions")
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
    staff, first, count, nurse, technician = _staff(level, kind, has)
    devices, device_first, device_count = _devices(level)
    return Providers(
        rows=rows,
        index={row["key"]: i for i, row in enumerate(rows)},
        level=level,
        kind=kind,
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
    )


def _staff(level: Array, kind: Array, has: Array) -> tuple[Frame, Array, Array, Array, Array]:
    """Two to four doctors and two nurses per department, two technicians per institution, pharmacists in shops."""
    rows: list[tuple[int, int, int, int]] = []
    first, count, nurse = (np.zeros(has.shape, dtype=np.int64) for _ in range(3))
    technician = full(len(level), 0)
    for i in range(len(level)):
        for d in np.flatnonzero(has[i]).tolist():
            first[i, d] = len(rows)
            count[i, d] = 1 + int(level[i]) if kind[i] == 1 else 2
            kind_of = 2 if kind[i] == 2 else 0
            rows.extend((i, d, kind_of, k if kind[i] == 1 else min(k + 1, 3)) for k in range(int(count[i, d])))
            nurse[i, d] = len(rows)
            if kind[i] != 2:
                rows.extend([(i, d, 1, -1), (i, d, 1, -1)])
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


def _devices(level: Array) -> tuple[Frame, Array, Array]:
    """Devices by institution and modality, all on since 2024; the last ultrasound of a centre is a portable one."""
    first = np.zeros((len(level), len(MODALITIES)), dtype=np.int64)
    count = np.zeros_like(first)
    rows: list[tuple[int, int, int]] = []
    for i in range(len(level)):
        for kind, number in _DEVICES_AT_LEVEL.get(int(level[i]), {}).items():
            m = MODALITIES.index(kind)
            first[i, m], count[i, m] = len(rows), number
            rows.extend([(i, m, DEVICE_CAPACITY[kind])] * number)
    table = np.array(rows, dtype=np.int64)
    devices = dict(zip(("institution", "modality", "capacity"), table.T, strict=True))
    n = len(rows)
    return devices | {"begin": full(n, DEVICES_SINCE), "end": full(n, NONE), "on": full(n, 1)}, first, count
