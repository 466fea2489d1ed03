"""Runs over a ledger: which laws, in which order, what they gave, and the report."""
