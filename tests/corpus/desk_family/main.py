import asyncio
import signal

from engines.desk_family.fx import FxDesk
from engines.desk_family.output import emit


async def main() -> None:
    desk = FxDesk()
    await desk.open()
    leave = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leave.set)
    await leave.wait()
    await desk.close()
    emit("closed", marks=desk.marks)


asyncio.run(main())
