"""A small grouping pack of our own with every word of the format, and a case-by-case reading of it.

Codes and groups are invented. The reading is as plain as possible: one case, one rule at a time.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Doc = dict[str, Any]

#: List id -> codes. D codes are diagnoses, 1x codes procedures.
LISTS: dict[str, list[str]] = {
    "G.dx": ["D10.1", "D10.2", "D11.0", "D12.0"],
    "H.dx": ["D20.0", "D21.0", "D22.0"],
    "P.dx": ["D30.0", "D31.0"],
    "Z.dx": ["D40.0", "D41.0", "D42.0"],
    "head": ["D40.0", "D43.0"],
    "chest": ["D41.0", "D44.0"],
    "G.cut": ["10.01", "10.02"],
    "G.scope": ["11.01"],
    "G.stone": ["D10.2"],
    "H.first": ["12.01"],
    "H.second": ["12.02", "12.01"],
    "H.medical": ["D21.0"],
}
CC: list[tuple[str, str, str]] = [
    ("C01.0", "MCC", "1"), ("C02.0", "CC", "1"), ("C03.0", "CC", "2"), ("C04.0", "MCC", "2"), ("C05.0", "CC", ""),
]  # fmt: skip
EXCLUSIONS: list[tuple[str, str]] = [("1", "D10.1"), ("2", "D20.0"), ("2", "D10.2")]
VALID: list[tuple[str, str]] = [("10.01", "cut"), ("12.01", "first"), ("12.02", "second"), ("13.01", "other")]


def document() -> Doc:
    """The pack's rules."""
    return {
        "format": "drg-pack", "format_version": 1, "id": "small", "system": "SMALL-DRG", "version": "1",
        "region": "nowhere", "source": "own", "licence": "Apache-2.0",
        "evaluation": {
            "when_no_adrg_matches": "try_next_mdc", "when_no_drg_matches": "stop_at_adrg",
            "when_nothing_matches": "ungroupable",
        },
        "empty_lists": [],
        "mdc": [
            {"code": "MDCP", "order": 1,
             "entry": {"all": [{"principal_diagnosis_in": "P.dx"}, {"age_years": {"eq": 0}}]},
             "adrgs": ["PA1", "PB1"], "ambiguous_when": None},
            {"code": "MDCZ", "order": 2, "entry": {"all": [
                {"principal_diagnosis_in": "Z.dx"},
                {"body_regions_at_least": {"count": 2, "regions": [
                    {"region": "head", "list": "head"}, {"region": "chest", "list": "chest"}]}}]},
             "adrgs": ["ZA1"], "ambiguous_when": None},
            {"code": "MDCG", "order": 3, "entry": {"principal_diagnosis_in": "G.dx"},
             "adrgs": ["GA1", "GK1", "GR1", "GR2"],
             "ambiguous_when": {"condition": {"main_procedure_valid": True}, "before_adrg": "GR1", "result": "GQY"}},
            {"code": "MDCH", "order": 4, "entry": {"any": [
                {"principal_diagnosis_in": "H.dx"}, {"any_diagnosis_starts_with": "E9"}]},
             "adrgs": ["HA1", "HB1", "HR1", "HR2", "HR3"], "ambiguous_when": None},
        ],
        "adrg": [
            {"code": "PA1", "mdc": "MDCP", "order": 1, "kind": "medical", "drgs": ["PA11", "PA15"],
             "entry": {"all": [{"birth_weight_g": {"below": 1500}}, {"age_days": {"max": 28}}]}},
            {"code": "PB1", "mdc": "MDCP", "order": 2, "kind": "medical", "drgs": ["PB19"],
             "entry": {"any": [{"birth_weight_g": {"min": 1500}}, {"age_days": {"above": 28}}]}},
            {"code": "ZA1", "mdc": "MDCZ", "order": 1, "kind": "medical", "drgs": ["ZA1A", "ZA1B"],
             "entry": {"all": [{"always": True}]}},
            {"code": "GA1", "mdc": "MDCG", "order": 1, "kind": "surgical", "drgs": ["GA11", "GA13", "GA15"],
             "entry": {"all": [{"main_procedure_in": "G.cut"}]}},
            {"code": "GK1", "mdc": "MDCG", "order": 2, "kind": "procedure", "drgs": ["GK19"],
             "entry": {"all": [{"any_procedure_in": "G.scope"}, {"not": {"sex": "male"}}]}},
            {"code": "GR1", "mdc": "MDCG", "order": 3, "kind": "medical", "drgs": ["GR13", "GR15"],
             "entry": {"all": [{"principal_diagnosis_in": "G.stone"}]}},
            {"code": "GR2", "mdc": "MDCG", "order": 4, "kind": "medical", "drgs": ["GR2A"],
             "entry": {"all": [{"any_procedure_valid": False}]}},
            {"code": "HA1", "mdc": "MDCH", "order": 1, "kind": "surgical", "drgs": ["HA19"],
             "entry": {"all": [{"procedure_combination": {"one_of_each": ["H.first", "H.second"]}},
                               {"other_procedure_in": "H.second"}]}},
            {"code": "HB1", "mdc": "MDCH", "order": 2, "kind": "medical", "drgs": ["HB19"],
             "entry": {"all": [{"department_in": ["03", "04"]}, {"discharge_way_in": ["5"]}]}},
            {"code": "HR1", "mdc": "MDCH", "order": 3, "kind": "medical", "drgs": ["HR19"],
             "entry": {"all": [{"other_diagnosis_in": "H.medical"}, {"any_procedure_recorded": False}]}},
            {"code": "HR2", "mdc": "MDCH", "order": 4, "kind": "medical", "drgs": ["HR21", "HR23"],
             "entry": {"all": [{"any_diagnosis_in": "H.medical"}, {"los_days": {"min": 2, "max": 60}}]}},
            {"code": "HR3", "mdc": "MDCH", "order": 5, "kind": "medical", "drgs": ["HR39"],
             "entry": {"all": [{"icu_hours": {"min": 24}}, {"sex": "female"}]}},
        ],
        "drg": [
            {"code": "PA11", "adrg": "PA1", "order": 1, "when": {"has_mcc": True}, "name": "tiny with MCC"},
            {"code": "PA15", "adrg": "PA1", "order": 2, "when": "otherwise", "name": "tiny"},
            {"code": "PB19", "adrg": "PB1", "order": 3, "when": "otherwise", "name": "newborn"},
            {"code": "ZA1A", "adrg": "ZA1", "order": 4, "when": {"age_years": {"below": 17}}, "name": "hurt child"},
            {"code": "ZA1B", "adrg": "ZA1", "order": 5, "when": {"age_years": {"min": 17}}, "name": "hurt adult"},
            {"code": "GA11", "adrg": "GA1", "order": 6, "when": {"has_mcc": True}, "name": "cut with MCC"},
            {"code": "GA13", "adrg": "GA1", "order": 7, "when": {"has_cc": True}, "name": "cut with CC"},
            {"code": "GA15", "adrg": "GA1", "order": 8, "when": "otherwise", "name": "cut"},
            {"code": "GK19", "adrg": "GK1", "order": 9, "when": "otherwise", "name": "scope"},
            {"code": "GR13", "adrg": "GR1", "order": 10, "when": {"any": [{"has_mcc": True}, {"has_cc": True}]},
             "name": "stone with CC"},
            {"code": "GR15", "adrg": "GR1", "order": 11, "when": "otherwise", "name": "stone"},
            {"code": "GR2A", "adrg": "GR2", "order": 12, "when": {"los_days": {"above": 3}}, "name": "belly, long"},
            {"code": "HA19", "adrg": "HA1", "order": 13, "when": "otherwise", "name": "first and second"},
            {"code": "HB19", "adrg": "HB1", "order": 14, "when": "otherwise", "name": "died there"},
            {"code": "HR19", "adrg": "HR1", "order": 15, "when": "otherwise", "name": "H, second diagnosis"},
            {"code": "HR21", "adrg": "HR2", "order": 16, "when": {"has_mcc": True}, "name": "H with MCC"},
            {"code": "HR23", "adrg": "HR2", "order": 17, "when": {"has_cc": True}, "name": "H with CC"},
            {"code": "HR39", "adrg": "HR3", "order": 18, "when": "otherwise", "name": "H, intensive"},
        ],
    }  # fmt: skip


