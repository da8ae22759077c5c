"""What `migrate bridge` does: carries the entries of edges that a phase cuts, between the servers of their two ends."""
