"""Taking an engine back after its merge: which commits, which texts, and whom that would cut off."""
