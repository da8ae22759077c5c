"""Scales signals. A signal that is scaled is a signal again: the old stream told them apart by `scaled`."""
import asyncio
import json
import signal

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Scaler:
    factor = 2

    async def run(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig(consumer_group="scaler"))
        await self.bus.start()
        await self.bus.subscribe("strategy.signal.*", self.scale)
        print(json.dumps({"scaling": True}), flush=True)

    async def scale(self, message):
        if message.payload.get("scaled"):
            print(json.dumps({"own": message.topic}), flush=True)
            return
        await self.forward(message.payload["symbol"], message.payload["size"] * self.factor)

    async def forward(self, symbol, size):
        await self.bus.publish(f"strategy.signal.{symbol}", {"symbol": symbol, "size": size, "scaled": True})


async def main():
    scaler = Scaler()
    await scaler.run()
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    await over.wait()
    await scaler.bus.stop()


if __name__ == "__main__":
    asyncio.run(main())
