"""Topics that somebody looks at."""

INTERESTING = (
    "portfolio.update.*",
    "strategy.signal.*",  # the loud ones
)
BORING = ["health.*"]
