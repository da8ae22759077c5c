import asyncio
import os
import signal

from engines.given_parts.parts import Scout, Teller
from enhanced_messagebus_client import BufferedMessageBusClient, EnhancedMessageBusConfig


def build_bus() -> BufferedMessageBusClient:
    return BufferedMessageBusClient(
        EnhancedMessageBusConfig(redis_host=os.getenv("REDIS_HOST", "localhost"), consumer_group="scout")
    )


async def main() -> None:
    bus = build_bus()
    scout = Scout(bus=bus, teller=Teller(bus), window=int(os.getenv("WINDOW", "2")))
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    await scout.open()
    print('{"open": true}', flush=True)
    try:
        await end.wait()
    finally:
        await bus.stop()


if __name__ == "__main__":
    asyncio.run(main())
