"""Feature vectors from raw ticks."""
