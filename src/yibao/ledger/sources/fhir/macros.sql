-- How elements of FHIR are read. What a text cannot be read as stays as it stands: the ingest quarantines it with its value.

-- The last part of an address used as a code: …/variables/line_nch_pmt_amt.
create or replace macro fhir_short(t) as regexp_extract(t, '[^/]+$');

-- A concept's first coding that has a code; its text when it has none.
create or replace macro fhir_coding(c) as coalesce(list_filter(c.coding, x -> x.code is not null)[1], c.coding[1]);
create or replace macro fhir_code(c) as coalesce(fhir_coding(c).code, c.text);
create or replace macro fhir_display(c) as coalesce(fhir_coding(c).display, c.text);

-- Of several codings of a diagnosis that of a classification for statistics and payment.
create or replace macro fhir_diagnosis(c) as
  coalesce(list_filter(c.coding, x -> x.code is not null and contains(lower(x.system), 'icd'))[1], fhir_coding(c));

-- The name of a code system as this ledger writes it; others stay addresses.
create or replace macro fhir_version(system) as
  case lower(system)
    when 'http://hl7.org/fhir/sid/icd-10-cm' then 'ICD-10-CM'
    when 'http://hl7.org/fhir/sid/icd-10' then 'ICD-10'
    when 'http://hl7.org/fhir/sid/icd-9-cm' then 'ICD-9-CM'
    when 'http://www.cms.gov/medicare/coding/icd10' then 'ICD-10-PCS'
    when 'http://snomed.info/sct' then 'SNOMED CT'
    else system
  end;

-- What a reference names: Type/id, without server and version; owner#id inside its owner; the number alone when it is
-- given as an identifier or a search for one.
create or replace macro fhir_named(t, owner) as
  case
    when starts_with(t, '#') then owner || t
    when contains(t, '?') then nullif(split_part(t, '|', -1), t)
    when contains(t, '://') or contains(t, '/_history/')
      then coalesce(nullif(regexp_extract(t, '([A-Za-z]+/[A-Za-z0-9.-]+)(/_history/[^/]+)?$', 1), ''), t)
    else t
  end;
create or replace macro fhir_reference(r, owner) as
  coalesce(fhir_named(r.reference, owner), r.identifier.value, r.display);

create or replace macro fhir_time(t) as
  case
    when length(t) = 10 then t || ' 00:00:00'
    when regexp_full_match(t, '.{10}T.{8}(\.[0-9]+)?(Z|[+-].{5})?') then substr(t, 1, 10) || ' ' || substr(t, 12, 8)
    else t
  end;
create or replace macro fhir_day(t) as case when regexp_full_match(t, '.{10}T.*') then substr(t, 1, 10) else t end;

-- The currency of an amount; - when it has none.
create or replace macro fhir_currency(m) as coalesce(m.currency, m.code, '-');

-- Exact sums of amounts as text. One amount stays as it stands; of several the first that is no amount stands for all.
-- (A list of one element gives a name to an expression that would otherwise be planned once for each use. Reading 38
-- digits takes eighty times as long as reading 18.)
create or replace macro fhir_amount(t) as
  coalesce(cast(try_cast(t as decimal(18, 9)) as decimal(38, 9)), try_cast(t as decimal(38, 9)));
create or replace macro fhir_sum(amounts) as
  list_transform([amounts], given ->
    case
      when coalesce(len(given), 0) < 2 then given[1]
      else list_transform([list_filter(given, a -> not regexp_full_match(a, '-?[0-9]{1,20}(\.[0-9]{1,9})?'))], bad ->
        coalesce(bad[1], cast(list_sum(list_transform(given, a -> fhir_amount(a))) as varchar)))[1]
    end)[1];

-- Adjudication as a list of (short code, amount).
create or replace macro fhir_judged(adjudication) as
  list_transform(
    list_filter(adjudication, a -> a.amount.value is not null),
    a -> {'code': fhir_short(a.category.coding[1].code), 'amount': a.amount.value});
create or replace macro fhir_of(judged, codes) as
  fhir_sum(list_transform(list_filter(judged, j -> list_contains(codes, j.code)), j -> j.amount));
create or replace macro fhir_all(judged) as
  nullif(array_to_string(list_transform(judged, j -> j.code || '=' || j.amount), ';'), '');
create or replace macro fhir_currencies(adjudication) as
  list_transform(list_filter(adjudication, a -> a.amount.value is not null), a -> fhir_currency(a.amount));

-- A line with details is their sum when every detail has an amount; then the details are the lines.
create or replace macro fhir_is_asked(line) as
  line.net.value is not null
  or coalesce(len(list_filter(
    line.adjudication,
    a -> a.amount.value is not null and list_contains(fhir_submitted(), fhir_short(a.category.coding[1].code)))), 0) > 0;
create or replace macro fhir_is_group(details) as
  coalesce(len(details), 0) > 0 and len(list_filter(details, d -> not fhir_is_asked(d))) = 0;

create or replace macro fhir_name(n) as
  coalesce(n[1].text, nullif(concat_ws(', ', n[1].family, array_to_string(n[1].given, ' ')), ''));
create or replace macro fhir_address(a) as
  coalesce(a.text, nullif(concat_ws(', ', array_to_string(a.line, ' '), a.city), ''));

-- Codes of the adjudication that mean the same, from R4, CARIN Blue Button and the Blue Button of STU3.
create or replace macro fhir_submitted() as
  ['submitted', 'line_sbmtd_chrg_amt', 'rev_cntr_tot_chrg_amt', 'tot_rx_cst_amt'];
create or replace macro fhir_eligible() as ['eligible', 'allowed', 'line_alowd_chrg_amt'];
create or replace macro fhir_not_covered() as ['noncovered', 'rev_cntr_ncvrd_chrg_amt'];
create or replace macro fhir_benefit() as
  ['benefit', 'line_nch_pmt_amt', 'rev_cntr_pmt_amt_amt', 'cvrd_d_plan_pd_amt'];
create or replace macro fhir_deductible() as ['deductible', 'line_bene_ptb_ddctbl_amt', 'rev_cntr_cash_ddctbl_amt'];
create or replace macro fhir_person_share() as ['memberliability', 'ptnt_pay_amt'];

-- Kind of care from the claim's types, whether it tells of a stay, and its encounter's class.
create or replace macro fhir_care(types, stay, class) as
  case
    when class in ('EMER') then '13'
    when class in ('IMP', 'ACUTE', 'NONAC', 'inpatient') or stay then '21'
    when len(list_intersect(types, ['INPATIENT', 'inpatient', 'SNF', 'HOSPICE'])) > 0 then '21'
    when len(list_intersect(types, ['PDE', 'pharmacy'])) > 0 then '41'
    else '11'
  end;
