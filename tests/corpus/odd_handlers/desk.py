"""Handlers of all sorts; one of them asks when a message was sent."""
import asyncio
import json
import signal
import time

from enhanced_messagebus_client import BufferedMessageBusClient, BusMessage, MessageBusConfig


def only(symbol, then):
    async def handler(message: BusMessage):
        if message.topic.endswith("." + symbol):
            await then(message.payload)
    return handler


class Desk:
    async def open(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig(consumer_group="odd"))
        await self.bus.start()
        await self.bus.subscribe("market.data.*", only("AAPL", self.apple))
        await self.bus.subscribe("trade.fill.*", self.fill)
        await self.bus.subscribe("risk.metric.*", self.stale)

    async def apple(self, payload):
        print(json.dumps({"apple": payload}), flush=True)

    async def fill(self, message):
        print(json.dumps({"fill": message.payload}), flush=True)

    async def stale(self, message):
        age = time.time() - message.timestamp
        print(json.dumps({"metric": message.payload, "old": age > 60, "priority": message.priority.name}), flush=True)


async def main():
    desk = Desk()
    await desk.open()
    print(json.dumps({"open": True}), flush=True)
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    await end.wait()
    await desk.bus.stop()


if __name__ == "__main__":
    asyncio.run(main())
