"""What servers were seen to do, and what stands behind it, in words."""
