"""Takes a package into a ledger, through the ordinary ingest: all or nothing, and the same package only once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from yibao.engine.schema import Tables
from yibao.ledger import BatchReceipt, Ledger
from yibao.ledger.ingest import ingest
from yibao.ledger.regions import RegionTree
from yibao.ledger.sources import Chunk, Inputs
from yibao.sharing.journal import Journal, exchanging
from yibao.sharing.make import entry_of, source_name
from yibao.sharing.manifest import Manifest, check_columns
from yibao.sharing.receipts import receipt_of, save_receipt
from yibao.sharing.refusals import PackageRefused
from yibao.sharing.trust import own, packages_folder
from yibao.sharing.verify import Head, Progress, check_content, check_trust, read_head

_ROWS = 65_536


@dataclass(frozen=True)
class Received:
    """What receiving did: the receipt for the sender, and whether there was anything to do."""

    manifest: Manifest
    receipt: Mapping[str, Any]
    known: bool


def receive_package(
    package: Path,
    into: Ledger,
    *,
    accept_gap: bool = False,
    corrections: bool = False,
    progress: Progress | None = None,
) -> Received:
    """Check everything, then take the rows in as one batch whose source names the package.

    ``accept_gap`` takes it although one before it is missing; with ``corrections`` rows that contradict recorded ones
    take their place, otherwise they are quarantined.
    Raises :class:`PackageDamaged` or :class:`PackageRefused`; then the ledger is as before. A package that is in the
    ledger already changes nothing. A receiver that died is continued by the same call.
    """
    head = read_head(package, into)
    check_trust(head)
    manifest = head.manifest
    _for_us(into, manifest, str(package))
    check_columns(manifest, str(package))
    with exchanging(into) as journal:
        chain = _received(into, journal, manifest)
        if any(e["package"] == manifest.package and e["corrections"] >= corrections for e in chain):
            return Received(manifest, receipt_of(into, manifest, _batch(into, manifest)), known=True)
        _in_turn(chain, manifest, str(package), accept_gap)
        _same_pseudonyms(into, journal, manifest, str(package))
        batch = _batch(into, manifest)
        if batch is None or corrections > batch.corrections:
            _take(into, head, package, corrections, progress or _untold)
            into.refresh()
            batch = _batch(into, manifest)
        receipt = receipt_of(into, manifest, batch)
        save_receipt(into, receipt)
        journal.write("receive", entry_of(manifest) | {
            "batch": batch.batch_id if batch else None, "accept_gap": accept_gap, "corrections": corrections,
            "file": package.name, "key": head.fingerprint,
        })  # fmt: skip
    return Received(manifest, receipt, known=False)


def _take(ledger: Ledger, head: Head, package: Path, corrections: bool, progress: Progress) -> None:
    with tempfile.TemporaryDirectory(prefix="receive-", dir=packages_folder(ledger)) as work:
        files = check_content(head, Path(work), progress)
        _speaks_for_itself(head.manifest, files, str(package))
        source = PackageSource(head.manifest, files)
        ingest(package, source, ledger.path, progress=progress, corrections=corrections)


class PackageSource:
    """The checked files of a package as an ingest source."""

    def __init__(self, manifest: Manifest, files: Mapping[str, Path]) -> None:
        self.name = source_name(manifest.package)
        self.currency: str | None = manifest.currency
        self._manifest = manifest
        self._files = files

    def inputs(self, path: Path, tables: Tables) -> Inputs:  # noqa: ARG002 - the files were found and checked before
        return Inputs([_File(name, self._manifest, self._files[name]) for name in sorted(self._files)])


class _File:
    """One table of a package: an :class:`yibao.ledger.sources.Input`."""

    def __init__(self, table: str, manifest: Manifest, path: Path) -> None:
        about = manifest.tables[table]
        self.table, self.file, self.size = table, about.path, about.size
        self.fields: dict[str, str] = {column: column for column in about.columns}
        self._sha256, self._path = about.sha256, path

    def content(self) -> str:
        return self._sha256

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        with pq.ParquetFile(self._path) as file:
            seen, total = 0, file.metadata.num_rows
            for batch in file.iter_batches(_ROWS):
                done = self.size * (seen + batch.num_rows) // total - self.size * seen // total
                yield _piece(pa.Table.from_batches([batch]), seen, done)
                seen += batch.num_rows


def _piece(rows: pa.Table, seen: int, done: int) -> Callable[[], Chunk]:
    return lambda: Chunk(rows, np.arange(seen + 1, seen + 1 + rows.num_rows, dtype=np.int64), done=done)


def _for_us(ledger: Ledger, manifest: Manifest, where: str) -> None:
    mine, sender = own(ledger).region, manifest.sender.region
    if manifest.receiver.region != mine:
        raise PackageRefused(
            f"the package is for region {manifest.receiver.region}, this ledger belongs to {mine}",
            where=where,
            mend="send it on to whom it is for",
            zh=f"数据包发往区划 {manifest.receiver.region}，此账本属于 {mine}",
            mend_zh="请转交应收方",
        )
    tree = RegionTree.of(ledger)
    placed = mine in tree.ancestors(sender) if manifest.kind == "submission" else sender in tree.ancestors(mine)
    if not placed:
        side, zh = ("below", "下") if manifest.kind == "submission" else ("above", "上")
        raise PackageRefused(
            f"a {manifest.kind} comes from {side}, but {sender} is not {side} {mine} in this ledger's region tree",
            where=where,
            mend="take in a region.csv that has both, with `yibao ingest`",
            zh=f"此类数据包应来自{zh}级，但账本区划树中 {sender} 不在 {mine} 之{zh}",
            mend_zh="请用 `yibao ingest` 读入含两者的 region.csv",
        )


def _received(ledger: Ledger, journal: Journal, manifest: Manifest) -> list[dict[str, Any]]:
    """What the journal says was received of the sender's chain, without what a rollback has undone."""
    there = {batch.source for batch in ledger.batches()}
    chain = journal.received(manifest.sender.region, manifest.profile)
    return [e for e in chain if e["batch"] is None or source_name(e["package"]) in there]


