"""How it is measured, and how figures become tables."""
