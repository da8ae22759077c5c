"""How fast the command is, each figure as a ratio of two things that were measured in turn."""