def write(
    folder: Path, doc: Doc | None = None, lists: Mapping[str, Sequence[str]] | None = None, **tables: Any
) -> Path:
    """Write the pack, or a changed one; ``cc``, ``exclusions`` and ``valid`` take the place of the own rows."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pack.json").write_text(json.dumps(doc or document(), ensure_ascii=False), encoding="utf-8")
    codes = [(name, code) for name, members in (LISTS if lists is None else lists).items() for code in members]
    _csv(folder / "code_lists.csv.gz", ("list_id", "code"), codes)
    _csv(folder / "cc.csv.gz", ("code", "level", "exclusion_table"), tables.get("cc", CC))
    _csv(folder / "exclusions.csv.gz", ("exclusion_table", "principal_code"), tables.get("exclusions", EXCLUSIONS))
    _csv(folder / "valid_procedures.csv.gz", ("code", "name"), tables.get("valid", VALID))
    return folder


def _csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    path.write_bytes(gzip.compress(text.getvalue().encode()))


# --- a plain reading --------------------------------------------------------------------------------------------------


def answer(doc: Doc, case: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Status, MDC, ADRG and group of a case: the format's evaluation, word by word."""
    modes = doc["evaluation"]
    found = _once(doc, case)
    if found is None and modes["when_nothing_matches"] == "retry_with_each_other_procedure_alone":
        for procedure in case["procedures"][1:]:
            found = _once(doc, {**case, "procedures": [procedure]})
            if found:
                break
    return found or ("ungroupable", "0000", "00", "0000")


