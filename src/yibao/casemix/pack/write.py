"""Writes a pack as its folder: what :func:`yibao.casemix.pack.load.load_pack` reads."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from yibao.casemix.pack import conditions as c
from yibao.casemix.pack.load import FORMAT, FORMAT_VERSION
from yibao.casemix.pack.model import Pack


def write_pack(pack: Pack, folder: Path) -> None:
    """Write pack.json and the code tables into a folder, which is made when it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_document(pack), ensure_ascii=False, indent=1)
    (folder / "pack.json").write_text(text + "\n", encoding="utf-8")
    lists = ((name, code) for name, codes in sorted(pack.lists.items()) for code in codes)
    _table(folder / "code_lists.csv.gz", ("list_id", "code"), lists)
    complications = ((code, level, table or "") for code, (level, table) in sorted(pack.complications.items()))
    _table(folder / "cc.csv.gz", ("code", "level", "exclusion_table"), complications)
    exclusions = ((table, code) for code, tables in sorted(pack.exclusions.items()) for table in tables)
    _table(folder / "exclusions.csv.gz", ("exclusion_table", "principal_code"), exclusions)
    _table(folder / "valid_procedures.csv.gz", ("code", "name"), sorted(pack.valid_procedures.items()))
    names = sorted((code, name) for code, name in pack.names.items() if name)
    with (folder / "names.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([("code", "name"), *names])


def _document(pack: Pack) -> dict[str, Any]:
    head = pack.head
    days = {"effective_from": head.effective_from, "effective_to": head.effective_to}
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        **{key: getattr(head, key) for key in ("id", "system", "version", "region", "source", "licence")},
        **{key: day.isoformat() for key, day in days.items() if day},
        "evaluation": {
            "when_no_adrg_matches": "try_next_mdc",
            "when_no_drg_matches": pack.modes.no_drg,
            "when_nothing_matches": pack.modes.nothing,
        },
        "empty_lists": sorted(pack.empty_lists),
        **({"known_gaps": list(head.known_gaps)} if head.known_gaps else {}),
        "mdc": [
            {
                "code": mdc.code, "order": mdc.order, "name": mdc.name, "entry": write_condition(mdc.entry),
                "adrgs": list(mdc.adrgs),
                "ambiguous_when": mdc.ambiguous and {
                    "condition": write_condition(mdc.ambiguous.condition),
                    "before_adrg": mdc.ambiguous.before_adrg, "result": mdc.ambiguous.result,
                },
            }
            for mdc in pack.mdcs
        ],
        "adrg": [
            {
                "code": adrg.code, "mdc": adrg.mdc, "order": adrg.order, "kind": adrg.kind,
                "entry": write_condition(adrg.entry), "drgs": list(adrg.drgs), **_known(adrg, "name", "shadowed_by"),
            }
            for adrg in pack.adrgs.values()
        ],
        "drg": [
            {
                "code": drg.code, "adrg": drg.adrg, "order": drg.order, "when": _when(drg.when),
                **_known(drg, "name", "shadowed_by"),
            }
            for drg in pack.drgs.values()
        ],
    }  # fmt: skip


def write_condition(condition: c.Condition) -> Any:
    """The neutral form of a condition, as :func:`yibao.casemix.pack.conditions.read_condition` reads it."""
    match condition:
        case c.Always(True):
            return {"always": True}
        case c.All(parts):
            return {"all": [write_condition(part) for part in parts]}
        case c.Any_(parts):
            return {"any": [write_condition(part) for part in parts]}
        case c.Not(part):
            return {"not": write_condition(part)}
        case c.Always(value):
            return {"always": value}
        case c.InList(role, named):
            return {next(word for word, one in c.ROLES.items() if one == role): named}
        case c.StartsWith(prefix):
            return {"any_diagnosis_starts_with": prefix}
        case c.Combination(lists):
            return {"procedure_combination": {"one_of_each": list(lists)}}
        case c.ValidProcedure(main, value):
            return {"main_procedure_valid" if main else "any_procedure_valid": value}
        case c.Recorded(value):
            return {"any_procedure_recorded": value}
        case c.Sex(sex):
            return {"sex": "male" if sex == 1 else "female"}
        case c.Range(number, bounds):
            return {number: {bound: int(limit) if limit.is_integer() else limit for bound, limit in bounds}}
        case c.OneOf(attribute, values):
            return {f"{attribute}_in": list(values)}
        case c.Complication(level, value):
            return {f"has_{level.lower()}": value}
        case c.Regions(count, regions):
            listed = [{"region": region, "list": one} for region, one in regions]
            return {"body_regions_at_least": {"count": count, "regions": listed}}


def _when(condition: c.Condition) -> Any:
    return "otherwise" if condition == c.OTHERWISE else write_condition(condition)


def _known(one: Any, *keys: str) -> dict[str, str]:
    return {key: getattr(one, key) for key in keys if getattr(one, key)}


def _table(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    # No time and no name in the gzip header: equal packs are equal files.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
        lines = csv.writer(_Text(packed), lineterminator="\n")
        lines.writerows([header, *rows])


class _Text:
    """A text file over a binary one, as much as a CSV writer needs."""

    def __init__(self, raw: gzip.GzipFile) -> None:
        self._raw = raw

    def write(self, text: str) -> int:
        return self._raw.write(text.encode("utf-8"))
