"""What holds for all tests: nothing of a person's own cache is read or written, and no example is timed."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hypothesis import settings

# The machine may be busy: how long one example takes says nothing of the code.
settings.register_profile("migrate", deadline=None)
settings.load_profile("migrate")

# A shell ignores SIGINT in what it starts in the background, and every child would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
