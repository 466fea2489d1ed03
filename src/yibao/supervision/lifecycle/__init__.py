"""The life of a law in a bureau: draft, back-test, grey (dual run in the shadow), on, off; and the watch over it."""
