"""Runs laws: DuckDB (embedded), the portable SQL subset, kernels, money and content hashes."""
