"""Whether an engine's migration worked: the checks, and what stands behind one that fails."""
