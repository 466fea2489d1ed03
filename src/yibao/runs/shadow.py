"""Grey laws run beside those in force: their findings go to ``shadow/`` of the run and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from yibao.engine import Engine
from yibao.lawbook import Law, Outcome, run_law
from yibao.ledger import Ledger
from yibao.runs.folder import write_table
from yibao.runs.manifest import fingerprint
from yibao.supervision.lifecycle.register import Standing

#: The folder inside a run, and the tables in it.
SHADOW, TABLES = "shadow", ("finding", "finding_ref")


def shadow_print(print_: str, standing: Standing) -> str:
    """The fingerprint of a grey law: of its rows, that it ran grey, and where."""
    return fingerprint({"grey": print_, "regions": list(standing.regions)})


def run_shadow(
    engine: Engine, ledger: Ledger, laws: Sequence[Law], grey: Mapping[str, Standing], instant: datetime, folder: Path
) -> dict[str, Outcome]:
    """Run grey laws within their regions and write their rows; the outcomes by law key."""
    outcomes = {law.key: _inside(engine, run_law(engine, law, instant), grey[law.key].regions) for law in laws}
    at = folder / SHADOW
    at.mkdir()
    for name in TABLES:
        write_table(engine.local, ledger, name, [o.tables[name] for o in outcomes.values() if name in o.tables], at)
    return outcomes


def _inside(engine: Engine, outcome: Outcome, regions: Sequence[str]) -> Outcome:
    """The findings at institutions whose region code begins with one of ``regions`` (none: everywhere)."""
    if not regions or outcome.status == "failed":
        return outcome
    rows = engine.execute("select institution_id, region_code from institution").to_pylist()
    places = [r["institution_id"] for r in rows if str(r["region_code"] or "").startswith(tuple(regions))]
    finding, refs = outcome.tables["finding"], outcome.tables["finding_ref"]
    finding = finding.filter(pc.is_in(finding["institution_id"], value_set=pa.array(places, pa.string())))
    refs = refs.filter(pc.is_in(refs["finding_id"], value_set=finding["finding_id"].combine_chunks()))
    return Outcome(
        outcome.law, outcome.status, outcome.seconds, finding.num_rows, {"finding": finding, "finding_ref": refs}
    )
