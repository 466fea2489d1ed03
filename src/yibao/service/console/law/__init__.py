"""The law pages: what a rule, a policy or an indicator says, since when, on which ground, and what proves it."""
