"""`python -m migrator` is the command `migrate`."""

from migrator.cli import main

if __name__ == "__main__":
    main()
