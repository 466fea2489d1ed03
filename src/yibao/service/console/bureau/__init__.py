"""Pages of the bureau."""