def _once(doc: Doc, case: Mapping[str, Any]) -> tuple[str, str, str, str] | None:
    adrgs = {one["code"]: one for one in doc["adrg"]}
    drgs = {one["code"]: one for one in doc["drg"]}
    for mdc in sorted(doc["mdc"], key=lambda one: one["order"]):
        if not holds(mdc["entry"], case):
            continue
        doubt = mdc["ambiguous_when"]
        for code in [*mdc["adrgs"], None]:
            if doubt and doubt["before_adrg"] == code and holds(doubt["condition"], case):
                return "ambiguous", mdc["code"], "QY", doubt["result"]
            if code is None or not holds(adrgs[code]["entry"], case):
                continue
            for drg in adrgs[code]["drgs"]:
                if holds(drgs[drg]["when"], case):
                    return "grouped", mdc["code"], code, drg
            if doc["evaluation"]["when_no_drg_matches"] == "stop_at_adrg":
                return "grouped", mdc["code"], code, code
    return None


def holds(condition: Any, case: Mapping[str, Any]) -> bool:
    """Whether a condition in its neutral form holds of a case."""
    if condition == "otherwise":
        return True
    ((word, said),) = condition.items()
    first, *others = case["diagnoses"]
    done = case["procedures"]
    valid = {code for code, _ in VALID}
    match word:
        case "all":
            return all(holds(part, case) for part in said)
        case "any":
            return any(holds(part, case) for part in said)
        case "not":
            return not holds(said, case)
        case "always":
            return bool(said)
        case "principal_diagnosis_in":
            return first in LISTS[said]
        case "any_diagnosis_in":
            return any(code in LISTS[said] for code in (first, *others))
        case "other_diagnosis_in":
            return any(code in LISTS[said] for code in others)
        case "any_diagnosis_starts_with":
            return any(code.startswith(said) for code in (first, *others))
        case "main_procedure_in":
            return bool(done) and done[0] in LISTS[said]
        case "any_procedure_in":
            return any(code in LISTS[said] for code in done)
        case "other_procedure_in":
            return any(code in LISTS[said] for code in done[1:])
        case "procedure_combination":
            return all(any(code in LISTS[name] for code in done) for name in said["one_of_each"])
        case "main_procedure_valid":
            return (bool(done) and done[0] in valid) == said
        case "any_procedure_valid":
            return any(code in valid for code in done) == said
        case "any_procedure_recorded":
            return bool(done) == said
        case "sex":
            return case["sex"] == {"male": 1, "female": 2}[said]
        case "discharge_way_in" | "department_in":
            return case[word.removesuffix("_in")] in said
        case "has_mcc" | "has_cc":
            table = next((table for table, code in EXCLUSIONS if code == first), None)
            level = word.removeprefix("has_").upper()
            counted = [code for code, one, excluded in CC if one == level and (not excluded or excluded != table)]
            return any(code in counted for code in others) == said
        case "body_regions_at_least":
            regions = sum(any(code in LISTS[one["list"]] for code in (first, *others)) for one in said["regions"])
            return regions >= said["count"]
        case _:
            value = case[word]
            tests = {"min": lambda a, b: a >= b, "max": lambda a, b: a <= b, "above": lambda a, b: a > b,
                     "below": lambda a, b: a < b, "eq": lambda a, b: a == b}  # fmt: skip
            missing = value is None or (word == "birth_weight_g" and value == 0)
            return not missing and all(tests[bound](value, limit) for bound, limit in said.items())
