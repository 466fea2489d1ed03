"""CDS Hooks 2.x: reminders inside a hospital's own ordering system."""
