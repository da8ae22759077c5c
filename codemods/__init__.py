"""What changes in code. Knows no git, no terminal and no server."""
