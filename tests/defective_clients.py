"""The sample platform's dual client with one fault each, as deployed clients were seen to have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tinyplatform import platform_file

OWN_STREAM = """
    def _own(self, stream: str) -> str:
        return stream if stream.startswith("marketdata") else f"{stream}:{self.config.engine_type.value}"

    async def close(self)"""

LEGACY_PUBLISH = """
    async def publish(self, stream_name, data, priority=MessagePriority.NORMAL):
        return await self.publish_message(MessageType.ENGINE_HEALTH, data, priority)

    async def close(self)"""

ONLY_MEMBERS = """\
        message_types = [each for each in message_types if isinstance(each, MessageType)]
        if not message_types:
            logger.warning("no valid message types")
            return
"""


@dataclass(frozen=True)
class Defect:
    """One fault: its number, the probes that must name it, and the edits that put it into the client."""

    fault: int
    probes: frozenset[str]
    edits: tuple[tuple[str, str], ...]

    def client(self) -> bytes:
        """The client's text with the fault; every edit applies exactly once."""
        text = platform_file("dual_messagebus_client.py").decode()
        for before, after in self.edits:
            assert text.count(before) == 1, f"{before!r} stands {text.count(before)} times in the client"
            text = text.replace(before, after)
        return text.encode()


def defect(fault: int, probes: str, *edits: tuple[str, str]) -> Defect:
    return Defect(fault, frozenset(probes.split()), edits)


DEFECTS: Mapping[str, Defect] = {
    "a stream for each engine": defect(
        1,
        "delivery",
        ("client.xadd(_stream(message_type)", "client.xadd(self._own(_stream(message_type))"),
        ("[_stream(message_type) for message_type", "[self._own(_stream(message_type)) for message_type"),
        ("\n    async def close(self)", OWN_STREAM),
    ),
    "one stream for all types": defect(
        2, "filtering", ('f"{MESSAGE_BUS[message_type].value}:{message_type.value}"', "MESSAGE_BUS[message_type].value")
    ),
    "one group for all subscriptions": defect(
        3,
        "fan-out",
        (
            'group = f"{self.config.engine_type.value}:{self._subscriptions[bus]}"',
            "group = self.config.engine_type.value",
        ),
    ),
    "a publish that drops the topic": defect(4, "legacy-publish", ("\n    async def close(self)", LEGACY_PUBLISH)),
    "texts subscribe to nothing": defect(
        5, "arguments", ("        _check_types(message_types)\n        _check_bus(bus, message_types)\n", ONLY_MEMBERS)
    ),
    "types that nobody can subscribe to": defect(
        6,
        "subscribable",
        (
            "[_stream(message_type) for message_type in message_types]",
            "[_stream(each) for each in message_types if list(MessageType).index(each) < 16]",
        ),
    ),
    "values that JSON lacks are lost": defect(
        7, "payloads", ("json.dumps(payload)", "json.dumps(payload, default=lambda value: None)")
    ),
    "a sync handler is taken": defect(8, "sync-handler", ("        _check_handler(handler)\n", "")),
    "pending for ever": defect(
        8,
        "failing-handler",
        (
            '        positions = dict.fromkeys(streams, "0")\n        while',
            '        positions = dict.fromkeys(streams, ">")\n        while',
        ),
    ),
    "a group that starts at 0": defect(
        9, "first-start", ('_create_group(client, stream, group, "$")', '_create_group(client, stream, group, "0")')
    ),
    "an address in the source": defect(
        10,
        "configuration",
        ("host=self.config.marketdata_redis_host", 'host="localhost"'),
        ("port=self.config.marketdata_redis_port", "port=6380"),
        ("password=self.config.marketdata_redis_password", "password=None"),
        ("ssl=self.config.marketdata_redis_tls", "ssl=False"),
    ),
    "a socket timeout below the read's": defect(
        11,
        "sparse idle",
        ("socket_timeout: float = 5.0", "socket_timeout: float = 0.05"),
        ("if config.read_block_ms >= config.socket_timeout * 1000:", "if False:"),
        (
            """                positions = dict.fromkeys(streams, "0")  # what the lost read had taken is offered again
                await asyncio.sleep(RETRY_SECONDS)
""",
            "",
        ),
    ),
    "a lost group stays lost": defect(
        12,
        "lost-group",
        (
            '        logger.warning("%s lost its group: %s", group, error)\n',
            "        await asyncio.sleep(0.001)\n        return\n",
        ),
    ),
    "the factory keeps a closed client": defect(
        13, "after-close", ("if client is None or client._closed:", "if client is None:")
    ),
    "one client for all loops": defect(
        14,
        "event-loop",
        ("key = (asyncio.get_running_loop(), ", "key = (None, "),
        ("if key[0].is_closed()]", "if False]"),
    ),
}
