"""Exposure limits."""
