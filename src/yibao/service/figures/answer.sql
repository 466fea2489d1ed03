-- Answers to reminders by institution, month and law: how many, and how many were followed.
select
    institution_id, cast(date_trunc('month', answered_at) as date) as month, law_id, count(*) as answered,
    cast(sum(case when outcome = 'accepted' then 1 else 0 end) as bigint) as accepted
from reminder_answer
where institution_id is not null
group by 1, 2, 3
order by 1, 2, 3
