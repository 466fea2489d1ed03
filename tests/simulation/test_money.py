"""The settlement identities hold to the fen in the raw files."""

from __future__ import annotations

import duckdb
import pytest

from yibao.simulation import SimulationReport

from .conftest import rows, truth

D = "cast({} as decimal(18, 2))".format
FUNDS = " + ".join(map(D, ["hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay"]))
SPLIT = " + ".join(map(D, ["fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"]))

BROKEN = {
    "I1 of lines": """select feedetl_sn from line
        where det_item_fee_sumamt <> fulamt_ownpay_amt + overlmt_amt + preselfpay_amt + inscp_scp_amt""",
    "I1 of bills": f"select setl_id from settlement where {D('medfee_sumamt')} <> {SPLIT}",
    "I2": f"select setl_id from settlement where {D('fund_pay_sumamt')} <> {FUNDS}",
    "I3": f"""select setl_id from settlement
        where {D("psn_part_amt")} <> {D("medfee_sumamt")} - {D("fund_pay_sumamt")} - {D("hosp_part_amt")}""",
    "I4": f"select setl_id from settlement where {D('psn_part_amt')} <> {D('acct_pay')} + {D('psn_cash_pay')}",
    "I5": f"""select setl_id from settlement where init_setl_id is null
        and not {D("act_pay_dedc")} between 0 and {D("inscp_scp_amt")}""",
    "I6": f"""select setl_id from settlement where init_setl_id is null
        and {D("hifp_pay")} > {D("inscp_scp_amt")} - {D("act_pay_dedc")}""",
    "I7": f"""select s.setl_id from settlement s
        left join (select setl_id, sum({D("fund_payamt")}) paid from settlement_layer group by all) using (setl_id)
        where {D("fund_pay_sumamt")} <> coalesce(paid, 0)""",
    "I8": f"""select s.setl_id from settlement s
        left join (select setl_id, sum(det_item_fee_sumamt) billed, sum(fund_amt) fund from line group by all)
            using (setl_id)
        where {D("medfee_sumamt")} <> coalesce(billed, 0) or {D("fund_pay_sumamt")} <> coalesce(fund, 0)""",
    "I9": f"""select setl_id from settlement where init_setl_id is null
        and least({D("medfee_sumamt")}, {D("hifp_pay")}, {D("acct_pay")}, {D("psn_cash_pay")}) < 0""",
    "shared account inside account": f"""select setl_id from settlement
        where init_setl_id is null and {D("acct_mulaid_pay")} > {D("acct_pay")}""",
    "refund mirrors its line": """select r.feedetl_sn from line r join line o on r.init_feedetl_sn = o.feedetl_sn
        where r.cnt <> -o.cnt or r.det_item_fee_sumamt <> -o.det_item_fee_sumamt or r.fund_amt <> -o.fund_amt
           or r.mdtrt_id <> o.mdtrt_id or r.fee_ocur_time <= o.fee_ocur_time""",
    "negative only with an original": "select feedetl_sn from line where cnt < 0 and init_feedetl_sn is null",
}


@pytest.mark.parametrize("identity", BROKEN)
def test_identity(db: duckdb.DuckDBPyConnection, identity: str) -> None:
    assert rows(db, BROKEN[identity]) == []


def test_an_amount_is_quantity_times_price_but_where_planted(
    report: SimulationReport, db: duckdb.DuckDBPyConnection
) -> None:
    wrong = rows(
        db,
        """select distinct fixmedins_code from line
        where det_item_fee_sumamt <> cast(round(cast(cnt * pric as decimal(32, 9)), 2) as decimal(18, 2))""",
    )
    planted = {row["ref_id"] for row in truth(report) if "unit prices" in row["note"]}
    assert {place for (place,) in wrong} == planted


def test_some_lines_are_refunded_and_some_visits_cancelled(db: duckdb.DuckDBPyConnection) -> None:
    ((share,),) = rows(db, "select count(init_feedetl_sn) * 1000 // count(*) from line")
    ((cancelled,),) = rows(db, "select count(init_setl_id) from settlement")
    assert 2 <= int(str(share)) <= 8
    assert int(str(cancelled)) > 0
