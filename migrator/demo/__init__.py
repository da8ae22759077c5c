"""The sample platform, and the whole migration walked on real servers."""
