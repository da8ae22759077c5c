"""Tests that patch a client, run by pytest before and after: they pass, and they still fail where the code is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from engines_of_one import FOLDER, TARGET, WRAPPER, assert_moves, change_texts, slug, texts_of

from codemods.model import Change, Verdict

TEST = f"{FOLDER}/test_service.py"
RAW = """\
import redis.asyncio as redis


async def tell(symbol):
    link = redis.Redis(host="localhost", port=6379)
    await link.xadd("raw-ticks", {"s": symbol})
    await link.aclose()
"""
SYNC = RAW.replace("redis.asyncio as redis", "redis").replace("await ", "").replace("aclose", "close")
WRAPPED = """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig, MessagePriority


async def tell(symbol):
    bus = BufferedMessageBusClient(MessageBusConfig(redis_host="localhost"))
    await bus.start()
    await bus.publish(f"portfolio.update.{symbol}", {"s": symbol}, priority=MessagePriority.HIGH)
    await bus.stop()
"""
MAIN = """

if __name__ == "__main__":
    import asyncio

    asyncio.run(tell("A"))
"""
TOP = """\
import asyncio
from unittest.mock import AsyncMock, MagicMock, Mock, patch

import service

"""
TOLD = 'assert_awaited_once_with("raw-ticks", {"s": "A"})'
RUN = 'asyncio.run(service.tell("A"))'
PUBLISHED = 'assert_awaited_once_with("portfolio.update.A", {"s": "A"}, priority=MessagePriority.HIGH)'
BUS = """\
    bus.start = AsyncMock()
    bus.publish = AsyncMock(return_value=True)
    bus.stop = AsyncMock()
"""
MOVES = {
    "a class that is patched in a with": (
        RAW,
        f"""
def test_it():
    with patch("service.redis.Redis") as fake:
        fake.return_value.xadd = AsyncMock(return_value=b"1-0")
        fake.return_value.aclose = AsyncMock()
        {RUN}
    fake.assert_called_once()
    fake.return_value.xadd.{TOLD}
""",
        f"""
def test_it():
    with patch("service.get_dual_bus_client") as fake:
        fake.return_value.marketdata_client.xadd = AsyncMock(return_value=b"1-0")
        fake.return_value.close = AsyncMock()
        {RUN}
    fake.assert_called_once()
    fake.return_value.marketdata_client.xadd.assert_awaited_once_with(
        "raw-ticks", {{"s": "A"}}
    )
""",
    ),
    "a decorator, and a client with a name of its own": (
        RAW,
        f"""
@patch("os.getcwd")
@patch('service.redis.Redis')
def test_it(redis_class, getcwd):
    link = redis_class.return_value
    link.xadd, link.aclose = AsyncMock(), AsyncMock()
    {RUN}
    link.xadd.{TOLD}
""",
        f"""
@patch("os.getcwd")
@patch('service.get_dual_bus_client')
def test_it(redis_class, getcwd):
    link = redis_class.return_value
    link.marketdata_client.xadd, link.close = AsyncMock(), AsyncMock()
    {RUN}
    link.marketdata_client.xadd.{TOLD}
""",
    ),
    "a decorator of a function that calls its mock `cls`": (
        RAW,
        f"""
@patch("service.redis.Redis")
def test_it(cls):
    link = cls.return_value
    link.xadd, link.aclose = AsyncMock(), AsyncMock()
    {RUN}
    link.xadd.{TOLD}
""",
        f"""
@patch("service.get_dual_bus_client")
def test_it(cls):
    link = cls.return_value
    link.marketdata_client.xadd, link.close = AsyncMock(), AsyncMock()
    {RUN}
    link.marketdata_client.xadd.{TOLD}
""",
    ),
    "a mock of the test's own": (
        RAW,
        f"""
def test_it():
    link = AsyncMock()  # stands for the server
    with patch("service.redis.Redis", return_value=link):
        {RUN}
    link.xadd.{TOLD}
    link.aclose.assert_awaited_once()
""",
        f"""
def test_it():
    link = AsyncMock()  # stands for the server
    with patch("service.get_dual_bus_client", return_value=link):
        {RUN}
    link.marketdata_client.xadd.{TOLD}
    link.close.assert_awaited_once()
""",
    ),
    "monkeypatch and a lambda": (
        RAW,
        f"""
def test_it(monkeypatch):
    link = AsyncMock()
    monkeypatch.setattr("service.redis.Redis", lambda *a, **k: link)
    {RUN}
    link.xadd.{TOLD}
