"""People and institutions that are only mentioned: one row for each, made from the claims that name them.

A claim names its patient, a provider its own number; nobody sends them as records. What is said of one id in several
places is put together: a detail that is missing in one place is taken from the first that has it. Where two places
contradict each other, each version is a row of its own, and the ingest takes the first and quarantines the others.
"""

from __future__ import annotations

from collections.abc import Sequence

from yibao.ledger.sources import ROW_BITS


def mentions(name: str, told: str, firm: Sequence[str], loose: Sequence[str] = ()) -> str:
    """A statement that makes the table ``name`` (id, firm, loose, file, row) from the select ``told``.

    ``told`` gives id, file, row and the details. ``firm`` details contradict each other when they differ; ``loose``
    ones may change (an address), the first counts.
    """
    differs = " or ".join(f"min({detail}) <> max({detail})" for detail in firm)
    first = ", ".join(f"arg_min({detail}, place) as {detail}" for detail in (*firm, *loose))
    spread = "".join(f", {detail}" for detail in firm)
    rest = "".join(f", arg_min({detail}, place) as {detail}" for detail in loose)
    columns = ", ".join(("id", *firm, *loose))
    return f"""
create or replace table {name} as
with told as (select *, (cast(file as bigint) << {ROW_BITS}) + row as place from ({told}) where id is not null),
one as (select id, {first}, min(place) as place, coalesce({differs}, false) as differs from told group by id),
versions as (
  select id{spread}{rest}, min(place) as place
  from told where id in (select id from one where differs)
  group by id{spread}
)
select {columns}, cast(place >> {ROW_BITS} as int) as file, place & ((cast(1 as bigint) << {ROW_BITS}) - 1) as row
from (select {columns}, place from one where not differs union all select {columns}, place from versions)"""
