"""Ticks from the exchanges."""
