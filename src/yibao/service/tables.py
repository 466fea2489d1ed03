"""What the service itself keeps, in the registry's database: who signs in how, what was shown, what was handed in.

Facts of the fund stay in the ledger, acts of people in the registry; every change here is told in the audit trail too.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, MetaData, Table

from yibao.registry.tables import METADATA as REGISTRY
from yibao.registry.types import instant, key, number, text

METADATA = MetaData(naming_convention=REGISTRY.naming_convention)

#: How a person signs in. `totp_secret` is encrypted with the service's own key.
CREDENTIAL = Table(
    "service_credential", METADATA, key("actor_id"), text("password_hash"), text("totp_secret", needed=False),
    instant("totp_confirmed_at", needed=False), number("failures"), instant("locked_until", needed=False),
    instant("changed_at"),
)  # fmt: skip

#: Wrong sign-ins under names that nobody has, counted as those of accounts are, so that a lock tells nobody who exists.
#: A bucket is four digits of a digest: what was typed as a name may be a password, and cannot be guessed from it.
STRANGER = Table(
    "service_stranger", METADATA, key("bucket"), number("failures"), instant("locked_until", needed=False),
)  # fmt: skip

#: A signed-in browser, by the digest of its cookie. `factors` is 1 until the second factor was given.
SESSION = Table(
    "service_session", METADATA, key("digest"), text("actor_id"), text("csrf"), number("factors"), instant("made_at"),
    instant("seen_at"), instant("ends_at"), Index("ix_service_session_actor_id", "actor_id"),
)  # fmt: skip

API_KEY = Table(
    "service_api_key", METADATA, key("key_id"), text("actor_id"), text("digest"), text("label"), instant("made_at"),
    instant("ends_at"), instant("revoked_at", needed=False), Index("ix_service_api_key_actor_id", "actor_id"),
)  # fmt: skip

#: What may be used once: a token's id, a code's step. The row can go when it has expired by itself.
ONCE = Table("service_once", METADATA, key("token"), instant("until"), Index("ix_service_once_until", "until"))

#: A hospital system that calls the reminder services, with its public keys (JWK set) and the addresses it may name.
CDS_CLIENT = Table(
    "service_cds_client", METADATA, key("issuer"), text("actor_id"), text("institution_id"), text("keys"),
    text("jku", needed=False), text("fhir_server", needed=False), instant("changed_at"),
)  # fmt: skip

#: A reminder that was shown, and what was answered. `kept_at` is when the answer reached the ledger.
CARD = Table(
    "service_card", METADATA, key("card_id"), text("service_id"), text("person_id"), text("institution_id"),
    text("staff_id"), text("encounter_id"), text("law_id"), text("reminder_id"), text("order_id"), text("item_code"),
    text("ref_table", needed=False), text("ref_id", needed=False), number("amount"), instant("shown_at"),
    text("outcome", needed=False), text("reason", needed=False), text("comment", needed=False),
    instant("answered_at", needed=False), instant("kept_at", needed=False),
    CheckConstraint("outcome in ('accepted', 'overridden')", name="outcome"),
    Index("ix_service_card_institution_id", "institution_id", "shown_at"),
    Index("ix_service_card_person_id", "person_id", "staff_id"),
)  # fmt: skip

#: What a voucher was shown for. The voucher itself is a signed text that is kept nowhere.
VISIT = Table(
    "service_visit", METADATA, key("visit_id"), text("person_id"), text("institution_id"), text("use"),
    text("department", needed=False), instant("slot", needed=False), instant("made_at"), instant("ends_at"),
    Index("ix_service_visit_person_id", "person_id"), Index("ix_service_visit_institution_id", "institution_id"),
)  # fmt: skip

#: A prescription to be renewed and filled at a pharmacy of the person's choice.
RENEWAL = Table(
    "service_renewal", METADATA, key("renewal_id"), text("person_id"), text("institution_id"), text("pharmacy_id"),
    text("prescription_id"), text("items"), text("delivery"), text("state"), instant("moved_at"), number("version"),
    CheckConstraint("delivery in ('pickup', 'delivery')", name="delivery"),
    Index("ix_service_renewal_person_id", "person_id"),
)  # fmt: skip

RENEWAL_STEP = Table(
    "service_renewal_step", METADATA, key("renewal_id"), key("sequence"), text("state"), text("actor_id"),
    text("note", needed=False), instant("at"),
)  # fmt: skip

#: A file handed in to be read into the ledger. Counts are rows; `said` is why it failed, or why it was cancelled.
UPLOAD = Table(
    "service_upload", METADATA, key("upload_id"), text("institution_id"), text("actor_id"), text("file_name"),
    text("sha256"), number("bytes"), text("state"), number("done"), number("total"), number("rows_in"),
    number("accepted"), number("quarantined"), number("duplicates"), text("ledger_batch", needed=False),
    text("said", needed=False), instant("made_at"), instant("moved_at"),
    CheckConstraint("state in ('received', 'reading', 'storing', 'taken', 'failed', 'cancelled')", name="state"),
    Index("ix_service_upload_institution_id", "institution_id"),
)  # fmt: skip

#: What somebody has written and not sent yet, under the object that it is about (`clue:CL-…`). `body` is JSON.
DRAFT = Table(
    "service_draft", METADATA, key("actor_id"), key("object"), text("body"), instant("saved_at"),
)  # fmt: skip

#: Peers that a hospital chose to be compared with: a JSON list of ids. All stay, since figures of them were seen.
PEER_CHOICE = Table(
    "service_peer_choice", METADATA, key("choice_id"), text("institution_id"), text("peers"), text("actor_id"),
    instant("made_at"), Index("ix_service_peer_choice_institution_id", "institution_id"),
)  # fmt: skip

#: Tables that `verify` holds against the trail, and columns of theirs that come and go without an event: the time of a
#: failed sign-in is told, how far an upload has been read is not. Sessions and tokens of one use end by themselves, and
#: strangers are nobody.
SEALED = (CREDENTIAL, API_KEY, CDS_CLIENT, CARD, VISIT, RENEWAL, RENEWAL_STEP, UPLOAD, PEER_CHOICE)
UNSEALED = {"service_card": frozenset({"kept_at"}), "service_upload": frozenset({"state", "done", "total", "moved_at"})}
