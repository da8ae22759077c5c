import asyncio
import signal

from engines.lazy_import import SumEngine


async def main() -> None:
    engine = SumEngine()
    await engine.start()
    print('{"started": true}', flush=True)
    enough = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, enough.set)
    await enough.wait()
    await engine.stop()


asyncio.run(main())
