import asyncio
import json
import logging
import sys
from enum import Enum, auto

from enhanced_messagebus_client import BufferedMessageBusClient as Client
from enhanced_messagebus_client import MessageBusConfig as Config
from enhanced_messagebus_client import MessagePriority as Urgency

logger = logging.getLogger(__name__)


class MessageType(Enum):
    """Our own: what a line on the tape is."""

    QUOTE = auto()
    TRADE = auto()


class EngineType(str):
    pass


def classify(payload: dict) -> MessageType:
    return MessageType.TRADE if "qty" in payload else MessageType.QUOTE


class Tape:
    kind = EngineType("tape")

    def __init__(self, topic="market.data.*"):
        self.topic, self.counts = topic, {kind.name: 0 for kind in MessageType}

    async def run(self, lines):
        client = Client(Config(consumer_group="tape", consumer_name="tape-1"))
        await client.start()
        seen = asyncio.Queue()

        async def on_data(message):
            kind = classify(message.payload)
            self.counts[kind.name] += 1
            await seen.put((message.topic, kind))

        await client.subscribe("market.data.*", on_data)
        print('{"state": "listening"}', flush=True)
        for n in range(lines):
            topic, kind = await seen.get()
            print(json.dumps({"n": n, "topic": topic, "kind": kind.name}), flush=True)
        await client.publish("health.tape", {"counts": self.counts, "kind": str(self.kind)}, priority=Urgency.LOW)
        await asyncio.sleep(0.1)  # the last one is still being acknowledged
        await client.stop()
        return self.counts


if __name__ == "__main__":
    counts = asyncio.run(Tape().run(int(sys.argv[1])))
    logger.info("counts: %s", counts)
    sys.exit(0 if sum(counts.values()) else 1)
