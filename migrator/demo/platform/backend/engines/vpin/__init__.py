"""Order flow toxicity."""
