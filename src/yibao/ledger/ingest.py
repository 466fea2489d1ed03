"""Raw files into the ledger: one batch, all or nothing, every row and every fen accounted for.

rows in = accepted + quarantined + duplicates, per file and per table; see :mod:`yibao.ledger.batch`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from yibao.ledger.batch import Batch, Gate, Progress
from yibao.ledger.contracts import load_contracts
from yibao.ledger.founding import create_ledger, discard_ledger, open_ledger
from yibao.ledger.memory import MemoryInput
from yibao.ledger.receipts import BatchReceipt
from yibao.ledger.refusals import LedgerError, WrongCurrency
from yibao.ledger.report import IngestReport
from yibao.ledger.sources import Inputs, Source, get_source
from yibao.ledger.storage import Ledger


def ingest(
    path: Path | str,
    source: str | Source,
    into: Path | str,
    currency: str | None = None,
    progress: Progress | None = None,
    recorded_at: datetime | None = None,
    corrections: bool = False,
    gate: Gate | None = None,
) -> IngestReport:
    """Take the files of ``path`` into the ledger ``into``, which is created when there is none.

    ``source`` names an installed source, or is one.
    Raises a :class:`yibao.errors.YibaoError` for input that is refused as a whole; then the ledger is as before. Rows
    that do not fit are quarantined. ``recorded_at`` (default: now) may not lie before the ledger's last batch. With
    ``corrections`` a row that contradicts a recorded one takes its place from then on; otherwise it is quarantined.
    What ``gate`` raises before the batch is published, and ``progress`` at any time, ends it without a trace.
    """
    origin = get_source(source) if isinstance(source, str) else source
    inputs = origin.inputs(Path(path), load_contracts())
    if inputs.needs_currency and currency is None:
        raise _no_currency(origin.name)
    place = Path(into)
    created = not (place / "ledger.json").exists()
    stated = origin.currency or inputs.currency
    ledger = _ledger(place, created, currency or stated)
    try:
        if stated and stated != ledger.currency:
            raise _other_currency(place, ledger.currency, stated)
        return Batch(ledger, origin.name, inputs, progress, corrections=corrections, gate=gate).run(recorded_at)
    except BaseException:
        if created:
            discard_ledger(place)
        raise


def append(ledger: Ledger, tables: Mapping[str, pa.Table], source: str) -> BatchReceipt:
    """See :meth:`Ledger.append`."""
    ledger.writable()
    contracts = ledger.tables()
    unknown = [name for name in tables if name not in contracts or contracts[name].kind != "fact"]
    if unknown:
        raise LedgerError(f"{unknown[0]!r} is no table of facts")
    inputs = Inputs([MemoryInput(name, rows) for name, rows in tables.items()])
    batch = Batch(ledger, source, inputs, None, strict=True)
    report = batch.run(None)
    if batch.receipt is None:
        raise LedgerError("the ledger has these rows already", where=", ".join(report.tables))
    return batch.receipt


def _ledger(place: Path, created: bool, currency: str | None) -> Ledger:
    if created:
        return create_ledger(place, currency or "CNY")
    ledger = open_ledger(place)
    if currency and currency != ledger.currency:
        raise _other_currency(place, ledger.currency, currency)
    return ledger


def _no_currency(source: str) -> WrongCurrency:
    return WrongCurrency(
        "the files do not say in which currency their amounts are",
        where=f"source {source}",
        mend="give it with --currency, such as --currency TZS",
        zh="文件没有写明金额的币种",
        mend_zh="请用 --currency 指定，如 --currency TZS",
    )


def _other_currency(place: Path, kept: str, given: str) -> WrongCurrency:
    return WrongCurrency(
        f"the ledger is in {kept}, not in {given}",
        where=str(place),
        mend="use another ledger",
        zh=f"账本币种是 {kept}，不是 {given}",
        mend_zh="请换一个账本",
    )
