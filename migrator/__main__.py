"""`python -m migrator` is the command `migrate`."""

import os
import sys

if __name__ == "__main__":
    # Python puts the folder that it is started in first. That may be the user's repository, whose `redis.py` is read
    # and never run; where this package itself is there, that is Python's way to it.
    if not __package__ or not os.path.exists(os.path.join(sys.path[0], __package__)):  # noqa: PTH110, PTH118
        del sys.path[0]
    from migrator.cli import main

    main()
