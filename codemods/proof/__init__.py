"""The checks that a change must pass before anybody sees it."""
