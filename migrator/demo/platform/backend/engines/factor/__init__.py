"""Factor values from feature vectors."""
