-- Amounts are negative only in a record that names what it reverses. Each scan keeps the few offending records;
-- only these are then taken apart by column.
with bills as (
  select
    settlement_id, institution_id, person_id, settled_at,
    total_amount, not_covered_amount, over_limit_amount, first_share_amount, eligible_amount,
    deductible_amount, basic_fund_amount, civil_servant_amount, enterprise_amount, critical_illness_amount,
    large_amount_amount, assistance_amount, other_fund_amount, fund_amount, person_amount, account_amount,
    family_account_amount, cash_amount, hospital_amount
  from settlement
  where reversed_settlement_id is null
    and least(
      total_amount, not_covered_amount, over_limit_amount, first_share_amount, eligible_amount,
      deductible_amount, basic_fund_amount, civil_servant_amount, enterprise_amount, critical_illness_amount,
      large_amount_amount, assistance_amount, other_fund_amount, fund_amount, person_amount, account_amount,
      family_account_amount, cash_amount, hospital_amount
    ) < 0
),
bill_columns as (
  select column_name
  from (
    values
      ('total_amount'), ('not_covered_amount'), ('over_limit_amount'), ('first_share_amount'),
      ('eligible_amount'), ('deductible_amount'), ('basic_fund_amount'), ('civil_servant_amount'),
      ('enterprise_amount'), ('critical_illness_amount'), ('large_amount_amount'), ('assistance_amount'),
      ('other_fund_amount'), ('fund_amount'), ('person_amount'), ('account_amount'), ('family_account_amount'),
      ('cash_amount'), ('hospital_amount')
  ) as v(column_name)
),
bill_values as (
  select b.settled_at, b.institution_id, b.person_id, b.settlement_id, c.column_name,
    case c.column_name
      when 'total_amount' then b.total_amount
      when 'not_covered_amount' then b.not_covered_amount
      when 'over_limit_amount' then b.over_limit_amount
      when 'first_share_amount' then b.first_share_amount
      when 'eligible_amount' then b.eligible_amount
      when 'deductible_amount' then b.deductible_amount
      when 'basic_fund_amount' then b.basic_fund_amount
      when 'civil_servant_amount' then b.civil_servant_amount
      when 'enterprise_amount' then b.enterprise_amount
      when 'critical_illness_amount' then b.critical_illness_amount
      when 'large_amount_amount' then b.large_amount_amount
      when 'assistance_amount' then b.assistance_amount
      when 'other_fund_amount' then b.other_fund_amount
      when 'fund_amount' then b.fund_amount
      when 'person_amount' then b.person_amount
      when 'account_amount' then b.account_amount
      when 'family_account_amount' then b.family_account_amount
      when 'cash_amount' then b.cash_amount
      when 'hospital_amount' then b.hospital_amount
    end as amount
  from bills b
  cross join bill_columns c
),
lines as (
  select line_id, institution_id, person_id, charged_at, quantity, unit_price,
    not_covered_amount, over_limit_amount, first_share_amount, eligible_amount, fund_amount, amount
  from charge_line
  where reversed_line_id is null
    and least(
      quantity, unit_price, not_covered_amount, over_limit_amount, first_share_amount, eligible_amount, fund_amount,
      amount
    ) < 0
),
line_columns as (
  select column_name
  from (
    values
      ('quantity'), ('unit_price'), ('not_covered_amount'), ('over_limit_amount'), ('first_share_amount'),
      ('eligible_amount'), ('fund_amount'), ('amount')
  ) as v(column_name)
),
line_values as (
  select l.charged_at, l.institution_id, l.person_id, l.line_id, c.column_name,
    case c.column_name
      when 'quantity' then l.quantity
      when 'unit_price' then l.unit_price
      when 'not_covered_amount' then l.not_covered_amount
      when 'over_limit_amount' then l.over_limit_amount
      when 'first_share_amount' then l.first_share_amount
      when 'eligible_amount' then l.eligible_amount
      when 'fund_amount' then l.fund_amount
      when 'amount' then l.amount
    end as figure
  from lines l
  cross join line_columns c
)
select
  cast(settled_at as date) as occurred_on, institution_id, person_id,
  'settlement' as ref_table, settlement_id as ref_id, column_name, cast(amount as varchar) as value, amount
from bill_values
where amount < 0
union all
select
  cast(charged_at as date), institution_id, person_id, 'charge_line', line_id, column_name, cast(figure as varchar),
  case when column_name in ('quantity', 'unit_price') then cast(null as bigint) else figure end
from line_values
where figure < 0
union all
select
  cast(s.settled_at as date), s.institution_id, s.person_id, 'settlement_layer', p.settlement_id || '|' || p.layer,
  'amount', cast(p.amount as varchar), p.amount
from settlement_layer p
join settlement s on s.settlement_id = p.settlement_id
where p.amount < 0 and s.reversed_settlement_id is null