""",
        f"""
def test_it(monkeypatch):
    link = AsyncMock()
    monkeypatch.setattr("service.get_dual_bus_client", AsyncMock(return_value=link))
    {RUN}
    link.marketdata_client.xadd.{TOLD}
""",
    ),
    "a wrapper's class": (
        WRAPPED,
        f"""
from enhanced_messagebus_client import MessagePriority


@patch.object(service, "BufferedMessageBusClient")
def test_it(bus_class):
    bus = bus_class.return_value
{BUS}    {RUN}
    bus.publish.{PUBLISHED}
    bus.stop.assert_awaited_once()
""",
        f"""
@patch.object(service, "get_dual_bus_client")
def test_it(bus_class):
    bus = bus_class.return_value
    bus.publish_message = AsyncMock(return_value=True)
    bus.close = AsyncMock()
    {RUN}
    bus.publish_message.assert_awaited_once_with(
        MessageType.PORTFOLIO_UPDATE,
        {{"s": "A", "topic": "portfolio.update.A"}},
        priority=MessagePriority.HIGH,
    )
    bus.close.assert_awaited_once()
""",
    ),
}
HELD = {
    "what is said of how the client was made": "fake.assert_called_once_with(host='localhost', port=6379)",
    "a mock that is handed on": "print(fake)",
    "a client that is handed on": "print(fake.return_value)",
    "a command that the client never gives": "fake.return_value.xtrim.assert_not_called()",
    "a list of all calls": "print(fake.mock_calls)",
    "a mock that is bound again": "fake = None",
}

ALONE = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def texts_with(service: str, test: str) -> dict[str, bytes]:
    texts = texts_of(service + MAIN)
    texts[TEST] = (TOP + test).encode()
    return texts


def passes(folder: Path, texts: Mapping[str, bytes]) -> bool:
    """Whether pytest passes the engine's test, in an empty folder with nothing but the engine and the two clients."""
    folder.mkdir()
    for path, data in texts.items():
        (folder / Path(path).name).write_bytes(data)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(folder),
        "test_service.py",
    ]
    done = subprocess.run(command, cwd=folder, env=ALONE, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout or "1 failed" in done.stdout, done.stdout + done.stderr
    return done.returncode == 0


def broken(texts: Mapping[str, bytes]) -> dict[str, bytes]:
    """The engine with something else published than its test expects."""
    service = f"{FOLDER}/service.py"
    return {**texts, service: texts[service].replace(b": symbol", b": symbol * 2")}


def moved(texts: Mapping[str, bytes]) -> tuple[Change, dict[str, bytes]]:
    result = change_texts(texts)
    return result, {**texts, **result.texts}


@pytest.mark.parametrize("name", MOVES, ids=slug)
def test_a_test_that_patches_a_client_follows_it(name: str, tmp_path: Path) -> None:
    service, before, after = MOVES[name]
    texts = texts_with(service, before)
    result, new = moved(texts)
    assert new[TEST].decode().rsplit("\n\n\n", 1)[1] == after.strip("\n") + "\n"
    assert_moves(result)
    assert passes(tmp_path / "before", texts)
    assert passes(tmp_path / "after", new)
    assert not passes(tmp_path / "broken", broken(new))


@pytest.mark.parametrize("name", HELD, ids=slug)
def test_a_patch_that_cannot_be_followed_holds_its_client(name: str) -> None:
    test = f'\ndef test_it():\n    with patch("service.redis.Redis") as fake:\n        {HELD[name]}\n'
    result, _ = moved(texts_with(RAW, test))
    assert result.texts == {}
    patched = next(site for site in result.sites if site.kind == "patched")
    assert (patched.verdict, patched.path) == (Verdict.REFUSE, TEST)
    assert "is patched by its name here, and that name goes; " in patched.reason


def test_a_class_that_is_patched_for_all_files_holds_the_clients_that_it_makes() -> None:
    held, _ = moved(texts_with(RAW, '\n@patch("redis.asyncio.Redis")\ndef test_it(fake): pass\n'))
    other, _ = moved(texts_with(RAW, f'\n@patch("redis.Redis")\ndef test_it(fake):\n    {RUN}\n'))
    assert (list(held.texts), list(other.texts)) == ([], [f"{FOLDER}/service.py"])


def test_the_two_clients_are_what_the_engine_imports() -> None:
    assert {Path(path).stem for path in (WRAPPER, TARGET)} == {"enhanced_messagebus_client", "dual_messagebus_client"}
