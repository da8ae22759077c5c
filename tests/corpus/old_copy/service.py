"""Uses its own copy of the bus, since the shared one was slow once."""
import asyncio
import json
import signal

from engines.old_copy.enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


async def main():
    bus = BufferedMessageBusClient(MessageBusConfig(consumer_group="copy"))
    await bus.start()

    async def on_update(m):
        print(json.dumps({"update": m.topic, "qty": m.payload.get("qty")}), flush=True)

    await bus.subscribe("portfolio.update.*", on_update)
    print(json.dumps({"ok": bus.is_connected}), flush=True)
    leave = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leave.set)
    await leave.wait()
    await bus.stop()


if __name__ == "__main__":
    asyncio.run(main())
