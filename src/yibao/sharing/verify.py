"""Checks a package: signature, form, every byte, and whether its tables are what the manifest says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from yibao.engine import DuckEngine, content_hash
from yibao.engine.schema import TYPES
from yibao.ledger import Ledger
from yibao.ledger.contracts import load_contracts
from yibao.sharing.archive import Sealed, open_archive, unpack
from yibao.sharing.keys import PublicKey, fingerprint
from yibao.sharing.manifest import Manifest, PackageTable, read_manifest
from yibao.sharing.refusals import PackageDamaged, PackageRefused
from yibao.sharing.trust import find_trusted

#: Told as (stage, done, total).
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Head:
    """Manifest of a package whose signature holds; ``trusted`` is its key if the ledger asked trusts it."""

    sealed: Sealed
    manifest: Manifest
    trusted: PublicKey | None

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.sealed.key)


def read_head(package: Path, ledger: Ledger | None = None) -> Head:
    """The manifest, without looking at the tables. Raises :class:`PackageDamaged` and :class:`PackageRefused`."""
    sealed = open_archive(package)
    manifest = read_manifest(sealed.manifest, str(package))
    return Head(sealed, manifest, find_trusted(ledger, sealed.key) if ledger is not None else None)


def check_trust(head: Head) -> None:
    """Refuse a package whose signer is not trusted here, or not for the region that it names as sender."""
    package = str(head.sealed.package)
    if head.trusted is None:
        sender = head.manifest.sender
        raise PackageRefused(
            f"signed with a key that is not trusted here: {head.fingerprint} (says: {sender.name}, {sender.region})",
            where=package,
            mend="ask the sender for its .pub file, compare the fingerprint by telephone, then `yibao keys trust`",
            zh=f"签名密钥未被信任：{head.fingerprint}（自称 {sender.name}，{sender.region}）",
            mend_zh="请向发送方索取 .pub 文件，电话核对指纹，再用 `yibao keys trust` 信任",
        )
    if head.trusted.region != head.manifest.sender.region:
        raise PackageRefused(
            f"the key is trusted for region {head.trusted.region}, the package says it is from "
            f"{head.manifest.sender.region}",
            where=package,
            mend="ask the sender which of the two is right",
            zh=f"此密钥受信任的区划为 {head.trusted.region}，数据包自称来自 {head.manifest.sender.region}",
            mend_zh="请与发送方核实",
        )


def check_content(head: Head, folder: Path, progress: Progress) -> Mapping[str, Path]:
    """Unpack into ``folder`` and compare every table with the manifest. Returns the Parquet file of each table."""
    manifest = head.manifest
    paths = unpack(head.sealed, manifest.members(), folder, lambda done, total: progress("unpack", done, total))
    found = {}
    with DuckEngine(temp=folder) as engine:
        for number, (name, table) in enumerate(sorted(manifest.tables.items())):
            progress("compare", number, len(manifest.tables))
            found[name] = paths[table.path]
            _compare(engine, name, table, found[name], head.sealed.package)
    progress("compare", len(manifest.tables), len(manifest.tables))
    return found


def _compare(engine: DuckEngine, name: str, table: PackageTable, path: Path, package: Path) -> None:
    try:
        about = pq.read_metadata(path)
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError):
        raise _differs(package, table, "it is no Parquet file", "不是 Parquet 文件") from None
    wanted = {column: TYPES[kind][1] for column, kind in table.columns.items()}
    if {field.name: field.type for field in schema} != wanted:
        raise _differs(package, table, "its columns are not those of the manifest", "列与清单不符")
    if about.num_rows != table.rows:
        raise _differs(
            package, table, f"{about.num_rows:,} rows, not {table.rows:,}", f"行数 {about.num_rows:,} 与清单不符"
        )
    engine.register("_received", [path])
    money = load_contracts()[name].money
    if money in table.columns:
        sums = engine.execute(f"select cast(coalesce(sum({money}), 0) as bigint) as money from _received").to_pylist()
        if sums[0]["money"] != table.money:
            raise _differs(package, table, f"money {sums[0]['money']}, not {table.money}", "金额合计与清单不符")
    if content_hash(engine, "_received") != table.content:
        raise _differs(package, table, "its content is not that of the manifest", "内容与清单不符")


def _differs(package: Path, table: PackageTable, what: str, zh: str) -> PackageDamaged:
    return PackageDamaged(
        f"not what its sender's manifest says: {what}",
        where=f"{package}: {table.path}",
        mend="the sender has to make the package again",
        zh=f"与发送方清单不符：{zh}",
        mend_zh="请发送方重新制作",
    )
