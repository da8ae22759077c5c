"""The target client at work on real servers: what it does, and what that means for a campaign."""
