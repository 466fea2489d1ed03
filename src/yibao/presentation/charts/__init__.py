"""Charts of the report: each function takes plain rows and returns SVG that reads as one sentence."""
