import asyncio
import json
import os
import signal

import redis.asyncio as redis  # noqa: F401  (kept for the type of errors too)

CURSOR = "recorder:cursor"
STREAM = "raw-ticks"


class Recorder:
  """Follows the raw ticks from where it stopped the last time, and keeps the highs."""

  def __init__(self, batch: int = 50) -> None:
    self.batch = batch
    self.highs: dict = {}
    self.running = True
    self.client = None

  async def open(self) -> None:
    self.client = redis.from_url("redis://localhost:6379", decode_responses=True)
    self.cursor = await self.client.get(CURSOR) or "0-0"
    print(json.dumps({"from": self.cursor}))

  async def follow(self) -> None:
    while self.running:
      reply = await self.client.xread({STREAM: self.cursor}, count=self.batch, block=100)
      if not reply:
        continue
      for _name, ticks in reply:
        for tick_id, tick in ticks:
          self._take(tick)
          self.cursor = tick_id
          await self.client.hset("recorder:highs", tick["sym"], self.highs[tick["sym"]])
      await self.client.set(CURSOR, "moved")

  def _take(self, tick: dict) -> None:
    px = float(tick["px"])
    if (old := self.highs.get(tick["sym"])) is None or px > old:
      self.highs[tick["sym"]] = px
    print(json.dumps({"tick": tick, "high": self.highs[tick["sym"]]}))

  async def close(self) -> None:
    left = await self.client.xlen(STREAM)
    print(json.dumps({"length": left}))
    await self.client.aclose()


async def _main() -> None:
  recorder = Recorder(int(os.environ.get("BATCH", "50")))
  await recorder.open()

  def leave() -> None:
    recorder.running = False

  asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leave)
  await recorder.follow()
  await recorder.close()


def run() -> None:
  asyncio.run(_main())
