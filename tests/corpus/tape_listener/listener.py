import asyncio, json, signal
from contextlib import suppress
import redis.asyncio as aredis

CHANNEL = "ops:pause"

class Listener(object):

    def __init__ (self, url = "redis://localhost:6379/0"):
        self.url = url
        self.paused = False
        self.open = True    # a cancellation may be lost in the driver

    async def ops (self):
        # operators' switch. everybody hears it, nobody stores it
        control = aredis.from_url (self.url, decode_responses = True)
        pubsub = control.pubsub ()
        await pubsub.subscribe (CHANNEL)
        print (json.dumps ({"listening": CHANNEL}), flush = True)
        try:
            async for message in pubsub.listen ():
                if message ["type"] != "message": continue
                self.paused = message ["data"] == "on"
                print (json.dumps ({"paused": self.paused}), flush = True)
        finally:
            await pubsub.aclose ()
            await control.aclose ()

    async def tape (self):
        ticks = aredis.Redis (host = "localhost", port = 6379, decode_responses = True)
        last = "0-0"
        try:
            while self.open:
                for _, rows in await ticks.xread ({"raw-ticks": last}, block = 50):
                    for last, row in rows:
                        print (json.dumps ({"tick": row, "paused": self.paused}), flush = True)
        finally:
            await ticks.aclose ()

async def main ():
    listener = Listener ()
    jobs = [asyncio.create_task (listener.ops ()), asyncio.create_task (listener.tape ())]
    stop = asyncio.Event ()
    asyncio.get_running_loop ().add_signal_handler (signal.SIGTERM, stop.set)
    await stop.wait ()
    listener.open = False
    for job in jobs: job.cancel ()
    for job in jobs:
        with suppress (asyncio.CancelledError): await job

asyncio.run (main ())
