# A thread that blocks (it stands for a vendor's SDK) hands its ticks to the loop which owns the bus.
import asyncio, json, queue, signal, threading, logging
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig

log = logging.getLogger('door')
TICKS = [('AAPL', 1.5), ('MSFT', 2.25), ('AAPL', 1.75)]

class Door:
  def __init__(self):
    self.outbox = queue.Queue()
    self.bus = None
    self.loop = None

  def vendor(self):
    for symbol, px in TICKS:
      future = asyncio.run_coroutine_threadsafe(self.bus.publish(f'market.data.{symbol}', {'px': px, 'src': 'vendor'}), self.loop)
      self.outbox.put((symbol, future.result(timeout=5)))
    self.outbox.put(None)

  async def open(self):
    self.loop = asyncio.get_running_loop()
    self.bus = BufferedMessageBusClient(MessageBusConfig())
    await self.bus.start()
    worker = threading.Thread(target=self.vendor, daemon=True)
    worker.start()
    while (item := await self.loop.run_in_executor(None, self.outbox.get)) is not None:
      print(json.dumps(dict(zip(('symbol', 'sent'), item))), flush=True)
    worker.join()

  async def close(self):
    await self.bus.stop()

async def main():
  door = Door()
  try:
    await door.open()
  finally:
    await door.close()

if __name__ == '__main__':
  asyncio.run(main())
