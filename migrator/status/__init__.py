"""How far each engine is, from git alone: its branch, the base, and the base's history."""
