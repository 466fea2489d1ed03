"""What a run takes over from the one before: the rows of each law whose body, parameters and inputs are the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from yibao import __version__
from yibao.casemix import Grouping
from yibao.casemix.kernel import READS
from yibao.engine.portable import derived_order, derived_sources
from yibao.lawbook import Law, Outcome, bind
from yibao.ledger import Ledger
from yibao.runs.manifest import Manifest, fingerprint, latest_run
from yibao.runs.rooms import ROOMS


@dataclass(frozen=True)
class Reading:
    """How a run reads: the ledger as it stood at ``as_of`` (``None``: as it stands), judged at ``instant``, on an
    engine. That engines agree is proved by comparing their results, which would prove nothing if one took over those
    of the other: so the engine is part of every fingerprint.
    """

    ledger: Ledger
    as_of: datetime | None
    instant: datetime
    engine: str

    def print_of(self, law: Law, grouped: str) -> str:
        """Of everything that a law's rows depend on; ``grouped`` is the fingerprint of the groups it may read."""
        params = bind(law, self.instant)
        if "as_of" not in law.bound and law.kernel is None:
            params.pop("as_of")  # the instant does not matter to this law
        contracts = self.ledger.tables()
        inputs: dict[str, Any] = {name: self._inputs(name) for name in sorted(law.tables)}
        if "case_group" in inputs:
            inputs["case_group"] = grouped
        if law.text.kind == "rule":
            inputs["exemption"] = self._inputs("exemption")
        return fingerprint(
            {
                "law": law.hash, "params": params, "version": __version__, "engine": self.engine, "inputs": inputs,
                "derived": {name: contracts[name].sql for name in derived_order(law.tables, contracts)},
            }
        )  # fmt: skip

    def print_of_groups(self, grouping: Grouping | None) -> str:
        """Of everything that the groups of stays depend on; empty where there are none."""
        if grouping is None:
            return ""
        inputs = {name: self._inputs(name) for name in sorted(READS)}
        parts = {"grouping": grouping.fingerprint, "inputs": inputs, "version": __version__, "engine": self.engine}
        return fingerprint(parts)

    def _inputs(self, name: str) -> dict[str, list[str]]:
        """Batches by stored table; not files, because compaction changes these and no result."""
        contracts = self.ledger.tables()
        derived = contracts[name].kind == "derived"
        stored = sorted(derived_sources(name, contracts)) if derived else [name]
        return {table: self.ledger.sources(table, self.as_of) for table in stored}


@dataclass(frozen=True)
class Prints:
    """Fingerprints by law key: of the laws that speak, of those that run ``grey`` beside them, and of the groups."""

    laws: dict[str, str]
    grey: dict[str, str]
    groups: str


class Previous:
    """The latest complete run of a ledger, or the lack of one."""

    def __init__(self, ledger: Ledger) -> None:
        self.folder: Path | None = latest_run(ledger.path)
        self.manifest: Manifest | None = Manifest.read(self.folder) if self.folder else None

    def is_the_same(self, prints: Prints, problems: list[str], rooms: list[str]) -> bool:
        """Whether nothing would come out differently."""
        if self.manifest is None:
            return False
        manifest = self.manifest
        old = {key: entry.fingerprint for key, entry in manifest.laws.items() if entry.status != "failed"}
        beside = {key: entry.fingerprint for key, entry in manifest.shadow.items() if entry.status != "failed"}
        return (
            old == prints.laws and beside == prints.grey and manifest.grouping.get("fingerprint", "") == prints.groups
            and manifest.problems == problems and manifest.rooms == rooms
        )  # fmt: skip

    def has(self, law: Law, prints: Prints) -> bool:
        """Whether it has the results of a law: same law, same inputs."""
        if self.manifest is None:
            return False
        known = self.manifest.laws
        # Result rows name the law, not its version: of a law with several versions nothing can be taken over.
        alone = sum(key.partition("@")[0] == law.id for key in {*known, *prints.laws, *prints.grey}) == 1
        old = known.get(law.key)
        same = old is not None and old.fingerprint == prints.laws[law.key] and old.status not in ("failed", "lacking")
        return alone and same

    def outcome(self, law: Law) -> Outcome:
        """The rows that it has of a law."""
        assert self.folder is not None and self.manifest is not None, "asked of what has() answers only"
        tables = {}
        for name in ROOMS[law.runs_in].writes:
            path = self.folder / f"{name}.parquet"
            if path.exists():
                rows = pq.read_table(path, filters=[("law_id", "=", law.id)])
                if rows.num_rows:
                    tables[name] = rows
        return Outcome(law, "skipped", 0.0, self.manifest.laws[law.key].rows, tables)
