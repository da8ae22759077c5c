"""Signals, replayed against history."""
