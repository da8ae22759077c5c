"""What holds for all tests, and what many share: nothing of a person's own cache or git configuration is used."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from gitrepo import use_fixed_git
from hypothesis import settings

if TYPE_CHECKING:
    from migrator.live.servers import Servers

# The machine may be busy: how long one example takes says nothing of the code.
settings.register_profile("migrate", deadline=None)
settings.load_profile("migrate")

# A shell ignores SIGINT in what it starts in the background, and every child would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _nobody_in_particular(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    use_fixed_git(monkeypatch)


@pytest.fixture
def platform(tmp_path: Path) -> Path:
    """The sample platform, as `migrate demo --write` leaves it."""
    from migrator.demo.write import write_platform  # as below: most tests need none of it

    write_platform(tmp_path / "platform")
    return tmp_path / "platform"


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """Three real servers, for all tests of one file."""
    from migrator.live.servers import Servers

    with Servers() as running:
        yield running