def _batch(ledger: Ledger, manifest: Manifest) -> BatchReceipt | None:
    """The batch that a package made: the later one when it was taken again for its corrections."""
    name = source_name(manifest.package)
    return next((batch for batch in reversed(ledger.batches()) if batch.source == name), None)


def _in_turn(chain: Sequence[Mapping[str, Any]], manifest: Manifest, where: str, accept_gap: bool) -> None:
    """Refuse a package whose predecessor was not received."""
    known = [entry["package"] for entry in chain]
    if accept_gap or manifest.previous in known or manifest.package in known or not (chain or manifest.previous):
        return
    last = max(chain, key=lambda entry: int(entry["sequence"]), default=None)
    raise PackageRefused(
        f"this is package {manifest.sequence} and follows {manifest.previous or 'none'}; received last was "
        + (f"package {last['sequence']}, {last['package']}" if last else "none"),
        where=where,
        mend="receive the packages between first; --accept-gap takes it without them and says so in the journal",
        zh=f"这是第 {manifest.sequence} 个数据包，前一个应为 {manifest.previous or '无'}；最近收到的是"
        + (f"第 {last['sequence']} 个（{last['package']}）" if last else "无"),
        mend_zh="请先接收其间的数据包；--accept-gap 可跳过并记入台账",
    )


def _same_pseudonyms(ledger: Ledger, journal: Journal, manifest: Manifest, where: str) -> None:
    """People under pseudonyms and people under their ids, or under two secrets, would count twice in one ledger."""
    received = {source_name(e["package"]): e["pseudonyms"] for e in journal.entries if e["action"] == "receive"}
    for batch in ledger.batches():
        person = batch.tables.get("person")
        if person is None or not person.accepted:
            continue
        if received.get(batch.source) != manifest.pseudonyms:
            raise PackageRefused(
                "the people of this package are under other ids than those of the ledger (pseudonyms)",
                where=where,
                mend="take it into a ledger of its own",
                zh="数据包中的人员编号与账本不是同一套（化名）",
                mend_zh="请读入另一个账本",
            )


def _speaks_for_itself(manifest: Manifest, files: Mapping[str, Path], where: str) -> None:
    """What one side believes of a bill is worth nothing when the other side may write it."""
    if manifest.kind == "return" or "cross_region_bill" not in files:
        return
    said = pq.read_table(files["cross_region_bill"], columns=["reported_by"])["reported_by"].unique().to_pylist()
    if said != [manifest.sender.region]:
        raise PackageRefused(
            f"the package of {manifest.sender.region} holds bills reported by {', '.join(map(str, said))}",
            where=where,
            mend="the sender has to make the package again",
            zh=f"{manifest.sender.region} 的数据包含有 {'、'.join(map(str, said))} 的申报",
            mend_zh="请发送方重新制作",
        )


def _untold(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""
