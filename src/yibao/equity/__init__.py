"""Equity: are resources fair, are households protected, did a policy work."""
