"""Makes a package: what goes up to the level above, or back to a level below."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from yibao.ledger import Ledger
from yibao.ledger.regions import RegionTree
from yibao.sharing.archive import write_archive
from yibao.sharing.extract import Extract, Progress
from yibao.sharing.journal import Journal, exchanging
from yibao.sharing.keys import PrivateKey
from yibao.sharing.manifest import Manifest, Party, contracts_hash
from yibao.sharing.profiles import Profile, load_profile
from yibao.sharing.pseudonyms import secret_id
from yibao.sharing.refusals import NotMade
from yibao.sharing.scope import Selection
from yibao.sharing.trust import own, packages_folder


@dataclass(frozen=True)
class Order:
    """What package is asked for.

    ``profile`` None is that of the kind; ``tables`` narrows it. ``after`` names the package of this chain after which
    to begin again (default: the last one), ``everything`` begins at the beginning. ``since`` and ``until`` bound the
    days of what happened. ``secret`` is for profiles with pseudonyms.
    """

    receiver: str
    profile: str | None = None
    purpose: str = ""
    tables: Sequence[str] = ()
    scope: str | None = None
    after: str | None = None
    everything: bool = False
    since: date | None = None
    until: date | None = None
    secret: bytes | None = None

    @property
    def partial(self) -> bool:
        """Whether rows are left out that the chain would otherwise send; such a package does not count as sent."""
        return bool(self.tables or self.scope or self.since or self.until)


@dataclass(frozen=True)
class Made:
    """A package as it was made; ``sha256`` is of the whole file, ``persons`` counts the people in it."""

    path: Path
    manifest: Manifest
    sha256: str
    persons: int


def make_package(
    ledger: Ledger,
    order: Order,
    out: Path,
    key: PrivateKey,
    progress: Progress | None = None,
    created_at: datetime | None = None,
) -> Made | None:
    """Write a signed package to ``out`` (a file, or a directory in which it is named after itself).

    None when there is nothing new to send. The ledger's journal holds what left before the file bears its name.
    """
    mine = own(ledger)
    if mine.region != key.public.region:
        raise _not_made(
            f"the key speaks for region {key.public.region}, the ledger belongs to {mine.region}",
            f"密钥属于区划 {key.public.region}，账本属于 {mine.region}",
        )
    tree = RegionTree.of(ledger)
    kind = _kind(tree, mine.region, order.receiver)
    profile = load_profile(order.profile or kind)
    if out.exists() and not out.is_dir():
        raise _not_made(f"{out} exists already", f"{out} 已存在")
    with exchanging(ledger) as journal:
        considered = _batches(ledger, journal, order, profile)
        chosen = _without_theirs(ledger, journal, considered, tree, order.receiver) if kind == "return" else considered
        if not chosen:
            return None
        with tempfile.TemporaryDirectory(prefix="make-", dir=packages_folder(ledger)) as work:
            below = tree.below(order.receiver)
            scope = tree.below(order.scope) if order.scope else below if kind == "return" else None
            theirs = below if kind == "submission" else None
            selection = Selection(chosen, tree.below(mine.region), theirs, scope, order.since, order.until)
            extract = Extract(ledger, profile, order.tables, selection, mine.region, order.secret)
            tables, left, persons = extract.write(Path(work), progress or _untold)
            if not tables:
                return None
            chain = journal.made(order.receiver, profile.profile)
            at = (created_at or datetime.now()).replace(microsecond=0)
            manifest = Manifest(
                package="-", kind=kind, profile=profile.profile, level=profile.level(extract.tables),
                purpose=order.purpose or f"{profile.title.zh} · {profile.title.en}",
                pseudonyms=secret_id(order.secret) if profile.pseudonym and order.secret else None,
                sender=Party(region=mine.region, name=key.public.name),
                receiver=Party(region=order.receiver, name=tree.regions[order.receiver].name),
                scope=order.scope or (order.receiver if kind == "return" else None),
                since=order.since.isoformat() if order.since else None,
                until=order.until.isoformat() if order.until else None,
                sequence=len(chain) + 1, previous=chain[-1]["package"] if chain else None, partial=order.partial,
                created_at=at.isoformat(sep=" "), yibao=version("yibao"), contracts=contracts_hash(),
                currency=ledger.currency, snapshot=ledger.snapshot_id, batches=list(chosen),
                corrections=any(b.corrections for b in ledger.batches() if b.batch_id in chosen),
                tables=tables, left=left,
            )  # fmt: skip
            manifest = manifest.model_copy(update={"package": _id(manifest)})
            return _publish(journal, manifest, considered, persons, out, key, Path(work))


def _publish(
    journal: Journal,
    manifest: Manifest,
    considered: Sequence[str],
    persons: int,
    out: Path,
    key: PrivateKey,
    work: Path,
) -> Made:
    target = out / f"{manifest.package}.tar" if out.is_dir() else out
    draft = target.with_name(f".{target.name}.part")
    files = [(t.path, work / f"{name}.parquet") for name, t in sorted(manifest.tables.items())]
    try:
        digest = write_archive(draft, manifest.to_bytes(), key, files)
        # The journal first: a package may be missing that is in it, but none may be about that is not.
        journal.write("make", entry_of(manifest) | {
            "batches": list(considered), "persons": persons, "file": target.name, "sha256": digest,
            "key": key.public.fingerprint,
        })  # fmt: skip
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return Made(target, manifest, digest, persons)


def entry_of(manifest: Manifest) -> dict[str, Any]:
    """What the journal says of a package, whoever writes it."""
    return {
        "package": manifest.package, "kind": manifest.kind, "profile": manifest.profile, "purpose": manifest.purpose,
        "level": manifest.level, "pseudonyms": manifest.pseudonyms, "sender": manifest.sender.region,
        "receiver": manifest.receiver.region, "sequence": manifest.sequence, "previous": manifest.previous,
        "partial": manifest.partial, "scope": manifest.scope, "since": manifest.since, "until": manifest.until,
        "rows": {name: table.rows for name, table in sorted(manifest.tables.items())},
        "columns": {name: sorted(table.columns) for name, table in sorted(manifest.tables.items())},
    }  # fmt: skip


def _kind(tree: RegionTree, sender: str, receiver: str) -> Literal["submission", "return"]:
    for code in (sender, receiver):
        if code not in tree:
            raise NotMade(
                f"region {code} is not in the ledger's region tree",
                mend="take in a region.csv that has it, with `yibao ingest`",
                zh=f"区划 {code} 不在账本的区划树中",
                mend_zh="请用 `yibao ingest` 读入含此区划的 region.csv",
            )
    if receiver in tree.ancestors(sender):
        return "submission"
    if sender in tree.ancestors(receiver):
        return "return"
    raise NotMade(
        f"region {receiver} lies neither above nor below {sender}",
        mend="regions side by side exchange through the one above both",
        zh=f"区划 {receiver} 既不在 {sender} 之上，也不在其下",
        mend_zh="平级区划经共同上级交换",
    )


def _batches(ledger: Ledger, journal: Journal, order: Order, profile: Profile) -> list[str]:
    """Batches that the chain has not sent yet, oldest first; packages of a part of the rows do not count as sent."""
    there = [batch.batch_id for batch in ledger.batches()]
    if order.everything or order.partial:
        return there
    chain = journal.made(order.receiver, profile.profile)
    if order.after is not None:
        known = [entry["package"] for entry in chain]
        if order.after not in known:
            raise NotMade(
                f"no package {order.after} was made for {order.receiver}",
                mend=f"known: {', '.join(known[-3:])}" if known else "leave --after out",
                zh=f"没有发给 {order.receiver} 的数据包 {order.after}",
                mend_zh=f"已有：{', '.join(known[-3:])}" if known else "请不加 --after",
            )
        chain = chain[: known.index(order.after) + 1]
    sent = {batch for entry in chain if not entry["partial"] for batch in entry["batches"]}
    return [batch for batch in there if batch not in sent]


def _without_theirs(
    ledger: Ledger, journal: Journal, batches: Sequence[str], tree: RegionTree, receiver: str
) -> list[str]:
    """Without what the receiver, or a region below it, sent up itself."""
    below = tree.below(receiver)
    received = (e for e in journal.entries if e["action"] == "receive")
    theirs = {source_name(e["package"]) for e in received if e["sender"] in below}
    sources = {batch.batch_id: batch.source for batch in ledger.batches()}
    return [batch for batch in batches if sources[batch] not in theirs]


def source_name(package: str) -> str:
    """The source of the batch in which a package was taken in."""
    return f"package {package}"


def _id(manifest: Manifest) -> str:
    digest = hashlib.sha256(manifest.to_bytes()).hexdigest()[:8]
    return f"{manifest.sender.region}-{manifest.receiver.region}-{manifest.profile}-{manifest.sequence:04d}-{digest}"


def _not_made(what: str, zh: str) -> NotMade:
    return NotMade(what, mend="use another key, ledger or file", zh=zh, mend_zh="请换密钥、账本或文件")


def _untold(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""
