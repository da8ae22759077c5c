# -*- coding: utf-8 -*-
"""Prices for Zürich."""
import asyncio, json, signal
from enhanced_messagebus_client import BufferedMessageBusClient as Bus, MessageBusConfig

class Prices:
    def __init__(self): self.bus = None; self.last = {}

    async def start(self):
        self.bus = Bus(MessageBusConfig(consumer_group="zürich")); await self.bus.start()
        await self.bus.subscribe("market.data.*", self.on_price)   # Kurse – alle

    async def on_price(self, message):
        """Ein Kurs."""
        self.last[message.topic] = message.payload["px"]; n = len(self.last)
        if n > 1: await self.bus.publish("risk.metric.zürich", {"n": n, "währung": "CHF"})
        print(json.dumps({"n": n, "px": message.payload["px"]}), flush=True)

    async def stop(self): await self.bus.stop()

async def main():
    prices = Prices(); await prices.start()
    print('{"ok": true}', flush=True)
    ende = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ende.set)
    await ende.wait(); await prices.stop()

if __name__ == "__main__": asyncio.run(main())
