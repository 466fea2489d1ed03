"""Pages of supervision: evaluations of models, risk lists, portraits, back-tests, sensitivity curves."""
