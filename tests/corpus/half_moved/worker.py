"""Half of it moved in spring; reading followed never."""
import asyncio
import json
import signal

from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


async def run(stop: asyncio.Event) -> None:
    new = await get_dual_bus_client(EngineType.FACTOR)
    old = BufferedMessageBusClient(MessageBusConfig(consumer_group="half"))
    await old.start()

    async def on_signal(msg) -> None:
        await new.publish_message(MessageType.FACTOR_CALCULATION, {"from": msg.topic, **msg.payload})
        print(json.dumps({"seen": msg.topic}), flush=True)

    await old.subscribe("strategy.signal.*", on_signal)
    print(json.dumps({"ready": True}), flush=True)
    await stop.wait()
    await old.stop()
    await new.close()


async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await run(stop)


asyncio.run(main())
