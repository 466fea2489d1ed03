"""Valid documents to begin from, small and with something of everything that the parsers look at."""

from __future__ import annotations

import io
import json
import zipfile
from functools import cache
from typing import Any

CSV = (
    "feedetl_sn,setl_id,psn_no,fixmedins_code,med_list_codg,medins_list_name,cnt,pric,det_item_fee_sumamt,"
    "fee_ocur_time,x_note\n"
    "L1,S1,P1,H1,C1,床位费,1,80.5,80.50,2025-03-01 08:00:00,\n"
    'L2,S1,P1,H1,C2,"a, ""b""",2.5,,-3.00,2025-03-01T09:00:00,"two\nlines"\n'
)


def _code(text: str) -> dict[str, Any]:
    return {"coding": [{"system": "http://x", "code": text, "display": "d"}]}


def _usd(value: float) -> dict[str, Any]:
    return {"value": value, "currency": "USD"}


_EOB: dict[str, Any] = {
    "resourceType": "ExplanationOfBenefit",
    "id": "e1",
    "meta": {"lastUpdated": "2025-01-01T00:00:00Z"},
    "status": "active",
    "use": "claim",
    "outcome": "complete",
    "type": _code("professional"),
    "identifier": [{"system": "s", "value": "N1"}],
    "patient": {"reference": "urn:uuid:1"},
    "created": "2025-03-05",
    "provider": {"reference": "#o"},
    "claim": {"reference": "Claim/c1"},
    "insurance": [{"coverage": {"reference": "Coverage/v"}}],
    "billablePeriod": {"start": "2025-03-01", "end": "2025-03-02"},
    "contained": [{"resourceType": "Organization", "id": "o"}],
    "careTeam": [
        {"sequence": 1, "provider": {"reference": "Practitioner/d"}, "responsible": True, "role": _code("primary")}
    ],
    "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": _code("E11.9"), "type": [_code("principal")]}],
    "procedure": [
        {"sequence": 1, "date": "2025-03-01T10:00:00+01:00", "procedureReference": {"reference": "Procedure/x"}}
    ],
    "item": [
        {
            "sequence": 1,
            "productOrService": _code("99213"),
            "servicedPeriod": {"start": "2025-03-01"},
            "net": _usd(12.5),
            "quantity": {"value": 1.5},
            "encounter": [{"reference": "Encounter/v"}],
            "modifier": [_code("25")],
            "adjudication": [{"category": _code("benefit"), "amount": _usd(10.25)}],
            "detail": [{"sequence": 1, "net": _usd(12.5), "subDetail": [{"sequence": 1, "net": _usd(12.5)}]}],
        }
    ],
    "total": [{"category": _code("submitted"), "amount": _usd(12.5)}],
    "payment": {"date": "2025-03-20", "amount": _usd(10.25)},
}
RESOURCES: list[dict[str, Any]] = [
    _EOB,
    {
        "resourceType": "Claim",
        "id": "c1",
        "status": "active",
        "use": "claim",
        "patient": {"reference": "Patient/p"},
        "created": "2025-03-02",
        "provider": {"identifier": {"value": "77"}},
        "total": _usd(5),
        "item": [{"net": _usd(5)}],
        "related": [{"claim": {"reference": "Claim/c0"}, "relationship": _code("prior")}],
    },
    {
        "resourceType": "Patient",
        "id": "p",
        "name": [{"family": "Li", "given": ["Wei"]}],
        "gender": "female",
        "birthDate": "1970-01-02",
        "address": [{"line": ["1 St"], "city": "X"}],
    },
    {
        "resourceType": "Coverage",
        "id": "v",
        "status": "active",
        "type": _code("HIP"),
        "beneficiary": {"reference": "Patient/p"},
        "period": {"start": "2025-01-01"},
    },
    {
        "resourceType": "Encounter",
        "id": "v",
        "status": "finished",
        "class": {"code": "IMP"},
        "subject": {"reference": "Patient/p"},
        "period": {"start": "2025-03-01"},
    },
]


def bundle() -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": f"urn:uuid:{n}", "resource": resource} for n, resource in enumerate(RESOURCES)],
    }


X12 = (
    f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*{'S':15}*ZZ*{'R':15}*250310*0930*^*00501*000000001*0*P*:~"
    "GS*HC*S*R*20250310*0930*7*X*005010X222A1~ST*837*0001*005010X222A1~BHT*0019*00*1*20250310*0930*CH~"
    "HL*1**20*1~PRV*BI*PXC*207Q~CUR*85*USD~NM1*85*2*CLINIC*****XX*1111111111~N3*1 ST~N4*CITY*IL*60000~"
    "HL*2*1*22*1~SBR*P*18*******CI~NM1*IL*1*DOE*JANE****MI*M1~DMG*D8*19700203*F~NM1*PR*2*PAYER*****PI*P9~"
    "HL*3*2*23*0~PAT*19~NM1*QC*1*DOE*ANN~CLM*A1*30.5***11:A:7*Y*A*Y*Y~DTP*434*RD8*20250301-20250305~"
    "DTP*435*DT*202503010815~CL1*1*7*01~AMT*F5*.5~REF*F8*ICN~HI*ABK:E119:::::::Y*ABF:I10~HI*BBR:0BH1:D8:20250302~"
    "HI*DR:193*BE:80:::4~NM1*71*1*DOC*A****XX*2222222222~PRV*AT*PXC*207R~SBR*S*18*******MB~CAS*PR*1*10~AMT*D*5~"
    "NM1*PR*2*OTHER*****PI*P8~LX*1~SV2*0120*HC:J1745:25*20*UN*2*10*1~DTP*472*D8*20250302~LIN**N4*50242004001~"
    "CTP****2.5*ML~SVD*P8*5**0120*1~CAS*CO*45*1~LX*2~SV1*HC:99213*10.5*UN*1*11**1:2~SE*42*0001~GE*1*7~IEA*1*000000001~"
)

YAML = """\
name: mine
about: {zh: 来源, en: "a source"}   # a comment
nulls: ["", NA]
relations:
  people: &one {columns: [id, born], files: ["people*"]}
tables:
  - table: person
    from: people
    columns: {person_id: id, birth_date: >-
      case when born <> '' then born end}
"""


@cache
def workbook() -> bytes:
    """One sheet of charge lines with numbers, texts, dates, a formula and an error."""
    import datetime

    import xlsxwriter

    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        sheet = book.add_worksheet("fee_list_d")
        when = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, CSV.split("\n")[0].split(","))
        for row in (1, 2, 3):
            sheet.write_row(row, 0, [f"L{row}", "S1", "P1", "H1", 123, "床位费", 1.5, 80.5])
            sheet.write_datetime(row, 9, datetime.datetime(2025, 3, 1, 8, row))
            sheet.write_formula(row, 8, "=1+1", value=2.25)
        sheet.write_datetime(2, 9, datetime.datetime(2025, 3, 1), when)
        sheet.write_formula(3, 10, "=1/0", value="#DIV/0!")
    return held.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def sheet() -> bytes:
    """The part of the workbook that holds its sheet."""
    with zipfile.ZipFile(io.BytesIO(workbook())) as book:
        return book.read(SHEET)


def with_sheet(data: bytes) -> bytes:
    """The workbook with another sheet in it."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as old, zipfile.ZipFile(held, "w") as new:
        for name in old.namelist():
            new.writestr(name, data if name == SHEET else old.read(name))
    return held.getvalue()


def lines() -> bytes:
    return "\n".join(json.dumps(resource, ensure_ascii=False) for resource in RESOURCES).encode()
