"""Margin requirements and margin calls."""
