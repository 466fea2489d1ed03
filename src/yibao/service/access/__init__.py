"""Who calls, what he may do, and over whom."""
