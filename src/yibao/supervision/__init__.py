"""What looks wrong: rules, primitives and the check of a doctor's order."""
