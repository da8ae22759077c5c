"""Trading signals from predictions."""
