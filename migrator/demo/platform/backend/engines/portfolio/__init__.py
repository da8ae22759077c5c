"""Positions and their value."""
