"""The service: an API for systems, reminders inside ordering systems (CDS Hooks), a console for people.

Everything is done over the ledger, the registry and the other rooms; who calls, and over whom, is asked in one place
(:mod:`yibao.service.access`).
"""
