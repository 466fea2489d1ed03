"""The published packs: agreement with a second program, published examples, weights, what the packs are known for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from yibao.casemix import CaseFile, Grouper, compare, encode, group_file, load_pack, read_weights
from yibao.casemix.agreement import Agreement
from yibao.casemix.pack.check import check_pack

Published = Callable[[str], Grouper]


def agreement(grouper: Grouper, path: Path) -> Agreement:
    _, found = group_file(grouper, CaseFile(path), lambda _: None)
    assert found is not None
    return found


def test_every_answer_of_the_second_program_on_the_national_pack(drg: Path, published: Published) -> None:
    found = agreement(published("chs_drg_11"), drg / "differential_chs_drg_11.csv.gz")
    assert found.differing == []
    assert (found.cases, found.agreed) == (2_983, 2_983)


@pytest.mark.parametrize(("pack", "cases"), [("beijing_2022", 313), ("suzhou_2023", 300), ("wuhan_2022", 320)])
def test_every_answer_on_local_packs(drg: Path, published: Published, pack: str, cases: int) -> None:
    found = agreement(published(pack), drg / "examples_local_packs.csv.gz")
    assert found.differing == []
    assert (found.cases, found.agreed) == (cases, cases)


@pytest.mark.parametrize(
    ("diagnoses", "procedures", "sex", "age", "group"),
    [
        ("K22.301|K11.901|E11.900|I10.x05", "96.0800x005", 2, 88, "GZ13"),
        ("K22.301|J94.801|J96.900x001|I10.x00x002", "42.0902|34.0401", 2, 60, "GC13"),
        ("Z51.003|C34.900x001", "92.2400x005", 1, 60, "RC19"),
    ],
)
def test_examples_with_the_group_in_the_last_column(
    published: Published, diagnoses: str, procedures: str, sex: int, age: int, group: str
) -> None:
    """Records of the source's input file with the group that it expects (version 1.1)."""
    case = {"case_id": "v", "sex": sex, "age_years": age, "diagnoses": diagnoses, "procedures": procedures}
    assert published("chs_drg_11").group_records([case])[0]["group_code"] == group


def test_every_published_payment_is_weight_times_coefficient_times_rate(drg: Path, published: Published) -> None:
    weights = read_weights(drg / "suzhou_2023_weights.csv.gz", "9435.25")
    assert len(weights.prices) == 648
    assert sum(len(price.published) for price in weights.prices.values()) == 3 * 648
    assert weights.misfits() == []
    assert set(weights.prices) == set(published("suzhou_2023").pack.drgs)
    assert weights.standard("AA19", "1") == 21_017_019  # 29.7 x 0.75 x 9 435.25 = 210 170.19375
    assert len(read_weights(drg / "suzhou_2023_weights.csv.gz", "9435.26").misfits()) > 1_900


def test_the_check_finds_what_the_packs_are_known_for(drg: Path) -> None:
    """Groups out of reach as the packs' own description lists them, and no other kind of warning."""
    beijing = {"CD1D": "CD19", "DC2D": "DC29", "IT2B": "IT25", "IT2C": "IT25"}
    shadowed = {
        "beijing_2022": {**{f"drg {group}": by for group, by in beijing.items()}, "adrg WB1": "WC1"},
        "suzhou_2023": {"adrg PV1": "PU1"},
        "chs_drg_11": {},
    }
    for name, wanted in shadowed.items():
        found = check_pack(load_pack(drg / "packs" / name))
        assert {one.where: one.value for one in found if one.code == "shadowed"} == wanted
        assert {one.code for one in found if one.severity == "warning"} <= {"shadowed"}
        assert "shadow_not_found" not in {one.code for one in found}


def test_national_versions_side_by_side(drg: Path, published: Published) -> None:
    """Between 1.0 and 1.1 base groups were split by complications: their cases are told to be split."""
    file = CaseFile(drg / "differential_chs_drg_11.csv.gz")
    cases = encode(next(file.pieces("chs_drg_11")))
    before, after = (published(name).group(cases) for name in ("chs_drg_10", "chs_drg_11"))
    found = compare(before, after)
    assert found.moves.num_rows == 2_983
    assert sum(row["cases"] for row in found.by_move) == 2_983
    moves = {row["move"]: row["cases"] for row in found.by_move}
    assert moves["same"] > 1_000
    assert moves["split"] > 100
    assert {"moved", "merged", "newly_grouped"} <= set(moves)
