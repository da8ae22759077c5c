import asyncio
import json
import logging
import signal
import sys

from enhanced_messagebus_client import (BufferedMessageBusClient,
                                        EnhancedMessageBusConfig)

logging.basicConfig(stream=sys.stderr, level=logging.ERROR)
LOG = logging.getLogger(__name__)


class Guard:
    """Starts whether or not the bus does; asks before each publish."""

    def __init__(self) -> None:
        self.bus = None
        self.dropped = 0

    @property
    def online(self) -> bool:
        return self.bus is not None and self.bus.is_connected

    async def start(self) -> None:
        config = EnhancedMessageBusConfig(consumer_group='guard', consumer_name='guard-1', control_stream='guard:control')
        try:
            self.bus = BufferedMessageBusClient(config)
            await asyncio.wait_for(self.bus.start(), timeout=5)
        except asyncio.TimeoutError:
            LOG.error('bus too slow, going on without')
            self.bus = None

    async def alert(self, account: str, over: float) -> bool:
        if not self.online:
            self.dropped += 1
            return False
        return await self.bus.publish('risk.breach', {'account': account, 'over': round(over, 2)})

    def state(self) -> dict:
        return {'online': self.online, 'dropped': self.dropped,
                'raw': f'{self.bus.is_connected if self.bus else None}'}

    async def stop(self) -> None:
        if getattr(self, 'bus', None):
            await self.bus.stop()


async def main() -> None:
    guard = Guard()
    early = await guard.alert('blue', 1)
    await guard.start()
    late = await guard.alert('blue', 1.005)
    print(json.dumps({'early': early, 'late': late, **guard.state()}), flush=True)
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    await over.wait()
    await guard.stop()

if __name__ == '__main__':
    asyncio.run(main())
