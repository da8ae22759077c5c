"""Factor model of the predictions."""
