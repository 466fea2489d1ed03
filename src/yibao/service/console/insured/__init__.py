"""The insured person's pages: what was paid and why, what cover is left, what is still due, who looked."""
