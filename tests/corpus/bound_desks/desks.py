"""One handler for several desks, bound to each of them."""
import asyncio
import functools
import json
import signal

from enhanced_messagebus_client import BufferedMessageBusClient, EnhancedMessageBusConfig

METRICS = "risk.metric.*"


class Desks:
    def __init__(self, currency):
        self.currency = currency
        self.count = 0

    async def open(self):
        self.bus = BufferedMessageBusClient(EnhancedMessageBusConfig(consumer_group="desks"))
        await self.bus.start()
        await self.bus.subscribe("market.data.*", functools.partial(self.on_price, "equities", self.currency))
        await self.bus.subscribe("market.data.*", functools.partial(self.on_price, "futures", "EUR"))
        on_fill = functools.partial(self.on_fill, book={"name": "main"})
        await self.bus.subscribe("trade.fill.*", on_fill)
        self.on_risk = self.on_metric
        await self.bus.subscribe(METRICS, self.on_risk)

    async def on_price(self, desk, currency, message):
        self.count += 1
        await self.bus.publish("portfolio.update.AAPL", {"desk": desk, "in": currency, "px": message.payload["px"]})
        self.say(desk=desk, topic=message.topic, n=self.count)

    async def on_fill(self, message, book):
        self.say(book=book, fill=message.payload)

    async def on_metric(self, message):
        self.say(metric=message.payload, exposed=1 / message.payload["exposure"])

    def say(self, **what):
        print(json.dumps(what), flush=True)


async def main():
    desks = Desks("USD")
    await desks.open()
    desks.say(open=True)
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    await end.wait()
    await desks.bus.stop()


if __name__ == "__main__":
    asyncio.run(main())
