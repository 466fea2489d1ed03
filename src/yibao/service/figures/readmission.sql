-- Readmission within 31 days by institution, as the run reckoned it: observed, expected, their ratio with interval.
select
    i.subject_id as institution_id, i.numerator, i.denominator, i.expected_ppm, i.value_ppm, i.lower_ppm, i.upper_ppm
from indicator_value as i
where i.law_id = 'C06' and i.subject_kind = 'institution'
