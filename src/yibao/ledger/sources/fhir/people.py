"""People and institutions: those that came as resources, and those that claims only name."""

from __future__ import annotations

from yibao.ledger.sources.mentions import mentions

PEOPLE = (
    mentions(
        "person_told",
        "select id, file, row, name, sex, birth, died, phone, address, state, zip, identifier from person "
        "union all by name "
        "select c.person as id, c.file, c.row from claim as c join fate as f using (file, piece, n) "
        "where f.fault is null",
        firm=("name", "sex", "birth", "died", "phone", "address", "state", "zip", "identifier"),
    ),
    mentions(
        "institution_told",
        "select id, file, row, name, kind, address, state, identifier, null as role from organization "
        "union all by name "
        "select f.institution as id, c.file, c.row from claim as c join fate as f using (file, piece, n) "
        "where f.fault is null "
        "union all by name select institution as id, file, row from visit",
        firm=("name", "kind", "address", "state", "identifier"),
    ),
    mentions(
        "staff_told",
        "select id, file, row, name, qualification, identifier from practitioner "
        "union all by name "
        "select coalesce(r.practitioner, m.id) as id, m.file, m.row, r.organization as institution, "
        "r.specialty from member as m join fate as f using (file, piece, n) "
        "left join practitioner_role as r on r.id = m.id "
        "where f.fault is null and not starts_with(m.id, 'Organization/')",
        firm=("name", "qualification", "identifier"),
        loose=("institution", "specialty"),
    ),
)
