"""Raw files of other systems for measuring: plausible in shape and size, of no meaning.

Each maker writes about so many records into a folder and returns how many. All is SQL over a range of numbers, except
workbooks, which are written cell by cell and therefore hold at most :data:`SHEET` rows.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from yibao.engine.sql import sql_text
from yibao.ledger.duck import connect

#: Rows of a workbook: more take minutes to write.
SHEET = 200_000

LINE = """
    select 'L' || i as feedetl_sn, 'P' || i % 9973 as psn_no, 'H' || i % 97 as fixmedins_code,
        'XJ01CA' || lpad(cast(i % 5000 as varchar), 9, '0') as med_list_codg, '09' as med_chrgitm_type,
        cast(1 + i % 9 as double) as cnt, cast(1 + i % 400 as double) / 4 as pric,
        cast((1 + i % 9) * (1 + i % 400) as double) / 4 as det_item_fee_sumamt,
        timestamp '2025-01-01 08:00:00' + to_minutes(cast(i % 500000 as int)) as fee_ocur_time,
        '阿莫西林胶囊 ' || i % 5000 as medins_list_name, '101' as list_type, '01' as chrgitm_lv
    from range({n}) as r(i)"""


def national_parquet(records: int, folder: Path) -> int:
    """Charge lines as one typed Parquet file."""
    with connect() as engine:
        return _copy(engine, LINE.format(n=records), folder / "fee_list_d.parquet")


def excel(records: int, folder: Path) -> int:
    """Charge lines as one sheet: numbers, dates and texts."""
    import xlsxwriter

    rows = min(records, SHEET)
    with connect() as engine, xlsxwriter.Workbook(str(folder / "fee_list_d.xlsx"), {"constant_memory": True}) as book:
        table = engine.execute(LINE.format(n=rows)).to_arrow_table()
        sheet = book.add_worksheet("fee_list_d")
        time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, table.column_names)
        for at, record in enumerate(table.to_pylist(), 1):
            for place, (name, cell) in enumerate(record.items()):
                if name == "fee_ocur_time":
                    sheet.write_datetime(at, place, cell, time)
                else:
                    sheet.write(at, place, cell)
    return rows


def omop(records: int, folder: Path) -> int:
    """A CDM as Parquet: persons, visits, conditions, drugs, procedures, measurements, costs."""
    n = records // 20
    day = "date '2020-01-01' + cast(i % 1500 as int)"
    tables = {
        "person": (n, "i as person_id, 8507 + 25 * (i % 2) as gender_concept_id, 1930 + i % 80 as year_of_birth"),
        "visit_occurrence": (
            4 * n,
            f"i as visit_occurrence_id, i % {n} as person_id, 9202 as visit_concept_id, {day} as visit_start_date, "
            f"{day} as visit_end_date, 1 + i % 50 as care_site_id, i % 900 as provider_id",
        ),
        "condition_occurrence": (
            5 * n,
            f"i as condition_occurrence_id, i % {n} as person_id, i % 400 as condition_concept_id, "
            f"{day} as condition_start_date, i % {4 * n} as visit_occurrence_id, "
            "'K' || i % 400 as condition_source_value",
        ),
        "drug_exposure": (
            5 * n,
            f"i as drug_exposure_id, i % {n} as person_id, i % 400 as drug_concept_id, "
            f"{day} as drug_exposure_start_date, i % {4 * n} as visit_occurrence_id, "
            "cast(i % 30 as double) as quantity, i % 30 as days_supply, "
            "'N' || i % 400 as drug_source_value",
        ),
        "procedure_occurrence": (
            2 * n,
            f"i as procedure_occurrence_id, i % {n} as person_id, i % 400 as procedure_concept_id, "
            f"{day} as procedure_date, i % {4 * n} as visit_occurrence_id",
        ),
        "measurement": (
            2 * n,
            f"i as measurement_id, i % {n} as person_id, i % 400 as measurement_concept_id, {day} as measurement_date, "
            f"i % {4 * n} as visit_occurrence_id, cast(i % 900 as double) / 8 as value_as_number",
        ),
        "cost": (
            n,
            "i as cost_id, i as cost_event_id, 'Visit' as cost_domain_id, "
            "cast(i % 9000 as double) / 4 as total_charge, cast(i % 900 as double) / 4 as paid_by_payer",
        ),
        "care_site": (50, "1 + i as care_site_id, 'Site ' || i as care_site_name"),
        "concept": (
            400,
            "i as concept_id, 'Concept ' || i as concept_name, 'SNOMED' as vocabulary_id, 'C' || i as concept_code",
        ),
    }
    with connect() as engine:
        return sum(
            _copy(engine, f"select {columns} from range({rows}) as r(i)", folder / f"{name}.parquet")
            for name, (rows, columns) in tables.items()
        )


def openimis(records: int, folder: Path) -> int:
    """The tables of a scheme as CSV: insurees, policies, premiums, claims, items, services."""
    n = records // 20
    until = "cast(null as varchar) as ValidityTo"
    tables = {
        "tblLocations": (
            60,
            "i as LocationId, 'L' || i as LocationCode, 'Place ' || i as LocationName, "
            "case when i < 10 then null when i < 30 then i % 10 else 10 + i % 20 end as ParentLocationId, "
            f"case when i < 10 then 'R' when i < 30 then 'D' else 'W' end as LocationType, {until}",
        ),
        "tblHF": (
            50,
            f"i as HfID, 'H' || i as HFCode, 'Facility ' || i as HFName, 'H' as HFLevel, {until}, i as LocationId",
        ),
        "tblFamilies": (n, f"i as FamilyID, 4 * i as InsureeID, 30 + i % 30 as LocationId, 0 as Poverty, {until}"),
        "tblInsuree": (
            4 * n,
            "i as InsureeID, i // 4 as FamilyID, '07' || i as CHFID, 'Last' || i % 999 as LastName, "
            f"'Other' as OtherNames, date '1950-01-01' + cast(i % 20000 as int) as DOB, "
            f"'F' as Gender, i % 4 = 0 as IsHead, {until}",
        ),
        "tblProduct": (5, f"i as ProdID, 'P' || i as ProductCode, {until}"),
        "tblPolicy": (n, f"i as PolicyID, i as FamilyID, 2 as PolicyStatus, i % 5 as ProdID, {until}"),
        "tblInsureePolicy": (
            4 * n,
            "i as InsureePolicyID, i as InsureeID, i // 4 as PolicyId, date '2024-01-01' as EffectiveDate, "
            f"date '2024-12-31' as ExpiryDate, {until}",
        ),
        "tblPremium": (
            n,
            f"i as PremiumId, i as PolicyID, '10000.00' as Amount, date '2024-01-02' as PayDate, {until}",
        ),
        "tblItems": (
            300,
            "i as ItemID, 'I' || i as ItemCode, 'Item ' || i as ItemName, 'D' as ItemType, '10.50' as ItemPrice, "
            f"timestamp '2017-01-01' as ValidityFrom, {until}",
        ),
        "tblServices": (
            100,
            "i as ServiceID, 'S' || i as ServCode, 'Service ' || i as ServName, 'C' as ServType, "
            f"'400.00' as ServPrice, timestamp '2017-01-01' as ValidityFrom, {until}",
        ),
        "tblClaim": (
            3 * n,
            "i as ClaimID, i as InsureeID, 'C' || i as ClaimCode, "
            "date '2024-03-01' + cast(i % 200 as int) as DateFrom, date '2024-03-01' + cast(i % 200 as int) as DateTo, "
            "i % 50 as ICDID, 16 as ClaimStatus, '910.50' as Claimed, '900.00' as Approved, i % 50 as HFID, "
            "date '2024-12-01' as DateClaimed, null as DateProcessed, "
            f"'O' as VisitType, {until}",
        ),
        "tblClaimItems": (
            3 * n,
            "i as ClaimItemID, i as ClaimID, i % 300 as ItemID, 1 as ClaimItemStatus, '2.00' as QtyProvided, "
            f"null as QtyApproved, '10.50' as PriceAsked, null as PriceApproved, {until}",
        ),
        "tblClaimServices": (
            3 * n,
            "i as ClaimServiceID, i as ClaimID, i % 100 as ServiceID, 1 as ClaimServiceStatus, '1.00' as QtyProvided, "
            f"null as QtyApproved, '400.00' as PriceAsked, null as PriceApproved, {until}",
        ),
    }
    with connect() as engine:
        return sum(
            _copy(engine, f"select {columns} from range({rows}) as r(i)", folder / f"{name}.csv")
            for name, (rows, columns) in tables.items()
        )


def synpuf(records: int, folder: Path) -> int:
    """DE-SynPUF as CSV: beneficiaries, carrier claims of two lines in two files, outpatient claims, drug events."""
    from yibao.ledger.sources import get_source
    from yibao.ledger.sources.mapped import MappedSource

    source = get_source("synpuf")
    if not isinstance(source, MappedSource):
        raise TypeError("synpuf is a mapping")
    relations = source.text.relations
    n = records // 10
    day = "strftime(date '2008-01-01' + cast(i % 1000 as int), '%Y%m%d')"
    given = {
        "beneficiary": {
            "DESYNPUF_ID": "'P' || i", "BENE_BIRTH_DT": "'19400101'", "BENE_SEX_IDENT_CD": "'1'", "YEAR": "'2008'",
            "BENE_HI_CVRAGE_TOT_MONS": "'12'", "BENE_SMI_CVRAGE_TOT_MONS": "'12'",
        },
        "carrier": {
            "DESYNPUF_ID": f"'P' || i % {n}", "CLM_ID": "'C{part}' || i", "CLM_FROM_DT": day, "CLM_THRU_DT": day,
            "ICD9_DGNS_CD_1": "'4019'", "TAX_NUM_1": "'T' || i % 500",
            **{f"{c}_{k}": v for k in (1, 2) for c, v in (
                ("HCPCS_CD", "'99213'"), ("LINE_ALOWD_CHRG_AMT", "'70.00'"), ("LINE_NCH_PMT_AMT", "'50.00'"),
                ("LINE_COINSRNC_AMT", "'20.00'"), ("LINE_BENE_PTB_DDCTBL_AMT", "'0'"), ("TAX_NUM", "'T1'"),
                ("PRF_PHYSN_NPI", "'N1'"), ("LINE_BENE_PRMRY_PYR_PD_AMT", "'0'"))},
        },
        "outpatient": {
            "DESYNPUF_ID": f"'P' || i % {n}", "CLM_ID": "'O' || i", "SEGMENT": "'1'", "CLM_FROM_DT": day,
            "CLM_THRU_DT": day, "PRVDR_NUM": "'R' || i % 90", "CLM_PMT_AMT": "'60.00'", "ICD9_DGNS_CD_1": "'7384'",
            "NCH_BENE_PTB_DDCTBL_AMT": "'0'", "NCH_BENE_PTB_COINSRNC_AMT": "'20.00'", "HCPCS_CD_1": "'99213'",
        },
        "drug_event": {
            "DESYNPUF_ID": f"'P' || i % {n}", "PDE_ID": "'D' || i", "SRVC_DT": day, "PROD_SRVC_ID": "'61392018345'",
            "QTY_DSPNSD_NUM": "'30.000'", "DAYS_SUPLY_NUM": "'30'", "PTNT_PAY_AMT": "'10.00'",
            "TOT_RX_CST_AMT": "'27.00'",
        },
    }  # fmt: skip
    parts = [
        ("beneficiary", n, "2008_Beneficiary_Summary_File"), ("carrier", 2 * n, "Carrier_Claims_A"),
        ("carrier", 2 * n, "Carrier_Claims_B"), ("outpatient", n, "Outpatient_Claims"),
        ("drug_event", 4 * n, "Prescription_Drug_Events"),
    ]  # fmt: skip
    written = 0
    with connect() as engine:
        for name, rows, file in parts:
            text = relations[name]
            columns = ", ".join(
                f"{given[name].get(column, 'null').replace('{part}', file[-1])} as {column}"
                for column in (*text.columns, *text.optional_columns)
            )
            written += _copy(engine, f"select {columns} from range({rows}) as r(i)", folder / f"{file}.csv")
    return written


def _copy(engine: duckdb.DuckDBPyConnection, sql: str, path: Path) -> int:
    form = "format parquet" if path.suffix == ".parquet" else "format csv, header"
    rows = engine.execute(f"copy ({sql}) to {sql_text(str(path))} ({form})").fetchone()
    return int(rows[0]) if rows else 0
