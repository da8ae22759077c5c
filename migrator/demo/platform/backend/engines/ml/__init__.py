"""Price predictions."""
