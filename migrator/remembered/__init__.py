"""What earlier runs found, kept in the user's cache: whatever is taken from it is what would be found again."""
