"""Result folders of the benefit commands: a ledger settled anew, and a reform compared with the policy of today."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from yibao import __version__
from yibao.benefits import PolicyBook
from yibao.benefits.load import Written
from yibao.benefits.reform import Reform, compare
from yibao.benefits.resettle import Resettled, resettle
from yibao.engine import DuckEngine
from yibao.ledger import Ledger
from yibao.runs.folder import ResultFolder, run_id, write_table
from yibao.runs.manifest import LawEntry, Manifest, fingerprint

Progress = Callable[[str, float, float], None]
#: Writes what people open into the unfinished folder.
Present = Callable[[Path], None]


@dataclass(frozen=True)
class Settlement:
    """A finished result folder of a re-settlement or a reform."""

    folder: Path
    manifest: Manifest


def settle_run(
    ledger: Ledger,
    book: PolicyBook,
    present: Callable[[Path, Resettled], None],
    *,
    as_of: datetime | None = None,
    progress: Progress | None = None,
) -> tuple[Settlement, Resettled]:
    """Settle a ledger anew into ``results/settle-<time>/``; ``present`` adds the files that people open."""
    clock = time.perf_counter()
    told = resettle(ledger, book, as_of=as_of, progress=progress)
    used = {key: (book.find(key), rows) for key, rows in told.summary.policies.items()}
    written = _write(ledger, "settle", clock, as_of, book, used, told.tables, lambda at: present(at, told), {})
    return written, told


def reform_run(
    ledger: Ledger,
    book: PolicyBook,
    present: Callable[[Path, Reform], None],
    *,
    after: Sequence[Written],
    before: Sequence[Written] = (),
    kinds: Sequence[str] = (),
    adjustment_ppm: int,
    as_of: datetime | None = None,
    progress: Progress | None = None,
) -> tuple[Settlement, Reform]:
    """Compare a reform with today into ``results/reform-<time>/``; parameters as of :func:`compare`."""
    clock = time.perf_counter()
    told = compare(
        ledger, book, after=after, before=before, kinds=kinds, adjustment_ppm=adjustment_ppm, as_of=as_of,
        progress=progress,
    )  # fmt: skip
    sides = {"before": told.before.policies, "after": told.after.policies}
    used = {
        f"{side}: {w.policy.key}": (w, told.compared)
        for side, of in sides.items()
        for found in of.values()
        for w in found
    }
    params = {"kinds": list(kinds), "adjustment_ppm": adjustment_ppm}
    written = _write(ledger, "reform", clock, as_of, book, used, told.tables, lambda at: present(at, told), params)
    return written, told


def _write(
    ledger: Ledger,
    kind: str,
    clock: float,
    as_of: datetime | None,
    book: PolicyBook,
    policies: Mapping[str, tuple[Written, int]],
    tables: Mapping[str, pa.Table],
    present: Present,
    params: Mapping[str, Any],
) -> Settlement:
    started = datetime.now().replace(microsecond=0)
    instant = as_of or ledger.last_recorded() or started
    manifest = Manifest(
        run_id=run_id(ledger, started, f"{kind}-"), started_at=started.isoformat(sep=" "), seconds=0, engine="duckdb",
        yibao_version=__version__, snapshot=str(ledger.snapshot_id), as_of=instant.isoformat(sep=" "),
        currency=ledger.currency, rooms=["benefits"], laws=_laws(policies, params),
        problems=[str(p) for p in book.problems],
    )  # fmt: skip
    with ResultFolder(ledger, manifest.run_id, latest=False) as work, DuckEngine() as engine:
        for name, table in tables.items():
            manifest.tables[name] = write_table(engine, ledger, name, [table], work.path)
        present(work.path)
        manifest.seconds = round(time.perf_counter() - clock, 3)
        manifest.write(work.path)
        work.commit()
        return Settlement(work.target, manifest)


def _laws(policies: Mapping[str, tuple[Written, int]], params: Mapping[str, Any]) -> dict[str, LawEntry]:
    """The policies that were used, with the hash of their text, as the manifest names laws."""
    return {
        name: LawEntry(
            version=w.policy.version, kind="policy", hash=w.hash,
            fingerprint=fingerprint({"law": w.hash, "params": params, "version": __version__}),
            params=dict(params), status="ran", seconds=0.0, rows=rows,
        )
        for name, (w, rows) in policies.items()
    }  # fmt: skip
