"""The two sides of a comparison: local codes that are in use or in a file, and the national list they may mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from yibao.engine import DuckEngine
from yibao.ledger.codes.coding import ITEMS
from yibao.ledger.codes.entries import Entries, entries
from yibao.ledger.codes.kinds import get_kind
from yibao.ledger.codes.source import CatalogueFile
from yibao.ledger.duck import connect
from yibao.ledger.storage import Ledger

#: Headings of local catalogues, besides those of published ones.
_LOCAL = {
    "code": (
        "院内编码",
        "本地编码",
        "医院编码",
        "机构编码",
        "院内代码",
        "自编码",
        "收费编码",
        "local code",
        "localcode",
    ),
    "name": ("院内名称", "本地名称", "医院名称", "收费项目", "收费名称", "品名", "local name"),
}
_MEDICINE = """
    name || case when dosage_form is not null and not contains(name, dosage_form) then dosage_form else '' end
    || coalesce(' ' || specification, '') as name,
    coalesce(
        brand_name || coalesce(dosage_form, '') || coalesce(' ' || specification, ''),
        name_en || coalesce(' ' || specification, '')
    ) as alias
"""


def in_use(engine: DuckEngine, kind: str, institution: str | None) -> Entries:
    """Codes in use that are neither national nor mapped, with their most frequent name and how they are used."""
    rows = engine.execute(
        """
        with open_codes as (
            select institution_id, from_system, code, cast(sum(row_count) as bigint) as n,
                cast(sum(money) as bigint) as m
            from coded
            where state not in ('national', 'mapped') and ($institution is null or institution_id = $institution)
            group by institution_id, from_system, code
        ),
        named as (
            select u.*, row_number() over (
                partition by institution_id, from_system, code order by row_count desc, name, list_type, charge_type
            ) as place
            from (
                select institution_id, from_system, code, name, list_type, charge_type,
                    cast(sum(row_count) as bigint) as row_count
                from uses group by all
            ) u
        ),
        used as (
            select institution_id, from_system, code, cast(sum(money) as bigint) as money,
                cast(sum(quantity) as bigint) as quantity, cast(sum(male) as bigint) as male,
                cast(sum(female) as bigint) as female, min(youngest) as youngest, max(oldest) as oldest,
                cast(sum(mains) as bigint) as mains
            from uses group by all
        )
        select o.institution_id, o.from_system, o.code, n.name, n.list_type, n.charge_type,
            case when u.quantity > 0 and u.money > 0 then u.money * 10000000 // u.quantity end as price,
            u.male, u.female, u.youngest as age_from, u.oldest as age_to, u.mains > 0 as main, o.n as rows, o.m as money
        from open_codes o
        join named n on n.place = 1 and n.code = o.code and n.from_system = o.from_system
            and n.institution_id is not distinct from o.institution_id
        join used u on u.code = o.code and u.from_system = o.from_system
            and u.institution_id is not distinct from o.institution_id
        order by o.m desc, o.institution_id, o.code
        """,
        {"institution": institution},
    )
    return entries(kind, rows)


def in_file(
    kind: str, path: Path, institution: str | None, currency: str, named: Mapping[str, str], sheet: str | None
) -> Entries:
    """Codes of a local catalogue file; ``institution`` is whose they are (None: everybody's)."""
    about = get_kind(kind)
    synonyms = dict(about.synonyms)
    for column, words in ((about.code, _LOCAL["code"]), ("name", _LOCAL["name"])):
        synonyms[column] = (*synonyms.get(column, ()), *words)
    edition = {"version": "local"} if kind != "item" else {"valid_from": "2000-01-01"}
    file = CatalogueFile(replace(about, synonyms=synonyms, needs=("name",)), path, edition, named, sheet)
    columns = f"{_MEDICINE}, list_type, charge_type, pricing_unit as unit, unit_price as price"
    with connect() as engine:
        engine.register("typed", file.typed(currency))
        columns = columns if kind == "item" else "name"
        rows = engine.execute(
            f"select $institution as institution_id, {about.code} as code, {columns} from typed "
            f"where {about.code} is not null and name is not null "
            f"qualify row_number() over (partition by {about.code} order by _at) = 1 order by _at",
            {"institution": institution},
        ).to_arrow_table()
    return entries(kind, rows)


def national(ledger: Ledger, kind: str, edition: str) -> Entries:
    """The national list of an edition; of an item its latest span, if it had not ended when the last span began."""
    if kind == "item":
        columns = (
            f"item_code as code, {_MEDICINE}, list_type, charge_type, pricing_unit as unit, "
            "coalesce(unit_price, ceiling_price) as price"
        )
        chosen = "qualify row_number() over (partition by item_code order by valid_from desc) = 1"
        where = "where coalesce(valid_to, date '9999-12-31') > (select max(valid_from) from catalogue_item)"
        table, params = "catalogue_item", {}
        assert edition == ITEMS
    else:
        ages = "age_from_days as age_from, age_to_days as age_to" if kind == "diagnosis" else "null as age_from"
        columns = f"code, name, name_en as alias, sex, is_gray as gray, {ages}"
        table, where, chosen, params = f"code_{kind}", "where version = $edition", "", {"edition": edition}
    with DuckEngine() as engine:
        ledger.attach(engine, only=[table])
        found = engine.execute(f"select {columns} from {table} {where} {chosen} order by code", params or None)
    return entries(kind, found)
