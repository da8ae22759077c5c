"""Handlers that others call too: a replay, a test, and two books with one method."""
import asyncio
import json
import signal

from enhanced_messagebus_client import BufferedMessageBusClient, BusMessage, EnhancedMessageBusConfig, MessagePriority


def say(**what):
    print(json.dumps(what), flush=True)


class Book:
    def __init__(self, name):
        self.name = name

    async def on_fill(self, message: BusMessage):
        say(book=self.name, topic=message.topic, fill=message.payload)


class Desk:
    def __init__(self):
        self.seen = []
        self.eq, self.fx = Book("eq"), Book("fx")

    async def open(self):
        self.bus = BufferedMessageBusClient(EnhancedMessageBusConfig(consumer_group="called"))
        await self.bus.start()
        await self.bus.subscribe("market.data.*", self.on_price)
        await self.bus.subscribe("trade.fill.EQ", self.eq.on_fill)
        await self.bus.subscribe("trade.fill.FX", self.fx.on_fill)
        await self.bus.subscribe("risk.metric.*", self.on_metric)

    async def on_price(self, message: BusMessage):
        self.seen.append(message.payload["px"])
        say(price=message.payload, of=message.topic, seen=self.seen)

    async def replay(self, px):
        old = BusMessage(topic="market.data.OLD", payload={"px": px}, priority=MessagePriority.LOW, timestamp=0.0)
        await self.on_price(old)

    async def on_metric(self, message):
        await self.replay(1 / message.payload["exposure"])


async def main():
    desk = Desk()
    await desk.open()
    say(open=True)
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    await end.wait()
    await desk.bus.stop()


if __name__ == "__main__":
    asyncio.run(main())
