"""Loads yesterday's fills once, all in one go, and says what is there now."""
import asyncio
import json
import sys

from redis.asyncio import from_url

STREAMS = ['orders:fx', 'orders:equity']


def into(pipe, stream, fills):
  for n, qty in enumerate(fills, 1):
    pipe.xadd(stream, {'qty': qty}, id=f'{n}-0')


async def main(args):
  fills = [args[0::2], args[1::2]]
  async with from_url('redis://localhost:6379/0', decode_responses=True) as r:   # one connection is enough
    # a second load starts afresh
    await r.delete(*STREAMS)
    for stream, mine in zip(STREAMS, fills):
      async with r.pipeline(transaction=False) as pipe:
        into(pipe, stream, mine)
        ids = await pipe.execute()
      print(json.dumps({stream: ids}))
    found = await r.xread({stream: '0' for stream in STREAMS})
    return {stream: [row for _, row in rows] for stream, rows in found}


if __name__ == '__main__':
  print(json.dumps(asyncio.run(main(sys.argv[1:]))))
