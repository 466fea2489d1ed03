"""Financial protection: what paying for care does to households."""
