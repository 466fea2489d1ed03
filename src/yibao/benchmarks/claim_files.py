"""Claims as FHIR and X12 for measuring: plausible in shape and size, of no meaning; written by SQL over a range."""

from __future__ import annotations

from pathlib import Path

import duckdb

from yibao.engine.sql import sql_text
from yibao.ledger.duck import connect

#: A resource is some hundred times the size of a row.
RECORDS_PER_RESOURCE = 20
#: Segments of one claim and its level, about; claims in one transaction set.
SEGMENTS_PER_CLAIM, CLAIMS_PER_SET = 16, 1_000

_JUDGED = (
    '{{"category":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/adjudication","code":"{code}",'
    '"display":"{code} amount"}}]}},"amount":{{"value":\' || {amount} || \',"currency":"USD"}}}}'
)
_AMOUNT = "(10 + (i * {k}) % 900) || '.' || lpad(cast((i * {k}) % 100 as varchar), 2, '0')"


def fhir(records: int, folder: Path) -> int:
    """Explanations of benefit in R4, three items and some 5 kB each, one on each line."""
    n = max(records // RECORDS_PER_RESOURCE, 1)
    items = ",".join(_item(k) for k in (1, 2, 3))
    text = (
        '\'{"resourceType":"ExplanationOfBenefit","id":"e\' || i || \'","meta":{"lastUpdated":"2025-04-01T00:00:00Z"},'
        '"status":"active","use":"claim","outcome":"complete","type":{"coding":[{"system":'
        '"http://terminology.hl7.org/CodeSystem/claim-type","code":"professional"}]},'
        f'"patient":{{"reference":"Patient/p\' || i % {max(n // 4, 1)} || \'"}},"created":"2025-03-05",'
        '"provider":{"reference":"Organization/o\' || i % 97 || \'"},"insurer":{"reference":"Organization/payer"},'
        '"billablePeriod":{"start":"2025-03-0\' || 1 + i % 9 || \'","end":"2025-03-0\' || 1 + i % 9 || \'"},'
        '"careTeam":[{"sequence":1,"provider":{"reference":"Practitioner/d\' || i % 500 || \'"},"responsible":true}],'
        '"diagnosis":[{"sequence":1,"diagnosisCodeableConcept":{"coding":[{"system":'
        '"http://hl7.org/fhir/sid/icd-10-cm","code":"E1\' || i % 10 || \'.9","display":"Type 2 diabetes"}]}},'
        '{"sequence":2,"diagnosisCodeableConcept":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm",'
        f'"code":"I1\' || i % 10 || \'","display":"Hypertension"}}]}}}}],"item":[{items}],'
        '"payment":{"date":"2025-03-20","amount":{"value":80.25,"currency":"USD"}}}\''
    )
    with connect() as engine:
        _lines(engine, f"select {text} from range({n}) as r(i)", folder / "eob.ndjson")
    return n


def _item(k: int) -> str:
    amount = _AMOUNT.format(k=k)
    judged = ",".join(
        _JUDGED.format(code=code, amount=amount)
        for code in ("submitted", "eligible", "benefit", "copay", "deductible", "noncovered")
    )
    return (
        f'{{"sequence":{k},"productOrService":{{"coding":[{{"system":"http://www.ama-assn.org/go/cpt","code":"99\' || '
        f'100 + (i * {k}) % 900 || \'","display":"A service of the office"}}]}},"servicedDate":"2025-03-0\' || '
        f'1 + i % 9 || \'","quantity":{{"value":{k}}},"net":{{"value":\' || {amount} || \',"currency":"USD"}},'
        f'"adjudication":[{judged}]}}'
    )


def x12(records: int, folder: Path) -> int:
    """One interchange of professional claims of two or three lines; ``records`` are segments."""
    claims = max(records // SEGMENTS_PER_CLAIM, 1)
    people = max(claims // 4, 1)
    lines = " || ".join(
        f"case when i % 3 >= {k - 2} then 'LX*{k}~' || chr(10) || 'SV1*HC:99' || 100 + (i * {k}) % 900 || '*' || "
        f"{_AMOUNT.format(k=k)} || '*UN*{k}*11**1~' || chr(10) || 'DTP*472*D8*2025030' || 1 + i % 9 || '~' || chr(10) "
        "else '' end"
        for k in (1, 2, 3)
    )
    body = (
        "'HL*' || 2 + i % 1000 || '*1*22*0~' || chr(10) || 'SBR*P*18*******MB~' || chr(10) || 'NM1*IL*1*L' || i % "
        f"{people} || '*F****MI*M' || i % {people} || '~' || chr(10) || 'DMG*D8*19700101*F~' || chr(10) || "
        "'NM1*PR*2*PAYER*****PI*P1~' || chr(10) || 'CLM*C' || i || '*100***11:B:1*Y*A*Y*Y~' || chr(10) || "
        "'HI*ABK:E1' || i % 10 || '9*ABF:I10~' || chr(10) || 'NM1*82*1*DOC*A****XX*' || 2000000000 + i % 500 || '~' || "
        f"chr(10) || {lines}"
    )
    head = (
        "'ST*837*' || s || '*005010X222A1~' || chr(10) || 'BHT*0019*00*1*20250310*0930*CH~' || chr(10) || "
        "'HL*1**20*1~' || chr(10) || 'NM1*85*2*CLINIC*****XX*' || 1000000000 + s || '~' || chr(10)"
    )
    isa = f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*{'S':15}*ZZ*{'R':15}*250310*0930*^*00501*000000001*0*P*:~"
    with connect() as engine:
        sets = (claims + CLAIMS_PER_SET - 1) // CLAIMS_PER_SET
        made = (
            f"select s, {head} || body as text from (select i // {CLAIMS_PER_SET} as s, "
            f"string_agg({body}, '' order by i) as body from range({claims}) as r(i) group by s)"
        )
        ended = "text || 'SE*' || length(text) - length(replace(text, '~', '')) + 1 || '*' || s || '~'"
        _lines(
            engine,
            f"select * from (select '{isa}' union all select 'GS*HC*S*R*20250310*0930*1*X*005010X222A1~' union all "
            f"(select {ended} from ({made}) order by s) union all select 'GE*{sets}*1~' union all "
            "select 'IEA*1*000000001~')",
            folder / "claims.837",
        )
    return (folder / "claims.837").read_bytes().count(b"~")


def _lines(engine: duckdb.DuckDBPyConnection, sql: str, path: Path) -> None:
    """Texts as lines, as they are."""
    form = "format csv, header false, quote '', escape '', delimiter '\x01'"
    engine.execute(f"copy ({sql}) to {sql_text(str(path))} ({form})")
