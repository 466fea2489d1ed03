-- Income, spending and reserve of the pooled fund by region, scheme and month, as the fund's own books have them.
select
    f.region_code, f.scheme, f.month, f.insured, f.pooled_income, f.pooled_spending, f.pooled_balance,
    f.contribution_income, f.subsidy_income
from fund_month as f
