"""Packs: read in any order, refused by name, checked, written back."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
import smallpack as small

from yibao.casemix import Grouper, load_pack
from yibao.casemix.pack.check import check_pack
from yibao.casemix.pack.write import write_pack
from yibao.casemix.refusals import PackError


def shuffled(value: Any, rng: random.Random) -> Any:
    """The same JSON with the keys of every object in another order."""
    if isinstance(value, dict):
        return {key: shuffled(value[key], rng) for key in rng.sample(list(value), len(value))}
    return [shuffled(one, rng) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("seed", range(5))
def test_elements_may_stand_in_any_order(tmp_path: Path, small_pack: Path, seed: int) -> None:
    rng = random.Random(seed)
    doc = shuffled(small.document(), rng)
    for array in ("mdc", "adrg", "drg"):
        rng.shuffle(doc[array])
    rows = {"cc": small.CC, "exclusions": small.EXCLUSIONS, "valid": small.VALID}
    tables = {name: rng.sample(own, len(own)) for name, own in rows.items()}
    lists = {name: rng.sample(codes, len(codes)) for name, codes in small.LISTS.items()}
    folder = small.write(tmp_path, doc, {name: lists[name] for name in rng.sample(list(lists), len(lists))}, **tables)
    records = _records()
    assert _groups(folder, records) == _groups(small_pack, records)


def test_columns_in_any_order_plain_csv_and_a_mark_at_the_beginning(tmp_path: Path, small_pack: Path) -> None:
    folder = small.write(tmp_path)
    for path in folder.glob("*.csv.gz"):
        rows = list(csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode())))
        names = [*reversed(rows[0]), "remark"]
        with path.with_suffix("").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, names, lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(row | {"remark": "x"} for row in rows)
        path.unlink()
    text = (folder / "pack.json").read_text(encoding="utf-8")
    (folder / "pack.json").write_text("\ufeff" + text, encoding="utf-8")
    assert _groups(folder, _records()) == _groups(small_pack, _records())


def test_a_pack_written_and_read_again_is_the_same(tmp_path: Path, small_pack: Path) -> None:
    pack = load_pack(small_pack)
    write_pack(pack, tmp_path / "again")
    again = load_pack(tmp_path / "again")
    for part in ("head", "modes", "mdcs", "adrgs", "drgs", "complications", "exclusions", "valid_procedures"):
        assert getattr(again, part) == getattr(pack, part), part
    assert {name: sorted(codes) for name, codes in again.lists.items()} == {
        name: sorted(codes) for name, codes in pack.lists.items()
    }
    write_pack(again, tmp_path / "third")
    assert _bytes(tmp_path / "third") == _bytes(tmp_path / "again")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda doc: doc["adrg"][0].update(entry={"sounds_like": "x"}), "the condition 'sounds_like' is not known"),
        (lambda doc: doc["adrg"][0].update(entry={"sex": "male", "always": True}), "an object with one key"),
        (lambda doc: doc["drg"][0].update(when={"age_days": {"about": 3}}), "expected bounds"),
        (lambda doc: doc["drg"][0].update(when={"has_mcc": "yes"}), "expected true or false"),
        (lambda doc: doc["mdc"][0]["adrgs"].append("XX1"), "names 'XX1', which is not there"),
        (lambda doc: doc["drg"].append(doc["drg"][0]), "is there twice"),
        (lambda doc: doc["evaluation"].update(when_no_drg_matches="guess"), "cannot be 'guess'"),
        (lambda doc: doc.update(format="other"), "is no drg-pack"),
        (lambda doc: doc.update(format_version=2), "format version 2 is not read"),
        (lambda doc: doc.pop("drg"), "drg must be an array"),
        (lambda doc: doc.update(effective_from="soon"), "effective_from is no date"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_by_name(tmp_path: Path, change: Any, said: str) -> None:
    doc = small.document()
    change(doc)
    with pytest.raises(PackError, match=said):
        load_pack(small.write(tmp_path, doc))


def test_places_of_a_refusal_are_named(tmp_path: Path) -> None:
    doc = small.document()
    doc["adrg"][3]["entry"] = {"all": [{"always": True}, {"any": [{"not": {"principal": "x"}}]}]}
    with pytest.raises(PackError) as refused:
        load_pack(small.write(tmp_path, doc))
    assert refused.value.where == "adrg GA1, entry, all[1], any[0], not"
    assert refused.value.zh == "没有条件词 'principal'"


def test_files_that_are_not_there_or_no_tables(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"no pack\.json"):
        load_pack(tmp_path)
    folder = small.write(tmp_path / "a")
    (folder / "cc.csv.gz").unlink()
    with pytest.raises(PackError, match=r"no cc\.csv"):
        load_pack(folder)
    (folder / "cc.csv").write_text("kode,level\n1,CC\n", encoding="utf-8")
    with pytest.raises(PackError, match="cannot be read"):
        load_pack(folder)
    (folder / "pack.json").write_text("{", encoding="utf-8")
    with pytest.raises(PackError, match="is no JSON"):
        load_pack(folder)


def test_a_sound_pack_has_no_warning(small_pack: Path) -> None:
    tables = {
        "diagnosis": {*(c for n, codes in small.LISTS.items() for c in codes), *(c for c, *_ in small.CC)},
        "procedure": {*(c for codes in small.LISTS.values() for c in codes), *(c for c, _ in small.VALID)},
    }
    found = check_pack(load_pack(small_pack), tables)
    assert [one.code for one in found if one.severity == "warning"] == []


def test_what_is_not_as_it_should_be_is_told_and_the_rest_still_groups(tmp_path: Path) -> None:
    doc, lists = small.document(), dict(small.LISTS)
    doc["adrg"][6]["entry"] = {"all": [{"principal_diagnosis_in": "nowhere"}]}  # a list without codes
    doc["drg"][5]["when"] = "otherwise"  # takes all of GA13 and GA15
    doc["mdc"][3]["adrgs"].remove("HR3")  # nobody tries it
    doc["adrg"][1]["mdc"] = "MDCQ"
    doc["drg"][3]["when"] = {"age_years": {"below": 5, "min": 9}}
    lists["spare"] = ["D99.9"]
    pack = load_pack(small.write(tmp_path, doc, lists, cc=[*small.CC, ("C01.0", "CC", "1"), ("C09.0", "bad", "1")]))
    found = {(one.code, one.where, one.value) for one in check_pack(pack, {"diagnosis": {"D10.1"}})}
    assert ("list_missing", "adrg GR2", "nowhere") in found
    assert ("cannot_hold", "adrg GR2", "GR2") in found
    assert ("shadowed", "drg GA13", "GA11") in found
    assert ("shadowed", "drg GA15", "GA11") in found
    assert ("group_not_tried", "adrg HR3", "HR3") in found
    assert ("parent_differs", "adrg PB1", "MDCQ") in found
    assert ("cannot_hold", "drg ZA1A", "ZA1A") in found
    assert ("list_unused", "code_lists", "spare") in found
    assert ("cc_level_unknown", "cc C09.0", "bad") in found
    assert any(code == "cc_twice" for code, *_ in found)
    assert ("code_outside", "list P.dx", "2: D30.0, D31.0") in found
    row = Grouper(pack).group_records(
        [{"case_id": "a", "sex": 1, "age_years": 40, "diagnoses": "D10.1", "procedures": "10.01"}]
    )
    assert row[0]["group_code"] == "GA11"


def test_a_group_that_several_take_together_is_found(tmp_path: Path) -> None:
    doc = small.document()
    doc["drg"][3]["when"], doc["drg"][4]["when"] = {"age_years": {"below": 17}}, {"age_years": {"min": 15}}
    doc["drg"].append({"code": "ZA1C", "adrg": "ZA1", "order": 9, "when": {"age_years": {"eq": 16}}})
    doc["adrg"][2]["drgs"].append("ZA1C")
    found = {(one.code, one.value) for one in check_pack(load_pack(small.write(tmp_path, doc)))}
    assert ("shadowed", "ZA1A") in found  # by the first alone
    doc["drg"][-1]["when"] = {"age_years": {"max": 200}}
    found = {(one.code, one.value) for one in check_pack(load_pack(small.write(tmp_path, doc)))}
    assert ("shadowed", "ZA1A, ZA1B") in found


def test_a_principal_diagnosis_may_exclude_by_several_tables(tmp_path: Path) -> None:
    folder = small.write(tmp_path, exclusions=[*small.EXCLUSIONS, ("2", "D10.1")])
    records = [
        {"case_id": c, "sex": 1, "age_years": 40, "diagnoses": f"D10.1|{c}", "procedures": "10.01"}
        for c, *_ in small.CC
    ]
    assert [row["group_code"] for row in Grouper(load_pack(folder)).group_records(records)] == [
        "GA15", "GA15", "GA15", "GA15", "GA13"
    ]  # fmt: skip


def _records() -> list[dict[str, Any]]:
    firsts = sorted({code for name, codes in small.LISTS.items() if name.endswith("dx") for code in codes})
    return [
        {
            "case_id": f"{first} {other} {procedure}", "sex": 2, "age_years": age, "age_days": 20 if not age else 9999,
            "birth_weight_g": 1400, "los_days": 5, "icu_hours": 30, "diagnoses": [first, other],
            "procedures": [procedure, "12.02"] if procedure else [],
        }
        for first in firsts for other in ("C01.0", "C03.0", "D21.0", "D44.0")
        for procedure in ("", "10.01", "12.01", "13.01") for age in (0, 40)
    ]  # fmt: skip


def _groups(folder: Path, records: list[dict[str, Any]]) -> list[str]:
    return [row["group_code"] for row in Grouper(load_pack(folder)).group_records(records)]


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_document_is_json_that_people_can_read(tmp_path: Path, small_pack: Path) -> None:
    write_pack(load_pack(small_pack), tmp_path)
    doc = json.loads((tmp_path / "pack.json").read_text(encoding="utf-8"))
    assert doc["drg"][1]["when"] == "otherwise"
    assert doc["adrg"][8]["entry"] == {"all": [{"department_in": ["03", "04"]}, {"discharge_way_in": ["5"]}]}
