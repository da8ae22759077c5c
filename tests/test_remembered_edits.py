"""What is remembered is what would be found again, whatever is edited in between: to the byte, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import Result
from gitrepo import git, use_fixed_git, write_files
from hypothesis import given, settings
from hypothesis import strategies as st
from statuses import migrate
from tinyplatform import CONFIG, NATIVE, PUBLISHER, tiny_platform

from migrator.demo.write import write_platform

PATHS = (
    "backend/engines/strategy/service.py",
    "backend/engines/strategy/helpers.py",
    "backend/engines/portfolio/service.py",
    "backend/engines/portfolio/__init__.py",
    "backend/engines/risk/service.py",
    "backend/engines/__init__.py",
    "backend/shared/__init__.py",
    "backend/shared/bus.py",
    "backend/shared.py",
    "backend/redis/__init__.py",
    "tools/one.py",
    "Procfile",
)
MAKER = "import redis\n\n\ndef bus():\n    return redis.Redis(port=6379)\n"
TELLER = """\
from shared import bus, client


async def tell():
    bus().publish('strategy.signal.x', '1')
    await client.xadd('ticks', {})
"""
READER = """\
from shared import bus as made

lost = made()


def tell():
    lost.xread({'ticks': '$'})
"""
CALLER = """\
from engines.strategy.helpers import tell
from . import helpers

tell()
helpers.lost.lpush('jobs', '1')
"""
USER = """\
from engines.strategy.service import Engine


async def main():
    engine = Engine()
    await engine.start()
    await engine.bus.publish('portfolio.weights.x', {})
"""
STORE = """\
import redis


class Store:
    def __init__(self):
        self.client = redis.Redis()


store = Store()
"""
KEPT = "from shared.bus import store\n\nstore.client.xadd('ticks', {'a': '1'})  # migrate: keep: read by hand\n"
PUBLIC = "import redis\n\nr = redis.Redis(port=6379)\nr.xadd('ticks', {'a': '1'})\n"
CLIENT = "import redis.asyncio as redis\n\nclient = redis.Redis(port=6379)\n"
BROKEN = "def broken(:\n"
STARTED = "web: python -m engines.strategy.service:tell\n"
TEXTS = (
    *(PUBLISHER, NATIVE, MAKER, TELLER, READER, CALLER, USER, STORE, KEPT, PUBLIC, CLIENT, BROKEN, STARTED, ""),
    *("from .bus import bus, client\n", "from shared.bus import *\n"),
)
CONFIGS = (
    CONFIG,
    CONFIG.replace("STRATEGY_SIGNAL}", "PORTFOLIO_UPDATE}"),
    CONFIG.replace("paths: [engines/strategy]", "paths: [engines/strategy, shared]"),
    CONFIG.replace("  - {match", "  - {match: ticks, message_type: MARKET_DATA}\n  - {match"),
    CONFIG.replace("engines:\n", "shared: [shared]\nengines:\n", 1),
)
paths, texts = st.sampled_from(PATHS), st.sampled_from(TEXTS)
edits = st.one_of(
    st.tuples(st.just("write"), paths, texts),
    st.tuples(st.just("write"), paths, texts),
    st.tuples(st.just("delete"), paths, st.just("")),
    st.tuples(st.just("move"), paths, paths),
    st.tuples(st.just("write"), st.just("engines.yaml"), st.sampled_from(CONFIGS)),
)
Edit = tuple[str, str, str]


def edit(root: Path, what: str, path: str, other: str) -> None:
    """Make an edit and commit it; what is not there, or in the way, is nothing to do."""
    before = root / path
    if what == "write":
        if not any(each.is_file() for each in before.parents if root in each.parents):
            write_files(root, {path: other})
    elif before.is_file() and what == "delete":
        before.unlink()
    elif before.is_file() and not (root / other).exists():
        write_files(root, {other: before.read_bytes()})
        before.unlink()
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "Edit")


def said(result: Result) -> tuple[str, str, int]:
    """All that a command says."""
    return result.stdout, result.stderr, result.exit_code


def assert_the_same(root: Path, steps: Iterable[Edit], commands: Sequence[str] = ("scan", "check", "status")) -> None:
    """After each edit, the commands say with what they remember what they say without."""
    for command in commands:
        migrate(root, command)
    for step in steps:
        edit(root, *step)
        for command in commands:
            plain = migrate(root, command, "--json", "--no-cache")
            for _ in range(2):
                assert said(migrate(root, command, "--json")) == said(plain)


def assert_the_same_on_tiny(steps: list[Edit]) -> None:
    """The same on a platform of its own, with nothing remembered yet."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", f"{folder}/cache")
        use_fixed_git(patch)
        assert_the_same(tiny_platform(Path(folder)), steps)


@settings(max_examples=12)
@given(steps=st.lists(edits, min_size=1, max_size=6))
def test_remembered_and_read_anew_are_the_same_after_any_edits(steps: list[Edit]) -> None:
    assert_the_same_on_tiny(steps)


def test_verdicts_on_streams_that_become_messages_follow_the_other_engines(tmp_path: Path) -> None:
    """`features` publishes what `factor` reads: whether that becomes messages depends on both."""
    write_platform(tmp_path / "sample")
    path = "backend/engines/factor/service.py"
    text = (tmp_path / "sample" / path).read_text()
    other = text.replace("for _, messages in entries:", "for _, messages in reversed(entries):")
    modes = []
    for each in (other, text):
        assert_the_same(tmp_path / "sample", [("write", path, each)], ["scan"])
        streams = json.loads(migrate(tmp_path / "sample", "scan", "--json").stdout)["streams"]["names"]
        modes += [each["mode"] for each in streams if each["name"] == "feature-vectors"]
    assert modes == ["routed", "message"]


@pytest.mark.soak
@pytest.mark.timeout(3600)
@settings(max_examples=150)
@given(steps=st.lists(edits, min_size=5, max_size=25))
def test_the_same_after_many_edits(steps: list[Edit]) -> None:
    assert_the_same_on_tiny(steps)
