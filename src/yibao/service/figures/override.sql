-- Answers to reminders by law, institution and reason: followed ones have no reason.
select law_id, institution_id, outcome, coalesce(reason_code, '') as reason_code, cast(count(*) as bigint) as answers
from reminder_answer
group by 1, 2, 3, 4
