"""Reads from one bus object, writes to another one. Nobody remembers why."""
import asyncio
import json
import signal

import enhanced_messagebus_client as emb


def config(group):
    return emb.MessageBusConfig(redis_host="localhost", redis_port=6379, consumer_group=group)


async def bridge():
    reader = emb.BufferedMessageBusClient(config("bridge-in"))
    writer = emb.BufferedMessageBusClient(config("bridge-out"))
    await asyncio.gather(reader.start(), writer.start())

    async def forward(message: emb.BusMessage) -> None:
        await writer.publish("portfolio.update." + message.payload["symbol"], {"from": "bridge", "qty": message.payload["qty"]})
        print(json.dumps({"forwarded": message.payload["symbol"]}), flush=True)

    await reader.subscribe("trade.fill.*", forward)
    print(json.dumps({"bridge": "open"}), flush=True)
    closing = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, closing.set)
    await closing.wait()
    await asyncio.gather(reader.stop(), writer.stop())


if __name__ == "__main__":
    asyncio.run(bridge())
