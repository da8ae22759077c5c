'''Signals from predictions. Runs without the bus as well (backtests do that).'''

import asyncio
import json
import os
import signal

try:
    from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig, MessagePriority
    BUS_AVAILABLE = True
except ImportError:  # pragma: no cover
    BUS_AVAILABLE = False

THRESHOLD = float(os.environ.get('THRESHOLD', '0.5'))


class Signaller:
    def __init__(self):
        self.bus = None
        self.sent = 0

    async def start(self):
        if not BUS_AVAILABLE:
            print(json.dumps({'bus': False}))
            return
        self.bus = BufferedMessageBusClient(MessageBusConfig(redis_host = os.getenv('BUS_HOST', 'redis'), consumer_group = 'signaller'))
        await self.bus.start()
        await self.bus.subscribe('ml.prediction.*', self.on_prediction)
        print(json.dumps({'bus': True}))

    async def on_prediction(self, m):
        score = m.payload['score']
        action = 'buy' if score > THRESHOLD else 'sell'
        symbol = m.topic[len('ml.prediction.'):]
        ok = await self.bus.publish('strategy.signal.' + symbol, {'action': action, 'score': score},
                                    priority = MessagePriority.CRITICAL if score > .9 else MessagePriority.NORMAL)
        self.sent += ok
        print(json.dumps({'symbol': symbol, 'action': action, 'sent': self.sent}))

    async def stop(self):
        if BUS_AVAILABLE and self.bus is not None:
            await self.bus.stop()


async def main():
    s = Signaller()
    await s.start()
    end = asyncio.Event()
    asyncio.get_event_loop().add_signal_handler(signal.SIGTERM, end.set)
    try:
        await end.wait()
    finally:
        await s.stop()

if __name__ == '__main__': asyncio.run(main())
