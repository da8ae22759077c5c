"""What holds for all tests: no cache of a person's own is used, no example is timed, and servers start once a file."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from migrator.live.servers import Servers

# The machine may be busy: how long one example takes says nothing of the code.
settings.register_profile("migrate", deadline=None)
settings.load_profile("migrate")

# A shell ignores SIGINT in what it starts in the background, and every child would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """Three real servers, for all tests of one file."""
    from migrator.live.servers import Servers  # most tests need none of it

    with Servers() as running:
        yield running
