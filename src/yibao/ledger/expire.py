"""Drops old snapshots and deletes the files that no kept snapshot names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from yibao.ledger.snapshot import read_snapshot, remove_leftovers, snapshot_numbers, sync_folders


@dataclass(frozen=True)
class Expired:
    """Numbers of the snapshots that were dropped, and the data files, with their bytes, that went with them."""

    snapshots: tuple[int, ...] = ()
    files: int = 0
    bytes: int = 0


def expire(root: Path, keep: int | None = None, before: datetime | None = None) -> Expired:
    """Drop all snapshots but the last ``keep``, or those made before a moment; the current one always stays.

    Call it as the only writer, with a draft open: should the process be killed, the draft's directory tells the next
    writer to finish.
    """
    *older, _ = snapshot_numbers(root)
    gone: list[int] = []
    if keep is not None:
        gone = older[: max(0, len(older) + 1 - keep)]
    elif before is not None:
        made = {number: read_snapshot(root, number).made_at for number in older}
        gone = [number for number in older if (made[number] or datetime.min) < before]
    if not gone:
        return Expired()
    # First the snapshots and then, when that is durable, the files: no snapshot ever names a file that is gone.
    sync_folders([root])
    for number in gone:
        (root / "snapshots" / f"{number}.json").unlink()
    sync_folders([root / "snapshots"])
    files, freed = remove_leftovers(root)
    return Expired(tuple(gone), files, freed)
