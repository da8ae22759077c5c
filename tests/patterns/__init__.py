"""Engines in which a pattern of legacy code stands, and engines in which its nearest look-alike does."""
