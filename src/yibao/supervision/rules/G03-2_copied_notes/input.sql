-- G03-2 · The notes of an institution that are long enough to tell one patient from another, with the bill of their
-- encounter.
select
    n.institution_id, n.kind, n.note_id, n.person_id, n.encounter_id, n.written_at, n.content,
    coalesce(b.amount, 0) as amount, coalesce(b.fund_amount, 0) as fund_amount
from clinical_note as n
left join encounter_bill as b on b.encounter_id = n.encounter_id
where regexp_matches(n.kind, $kinds) and length(n.content) >= $least_characters and n.written_at <= $as_of
