"""A relay to somebody's servers: it knows their passwords, and lets nothing pass but what a probe may send."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

from migrator.live.servers import HOST
from migrator.live.urls import ServerUrl
from migrator.probing.allowed import RefusedError, Words, passes

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
SECONDS = 5.0  # to reach a server, and to stop


class Relay:
    """A loopback port for each bus while it runs within `with`; `refused` has every command that did not pass."""

    def __init__(self, urls: Mapping[str, ServerUrl], names: Mapping[str, Collection[str]]) -> None:
        self.ports: dict[str, int] = {}
        self.refused: list[str] = []
        self._urls = urls
        self._names = {bus: {name.encode("utf-8", "surrogateescape") for name in each} for bus, each in names.items()}
        self._servers: dict[str, asyncio.Server] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)

    def __enter__(self) -> Relay:
        self._thread.start()
        self.ports = self._do(self._listen())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        self._loop.close()

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(2 * SECONDS)

    async def _listen(self) -> dict[str, int]:
        for bus in self._urls:
            self._servers[bus] = await asyncio.start_server(self._handler(bus), HOST, 0)
        return {bus: server.sockets[0].getsockname()[1] for bus, server in self._servers.items()}

    async def _stop(self) -> None:
        for server in self._servers.values():
            server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _handler(self, bus: str) -> Any:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writers = [writer]
            try:
                server = await asyncio.wait_for(dial(self._urls[bus].url), SECONDS)
                writers.append(server[1])
                await self._both_ways((reader, writer), server, bus)
            except (OSError, EOFError, TimeoutError, asyncio.CancelledError):
                pass  # the client sees its connection closed, as it would without the relay
            finally:
                for each in writers:
                    each.close()
                    with suppress(OSError, EOFError, ssl.SSLError):
                        await each.wait_closed()

        return handle

    async def _both_ways(self, client: Streams, server: Streams, bus: str) -> None:
        """Until one of the two sides ends."""
        ways = [
            asyncio.create_task(self._commands(client[0], server[1], bus)),
            asyncio.create_task(_replies(server[0], client[1])),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _commands(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, bus: str) -> None:
        while True:
            words = await read_command(reader)
            try:
                writer.write(written(passes(words, self._names[bus])))
            except RefusedError as refused:
                self.refused.append(str(refused))
                return
            await writer.drain()


async def _replies(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()


async def read_command(reader: asyncio.StreamReader) -> list[bytes]:
    """The words of the next command; EOFError where there is none, or it is not the array that libraries send."""
    count = await _number(reader, b"*")
    words = []
    for _ in range(count):
        words.append(await reader.readexactly(await _number(reader, b"$")))
        await reader.readexactly(2)
    if not words:
        raise EOFError
    return words


async def _number(reader: asyncio.StreamReader, kind: bytes) -> int:
    line = await reader.readuntil(b"\r\n")
    if not line.startswith(kind):
        raise EOFError
    return int(line[1:])


def written(words: Words) -> bytes:
    """A command as it goes over the wire."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


async def dial(url: str) -> Streams:
    """A connection to the server of a URL, with its user, password and database; OSError where it says no."""
    from redis.connection import parse_url

    server: dict[str, Any] = dict(parse_url(url))  # type: ignore[no-untyped-call]
    if "path" in server:
        reader, writer = await asyncio.open_unix_connection(server["path"])
    else:
        where = server.get("host", "localhost"), int(server.get("port", 6379))
        reader, writer = await asyncio.open_connection(*where, ssl=_tls(server))
    for words in _greeting(server):
        writer.write(written(words))
        answer = await reader.readuntil(b"\r\n")
        if not answer.startswith(b"+"):
            writer.close()
            raise ConnectionRefusedError(answer.decode(errors="replace").strip())
    return reader, writer


def _greeting(server: Mapping[str, Any]) -> Sequence[list[bytes]]:
    user, password, database = server.get("username"), server.get("password"), int(server.get("db") or 0)
    words = []
    if password:
        words.append([b"AUTH", *([user.encode()] if user else []), password.encode()])
    if database:
        words.append([b"SELECT", str(database).encode()])
    return words


def _tls(server: Mapping[str, Any]) -> ssl.SSLContext | None:
    """What the URL says of TLS, in the words of redis-py."""
    if "SSL" not in getattr(server.get("connection_class"), "__name__", ""):
        return None
    context = ssl.create_default_context(cafile=server.get("ssl_ca_certs"), capath=server.get("ssl_ca_path"))
    if server.get("ssl_certfile"):
        context.load_cert_chain(server["ssl_certfile"], server.get("ssl_keyfile"), server.get("ssl_password"))
    if str(server.get("ssl_cert_reqs", "required")) == "none":
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    elif str(server.get("ssl_check_hostname", "true")).lower() in ("false", "no", "0"):
        context.check_hostname = False
    return context
