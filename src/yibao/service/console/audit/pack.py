"""The evidence pack of a clue: a page that stands alone, tables as CSV, and a manifest with the hash of every file."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from yibao.presentation.workbook import Field, write_csv
from yibao.service.console.audit.evidence import Case

_FINDINGS = (
    Field("finding_id", "命中编号", "finding"),
    Field("law_id", "规则", "law"),
    Field("person_id", "人员编号", "person"),
    Field("explanation_zh", "说明", "explanation (Chinese)", "long", 60),
    Field("explanation_en", "英文说明", "explanation", "long", 60),
    Field("fund_amount", "涉及基金", "fund money", "money"),
)
_LINES = (
    Field("finding_id", "命中编号", "finding"), Field("signal", "信号", "signal"), Field("ref_table", "表", "table"),
    Field("ref_id", "主键", "key"), Field("value", "信号值", "value"), Field("amount", "涉及费用", "money", "money"),
    Field("fund_amount", "涉及基金", "fund money", "money"),
    Field("row", "账本记录", "row of the ledger", "long", 80),
)  # fmt: skip
_EVENTS = (
    Field("sequence", "序号", "no.", "count"), Field("acted_at", "时间", "time"), Field("act", "办理", "act"),
    Field("from_state", "原状态", "from"), Field("to_state", "新状态", "to"), Field("actor_id", "操作人", "actor"),
    Field("role", "角色", "role"), Field("reason", "理由", "reason", "long"), Field("note", "说明", "note", "long"),
    Field("hash", "校验值", "hash of the event", width=66),
)  # fmt: skip


def pack(case: Case, page: str, history: Sequence[Mapping[str, Any]], by: str, at: datetime) -> bytes:
    """The ZIP. ``page`` is the evidence page as HTML with its style inside."""
    lines = [
        {**ref, "row": json.dumps(_plain(case.rows.get(ref)), ensure_ascii=False, default=str)}
        for refs in case.refs.values() for ref in refs
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        parts = {"evidence.html": page.encode()}
        for name, fields, rows in (("lines.csv", _LINES, lines), ("findings.csv", _FINDINGS, case.clue["findings"]),
                                   ("events.csv", _EVENTS, history)):  # fmt: skip
            path = Path(folder) / name
            write_csv(path, fields, rows, case.service.ledger.currency)
            parts[name] = path.read_bytes()
    manifest = {
        "clue_id": case.clue["clue_id"],
        "laws": [law.key for law in case.laws],
        "state": case.clue["state"],
        "claimed_fen": case.clue["claimed"],
        "made_at": at.isoformat(timespec="seconds"),
        "made_by": by,
        "run": case.manifest.run_id if case.manifest is not None else None,
        "files": {
            name: {"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)} for name, body in parts.items()
        },
    }
    parts["manifest.json"] = json.dumps(manifest, ensure_ascii=False, indent=2).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return out.getvalue()


def _plain(row: Mapping[str, Any] | None) -> dict[str, Any]:
    """A row of the ledger without what names the person beyond his number."""
    never = {"name", "id_number", "phone", "address", "recorded_at", "batch_id"}
    return {key: value for key, value in (row or {}).items() if key not in never and value is not None}
