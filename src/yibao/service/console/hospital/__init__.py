"""A hospital's pages: its own figures among anonymous peers, its clues, its bills before they are handed in."""
