"""Protection: who is enrolled when, what is paid in, what the accounts and the fund hold."""

from __future__ import annotations

import duckdb

from yibao.simulation import SimulationReport

from .conftest import rows, truth

MONEY = "cast({} as decimal(18, 2))".format


def test_accounts_never_run_below_nought_and_balances_add_up(db: duckdb.DuckDBPyConnection) -> None:
    assert rows(db, f"select move_id from account where {MONEY('balc')} < 0") == []
    wrong = f"""select move_id from (select move_id, {MONEY("balc")} as balance,
            sum({MONEY("amount")}) over (partition by psn_no order by move_id) as running from account)
        where balance <> running"""
    assert rows(db, wrong) == []


def test_what_accounts_paid_stands_in_the_settlements(db: duckdb.DuckDBPyConnection) -> None:
    differ = f"""with paid as (
            select setl_id, -sum({MONEY("amount")}) as paid from account where setl_id is not null group by 1)
        select setl_id from settlement left join paid using (setl_id)
        where coalesce(paid, 0) <> {MONEY("acct_pay")}"""
    assert rows(db, differ) == []


def test_one_enrolment_at_a_time_but_for_twins(db: duckdb.DuckDBPyConnection) -> None:
    """A second row of the register is another person to the insurer: that is what makes it hard to find."""
    overlapping = rows(
        db,
        """select a.psn_no from enrolment a join enrolment b using (psn_no)
        where a.psn_insu_rlts_id < b.psn_insu_rlts_id and a.begndate <= coalesce(b.enddate, '9999')
          and b.begndate <= coalesce(a.enddate, '9999')""",
    )
    assert overlapping == []


def test_some_move_and_some_pause(db: duckdb.DuckDBPyConnection) -> None:
    moved = "select psn_no from enrolment group by 1 having count(distinct insu_admdvs) > 1"
    assert len(rows(db, moved)) >= 3
    assert len(rows(db, "select * from enrolment where psn_insu_stas = '2'")) >= 5


def test_contributions_have_gaps_and_arrears(db: duckdb.DuckDBPyConnection) -> None:
    months = dict(rows(db, "select psn_no, count(*) from contribution where emp_no is not null group by 1"))
    assert max(int(str(n)) for n in months.values()) == 12
    assert 0 < sum(int(str(n)) < 12 for n in months.values()) < 0.2 * len(months)
    assert rows(db, "select count(*) from contribution where kind = 'arrears'")[0][0] != 0


def test_the_fund_spends_what_settlements_say(db: duckdb.DuckDBPyConnection) -> None:
    spent = rows(db, f"select sum({MONEY('pooled_spending')}) from fund_month")
    settled = rows(db, f"select sum({MONEY('fund_pay_sumamt')} - {MONEY('maf_pay')}) from settlement")
    assert spent == settled


def test_twins_carry_the_errors_that_they_name(db: duckdb.DuckDBPyConnection, report: SimulationReport) -> None:
    for row in truth(report):
        if not row["truth_rule"].startswith("EQ"):
            continue
        ((number, name),) = rows(db, f"select certno, psn_name from person where psn_no = '{row['person_id']}'")
        ((other, alias),) = rows(db, f"select certno, psn_name from person where psn_no = '{row['ref_id']}'")
        if row["truth_role"] == "lookalike":
            assert name == alias and number != other
        elif row["kind"] == "typing_error":
            assert (number, name) != (other, alias)
        else:
            assert (number, name) == (other, alias)
