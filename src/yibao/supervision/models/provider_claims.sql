-- Features of a provider from its inpatient claims alone; every expectation leaves the provider's own claims out.
with stay as (
    select c.Provider as provider, c.BeneID as person, c.ClaimID as claim, c.AttendingPhysician as attending,
        c.OperatingPhysician as operating, c.DiagnosisGroupCode as case_group,
        ln(1.0 + c.InscClaimAmtReimbursed) as paid,
        c.InscClaimAmtReimbursed as amount,
        date_diff('day', c.AdmissionDt, c.DischargeDt) as days,
        extract(month from c.AdmissionDt) as month,
        case when isodow(c.AdmissionDt) >= 6 then 1 else 0 end as weekend,
        len(list_filter([{diagnoses}], x -> x is not null)) as diagnoses,
        len(list_filter([{procedures}], x -> x is not null)) as procedures,
        concat_ws('|', {diagnoses}) as sequence,
        date_diff('day', b.DOB, c.AdmissionDt) / 365.25 as age,
        case when b.DOD is null then 0 else 1 end as died,
        {chronic} as chronic, b.State as state, b.County as county, b.IPAnnualReimbursementAmt as annual
    from claim as c
    left join beneficiary as b on b.BeneID = c.BeneID
),
by_group as (
    select case_group, sum(paid) as paid, sum(days) as days, count(*) as n from stay group by case_group
),
own as (
    select provider, case_group, sum(paid) as paid, sum(days) as days, count(*) as n from stay group by provider, case_group
),
overall as (
    select avg(paid) as paid, avg(days) as days from stay
),
-- Five claims of the overall mean steady a case group that few others treat.
expected as (
    select o.provider, o.case_group,
        (g.paid - o.paid + 5 * a.paid) / (g.n - o.n + 5) as paid,
        (g.days - o.days + 5 * a.days) / (g.n - o.n + 5) as days
    from own as o
    join by_group as g on g.case_group is not distinct from o.case_group
    cross join overall as a
),
person_spread as (
    select person, count(distinct provider) as providers from stay group by person
),
attending_share as (
    select provider, max(n) * 1.0 / sum(n) as share
    from (select provider, attending, count(*) as n from stay where attending is not null group by all)
    group by provider
),
month_spread as (
    select provider, coalesce(stddev_pop(n), 0) / avg(n) as spread
    from (
        select p.provider, m.month, count(s.claim) as n
        from (select distinct provider from stay) as p
        cross join (select unnest(range(1, 13)) as month) as m
        left join stay as s on s.provider = p.provider and s.month = m.month
        group by all
    )
    group by provider
)
select s.provider,
    count(*) as stays, count(distinct s.person) as persons,
    count(distinct s.attending) as attending_physicians, count(distinct s.operating) as operating_physicians,
    count(distinct s.case_group) as case_groups, count(distinct s.state) as states, count(distinct s.county) as counties,
    avg(s.paid - e.paid) as paid_above_expected, coalesce(stddev_samp(s.paid - e.paid), 0) as paid_residual_spread,
    avg(s.days - e.days) as days_above_expected, max(s.days) as longest_stay,
    max(s.amount) as largest_amount, coalesce(stddev_samp(s.amount), 0) / greatest(avg(s.amount), 1) as amount_variation,
    avg(s.age) as age, avg(s.chronic) as chronic_conditions, avg(s.died) as died, avg(s.annual) as annual_amount,
    avg(s.diagnoses) as diagnoses, avg(s.procedures) as procedures, avg(s.weekend) as weekend_share,
    1 - count(distinct s.sequence) * 1.0 / count(*) as repeated_diagnoses,
    1 - count(distinct s.person) * 1.0 / count(*) as repeated_persons,
    avg(case when w.providers > 1 then 1 else 0 end) as shared_persons,
    any_value(t.share) as busiest_physician, any_value(m.spread) as month_spread
from stay as s
join expected as e on e.provider = s.provider and e.case_group is not distinct from s.case_group
left join person_spread as w on w.person = s.person
left join attending_share as t on t.provider = s.provider
left join month_spread as m on m.provider = s.provider
group by s.provider
order by s.provider
