import asyncio
import json

from engines.stream_store.store import TickStore


async def main():
    store = await TickStore.connect(limit=2)
    try:
        for tick in [("A", 1.0), ("B", 2.5), ("C", 0.125)]:
            await store.append(tick)
        print(json.dumps({"last": await store.last(2), "size": await store.size()}))
    finally:
        await store.aclose()


if __name__ == "__main__":
    asyncio.run(main())
