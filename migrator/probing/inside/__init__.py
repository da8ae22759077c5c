"""What runs beside the target client, in a process of its own: Python's library and redis-py, nothing of the tool."""
