"""Running statistics of prices."""
