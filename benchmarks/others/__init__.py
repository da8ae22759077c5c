"""What a user would take instead: other tools, what they are given, and what they make of the same files."""
