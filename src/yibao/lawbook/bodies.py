"""The columns that a law's body returns, by kind of law, and how bodies become result rows."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

_T, _I, _D, _TS = pa.string(), pa.int64(), pa.date32(), pa.timestamp("us")

#: Kind of law -> the exact columns its body returns. A rule returns one row per piece of evidence.
BODY: Mapping[str, pa.Schema] = {
    "rule": pa.schema(
        [
            ("finding_key", _T), ("person_id", _T), ("institution_id", _T), ("encounter_id", _T), ("staff_id", _T),
            ("occurred_at", _TS), ("signal", _T), ("value", _I), ("ref_table", _T), ("ref_id", _T), ("kp_id", _T),
            ("amount", _I), ("fund_amount", _I),
        ]
    ),
    "quality": pa.schema(
        [
            ("occurred_on", _D), ("institution_id", _T), ("person_id", _T), ("ref_table", _T), ("ref_id", _T),
            ("column_name", _T), ("value", _T), ("amount", _I), ("row_count", _I), ("note_zh", _T), ("note_en", _T),
        ]
    ),
    "indicator": pa.schema(
        [
            ("subject_kind", _T), ("subject_id", _T), ("period_from", _D), ("period_to", _D), ("numerator", _I),
            ("denominator", _I), ("expected_ppm", _I), ("value_ppm", _I), ("lower_ppm", _I), ("upper_ppm", _I),
            ("note", _T),
        ]
    ),
}  # fmt: skip

#: Columns that a body may leave out, by kind of law, and what then stands for them: an issue is about one row of the
#: ledger, and its law's title says it all.
OPTIONAL: Mapping[str, Mapping[str, str]] = {
    "quality": {"row_count": "1", "note_zh": "cast(null as varchar)", "note_en": "cast(null as varchar)"},
}

_SQL_TYPES = {_T: "varchar", _I: "bigint", _D: "date", _TS: "timestamp"}


def typed_select(kind: str, body: str) -> str:
    """The body with every column in contract order and type."""
    columns = ", ".join(f"cast({f.name} as {_SQL_TYPES[f.type]}) as {f.name}" for f in BODY[kind])
    return f"select {columns} from ({body})"
