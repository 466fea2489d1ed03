"""A small correct law to break in every way a user might."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

RULE = dedent("""\
    id: X01
    version: "1"
    title: {zh: 大额明细, en: large line}
    question: {zh: 哪些明细金额过大, en: which lines are large}
    result: suspect
    stages: [audit]
    effective: {from: 2021-05-01}
    reads: [charge_line, charge_reversal]
    params:
      floor: {value: 10000, type: money, unit: fen, zh: 下限, en: floor}
    grain: {zh: 明细, en: line}
    signals:
      large: {zh: "净额 {value} 元", en: "net amount {value}", unit: fen}
    lead: {zh: 疑似金额过大, en: Suspected large amount}
    """)

BODY = dedent("""\
    with net as (
        select l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.charged_at,
            l.amount + coalesce(r.amount, 0) as amount
        from charge_line l
        left join charge_reversal r on r.line_id = l.line_id
        where l.reversed_line_id is null
    )
    select line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
        'large' as signal, amount as value, 'charge_line' as ref_table, line_id as ref_id,
        cast(null as varchar) as kp_id, amount, amount as fund_amount
    from net
    where amount > $floor
    """)

CASES = dedent("""\
    cases:
      - name: one large line
        kind: positive
        given:
          charge_line: [{line_id: l1, person_id: p1, amount: 12345, charged_at: 2025-01-01 10:00:00}]
        expect: [{finding_key: l1, amount: 12345, signals: {large: 12345}}]
      - name: refunded in full
        kind: lookalike
        given:
          charge_line:
            - {line_id: l1, person_id: p1, amount: 12345, charged_at: 2025-01-01 10:00:00}
            - {line_id: l2, person_id: p1, amount: -12345, reversed_line_id: l1, charged_at: 2025-01-02 10:00:00}
        expect: []
      - name: before the law was in force
        kind: edge
        given:
          charge_line: [{line_id: l1, person_id: p1, amount: 12345, charged_at: 2021-04-30 23:59:59}]
        expect: []
      - name: a lower floor
        kind: edge
        params: {floor: 100}
        given:
          charge_line: [{line_id: l1, person_id: p1, amount: 101, charged_at: 2025-01-01 10:00:00}]
        expect: [{finding_key: l1}]
    """)


@pytest.fixture
def law_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "laws" / "X01_large_line"
    folder.mkdir(parents=True)
    (folder / "rule.yaml").write_text(RULE, encoding="utf-8")
    (folder / "rule.sql").write_text(BODY, encoding="utf-8")
    (folder / "cases.yaml").write_text(CASES, encoding="utf-8")
    return folder
