"""Charge lines by the million for benchmarks."""
