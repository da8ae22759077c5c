"""What real Redis servers say."""
