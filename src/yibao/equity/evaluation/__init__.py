"""Did a policy work: panels, staggered adoption, matching, instruments, choice models, mediation, thresholds.

Estimation is done by the libraries of the extra `evaluate` wherever one is right; they are imported when used.
"""
