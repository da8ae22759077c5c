import asyncio, importlib, json, os

BACKEND = os.environ.get("BACKEND", "redis.asyncio")


def make(kind = "Redis", **kw):
    module = importlib.import_module(BACKEND)
    return getattr(module, kind)(host="localhost", port=6379, decode_responses=True, **kw)


class Writer:
    def __init__(self, store):
        self.store = store

    async def do(self, what, *args):
        return await getattr(self.store, what)(*args)


async def main():
    w = Writer(make())
    await w.do("xadd", "raw-ticks", {"a": "1"})
    n = await w.do("xlen", "raw-ticks")
    print(json.dumps({"n": n}))
    await w.store.aclose()


if __name__ == "__main__":
    asyncio.run(main())
