"""Reads a grouping pack from its folder: ``pack.json`` and four or five tables, in any order of their elements."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from yibao.casemix.pack.conditions import read_condition
from yibao.casemix.pack.model import Adrg, Ambiguity, CodeNote, Drg, Head, Mdc, Modes, Pack
from yibao.casemix.refusals import PackError

FORMAT, FORMAT_VERSION = "drg-pack", 1

_EVALUATION: Mapping[str, tuple[str, ...]] = {
    "when_no_drg_matches": get_args(get_type_hints(Modes)["no_drg"]),
    "when_nothing_matches": get_args(get_type_hints(Modes)["nothing"]),
    "when_no_adrg_matches": ("try_next_mdc",),
}
_DEFAULTS = {
    "when_no_drg_matches": "stop_at_adrg",
    "when_nothing_matches": "ungroupable",
    "when_no_adrg_matches": "try_next_mdc",
}


def load_pack(folder: Path | str) -> Pack:
    """The pack in a folder (or of the ``pack.json`` named). Raises :class:`PackError` when it cannot be evaluated.

    What can be evaluated but is not as it should be is told by :func:`yibao.casemix.pack.check.check_pack`.
    """
    path = Path(folder)
    path = path.parent if path.name == "pack.json" else path
    doc = _document(path / "pack.json")
    notes: list[CodeNote] = []
    tables = _Tables(path, notes)
    mdcs = tuple(sorted((_mdc(one, notes) for one in _array(doc, "mdc")), key=lambda mdc: mdc.order))
    names = tables.pairs("names", "code", "name", optional=True)
    adrgs = _by_code([_adrg(one, names) for one in _array(doc, "adrg")], "adrg")
    drgs = _by_code([_drg(one, names) for one in _array(doc, "drg")], "drg")
    _linked(mdcs, adrgs, drgs)
    return Pack(
        head=_head(doc),
        modes=_modes(doc.get("evaluation") or {}),
        mdcs=mdcs,
        adrgs=adrgs,
        drgs=drgs,
        lists=tables.lists(),
        complications=tables.complications(),
        exclusions=tables.exclusions(),
        valid_procedures=tables.pairs("valid_procedures", "code", "name"),
        empty_lists=frozenset(map(str, doc.get("empty_lists") or ())),
        names={**{a.code: a.name for a in adrgs.values()}, **{d.code: d.name for d in drgs.values()}, **names},
        notes=tuple(notes),
    )


def _document(path: Path) -> Mapping[str, Any]:
    try:
        doc = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise PackError(
            "there is no pack.json",
            where=str(path.parent),
            mend="give the folder of a grouping pack",
            zh="没有 pack.json",
            mend_zh="请给出分组方案包的目录",
        ) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise PackError(f"is no JSON: {error}", where=str(path), zh=f"不是 JSON：{error}") from None
    if not isinstance(doc, Mapping) or doc.get("format", FORMAT) != FORMAT:
        raise PackError(f"is no {FORMAT}", where=str(path), zh=f"不是 {FORMAT} 格式")
    if str(doc.get("format_version", FORMAT_VERSION)) != str(FORMAT_VERSION):
        raise PackError(
            f"format version {doc['format_version']} is not read", where=str(path), mend=f"known: {FORMAT_VERSION}",
            zh=f"不识别格式版本 {doc['format_version']}",
        )  # fmt: skip
    return doc


def _head(doc: Mapping[str, Any]) -> Head:
    texts = {key: str(doc.get(key) or "") for key in ("id", "system", "version", "region", "source", "licence")}
    if not texts["id"] and not texts["version"]:
        raise PackError("names neither id nor version", where="pack.json", zh="既无 id 也无 version")
    texts["id"] = texts["id"] or f"{texts['system']} {texts['version']}".strip()
    gaps = doc.get("known_gaps") or ()
    since, until = (_day(doc.get(key), key) for key in ("effective_from", "effective_to"))
    return Head(**texts, effective_from=since, effective_to=until, known_gaps=tuple(map(str, gaps)))


def _day(value: Any, key: str) -> date | None:
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        raise PackError(f"{key} is no date: {value!r}", where="pack.json", zh=f"{key} 不是日期：{value!r}") from None


def _modes(evaluation: Mapping[str, Any]) -> Modes:
    said = {key: evaluation.get(key, default) for key, default in _DEFAULTS.items()}
    for key, value in said.items():
        if value not in _EVALUATION[key]:
            known = ", ".join(_EVALUATION[key])
            raise PackError(
                f"{key} cannot be {value!r}", where="pack.json, evaluation", mend=f"known: {known}",
                zh=f"{key} 不能是 {value!r}", mend_zh=f"可用：{known}",
            )  # fmt: skip
    return Modes(no_drg=said["when_no_drg_matches"], nothing=said["when_nothing_matches"])


def _array(doc: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    rows = doc.get(key)
    if not isinstance(rows, list) or not rows or not all(isinstance(one, Mapping) and one.get("code") for one in rows):
        raise PackError(
            f"{key} must be an array of objects with a code",
            where="pack.json",
            zh=f"{key} 须为数组，每个元素有 code",
        )
    return rows


def _mdc(one: Mapping[str, Any], notes: list[CodeNote]) -> Mdc:
    code = str(one["code"])
    where = f"mdc {code}"
    said = one.get("ambiguous_when")
    ambiguous = None
    if said:
        before = said.get("before_adrg")
        if before is not None and before not in _codes(one, "adrgs", where):
            notes.append(CodeNote("ambiguous_before_unknown", where, str(before)))
        ambiguous = Ambiguity(
            read_condition(said.get("condition"), f"{where}, ambiguous_when"), before, str(said.get("result") or "QY")
        )
    return Mdc(
        code=code,
        order=_order(one, where),
        entry=read_condition(one.get("entry"), f"{where}, entry"),
        adrgs=_codes(one, "adrgs", where),
        ambiguous=ambiguous,
        name=str(one.get("name") or ""),
    )


def _adrg(one: Mapping[str, Any], names: Mapping[str, str]) -> Adrg:
    code = str(one["code"])
    where = f"adrg {code}"
    return Adrg(
        code=code,
        mdc=str(one.get("mdc") or ""),
        order=_order(one, where),
        kind=str(one.get("kind") or ""),
        entry=read_condition(one.get("entry"), f"{where}, entry"),
        drgs=_codes(one, "drgs", where),
        name=str(one.get("name") or names.get(code, "")),
        shadowed_by=str(one.get("shadowed_by") or ""),
    )


def _drg(one: Mapping[str, Any], names: Mapping[str, str]) -> Drg:
    code = str(one["code"])
    where = f"drg {code}"
    return Drg(
        code=code,
        adrg=str(one.get("adrg") or ""),
        order=_order(one, where),
        when=read_condition(one.get("when", "otherwise"), f"{where}, when"),
        name=str(one.get("name") or names.get(code, "")),
        shadowed_by=str(one.get("shadowed_by") or ""),
    )


def _order(one: Mapping[str, Any], where: str) -> int:
    value = one.get("order", 0)
    if not isinstance(value, int) or isinstance(value, bool):
        raise PackError(f"order is no whole number: {value!r}", where=where, zh=f"order 不是整数：{value!r}")
    return value


def _codes(one: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = one.get(key) or []
    if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
        raise PackError(f"{key} must be an array of codes", where=where, zh=f"{key} 须为编码数组")
    return tuple(value)


def _by_code(rows: Sequence[Any], what: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows:
        if row.code in found:
            raise PackError(f"{row.code} is there twice", where=what, zh=f"{row.code} 重复")
        found[row.code] = row
    return found


def _linked(mdcs: Sequence[Mdc], adrgs: Mapping[str, Adrg], drgs: Mapping[str, Drg]) -> None:
    """Every group that is to be tried must be there: without it nobody can say what comes of a case."""
    _by_code(mdcs, "mdc")
    missing = [(f"mdc {m.code}", code) for m in mdcs for code in m.adrgs if code not in adrgs]
    missing += [(f"adrg {a.code}", code) for a in adrgs.values() for code in a.drgs if code not in drgs]
    if missing:
        where, code = missing[0]
        raise PackError(f"names {code!r}, which is not there", where=where, zh=f"所列 {code!r} 不存在")


class _Tables:
    """The code tables beside pack.json: ``.csv`` or ``.csv.gz``, columns by name, rows in any order."""

    def __init__(self, folder: Path, notes: list[CodeNote]) -> None:
        self._folder, self._notes = folder, notes

    def lists(self) -> dict[str, Sequence[str]]:
        table = self._read("code_lists", ("list_id", "code")).sort_by("list_id")
        ids, codes = table["list_id"].combine_chunks(), table["code"].to_pylist()
        runs = pc.run_end_encode(ids)
        found: dict[str, Sequence[str]] = {}
        begin = 0
        for name, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
            found[name] = codes[begin:end]
            begin = end
        return found

    def complications(self) -> dict[str, tuple[str, str | None]]:
        table = self._read("cc", ("code", "level", "exclusion_table"))
        found: dict[str, tuple[str, str | None]] = {}
        for code, level, excluded in zip(*(column.to_pylist() for column in table.columns), strict=True):
            if level not in ("MCC", "CC"):
                self._notes.append(CodeNote("cc_level_unknown", f"cc {code}", level))
                continue
            said = (level, excluded or None)
            if found.setdefault(code, said) != said:
                self._notes.append(CodeNote("cc_twice", f"cc {code}", f"{found[code]}, {said}"))
        return found

    def exclusions(self) -> dict[str, tuple[str, ...]]:
        table = self._read("exclusions", ("principal_code", "exclusion_table"))
        found: dict[str, tuple[str, ...]] = {}
        for code, excluded in zip(*(column.to_pylist() for column in table.columns), strict=True):
            if code not in found:
                found[code] = (excluded,)
            elif excluded not in found[code]:
                found[code] += (excluded,)
        return found

    def pairs(self, name: str, key: str, value: str, *, optional: bool = False) -> dict[str, str]:
        """Rows as key -> value; of two rows with one key the first counts and the other is noted."""
        table = self._read(name, (key, value), optional)
        keys, values = (column.to_pylist() for column in table.columns)
        found = dict(zip(reversed(keys), reversed(values), strict=True))
        if len(found) < len(keys):
            for one, said in zip(keys, values, strict=True):
                if found[one] != said:
                    self._notes.append(CodeNote("key_twice", f"{name} {one}", said))
        return found

    def _read(self, name: str, columns: Sequence[str], optional: bool = False) -> pa.Table:
        path = next((p for s in (".csv.gz", ".csv") if (p := self._folder / f"{name}{s}").exists()), None)
        if path is None:
            if optional:
                return pa.table({column: pa.array([], pa.string()) for column in columns})
            raise PackError(f"there is no {name}.csv(.gz)", where=str(self._folder), zh=f"没有 {name}.csv(.gz)")
        try:
            with pa.CompressedInputStream(str(path), "gzip") if path.suffix == ".gz" else path.open("rb") as raw:
                options = pa_csv.ConvertOptions(
                    column_types={column: pa.string() for column in columns},
                    include_columns=list(columns),
                    strings_can_be_null=False,
                )
                table = pa_csv.read_csv(raw, convert_options=options)
        except (pa.ArrowException, KeyError, OSError) as error:
            raise PackError(
                f"cannot be read: {str(error).splitlines()[0]}", where=str(path),
                mend=f"columns: {', '.join(columns)}", zh=f"无法读取：{str(error).splitlines()[0]}",
            ) from error  # fmt: skip
        return table.combine_chunks()
