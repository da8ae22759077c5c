"""What is measured on: git repositories that are made up from a seed."""
