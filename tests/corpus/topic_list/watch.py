import asyncio
import json
import logging
import signal

from enhanced_messagebus_client import BufferedMessageBusClient, EnhancedMessageBusConfig
from topics import INTERESTING

log = logging.getLogger('watch')


class Watch:
    def __init__(self):
        self.seen = []

    async def begin(self):
        self.bus = BufferedMessageBusClient(EnhancedMessageBusConfig(consumer_group='watch'))
        await self.bus.start()
        for topic in INTERESTING:
            await self.bus.subscribe(topic, self.on_message)
        await self.bus.subscribe('risk.breach', self.on_breach)

    async def on_message(self, message):
        self.seen.append(message.topic)
        print(json.dumps({'topic': message.topic, 'payload': message.payload}), flush=True)

    async def on_breach(self, message):
        log.warning('breach of %s', message.payload['account'])
        print(json.dumps({'breach': message.payload['account'], 'after': len(self.seen)}), flush=True)

    async def end(self):
        await self.bus.stop()


async def main():
    watch = Watch()
    await watch.begin()
    print('{"watching": true}', flush=True)
    gone = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, gone.set)
    await gone.wait()
    await watch.end()


if __name__ == '__main__':
    asyncio.run(main())
