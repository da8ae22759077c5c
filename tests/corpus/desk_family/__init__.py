"""Two desks and what they share."""
