from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig
from enhanced_messagebus_client import MessagePriority as P
from names import FILL, Health

CONFIG = MessageBusConfig(redis_host="localhost", redis_port=6379, max_buffer_size=10)


@dataclass
class Order:
    symbol: str
    qty: int

    @property
    def urgent(self) -> bool:
        return abs(self.qty) > 100


class Fan:
    def __init__(self, orders: list[Order]) -> None:
        self.orders = orders
        self.tasks: set[asyncio.Task] = set()

    async def blow(self) -> int:
        bus = BufferedMessageBusClient(CONFIG)
        await bus.start()
        try:
            results = await asyncio.gather(*[
                bus.publish(f"portfolio.update.{o.symbol}", {"qty": o.qty}, priority=P.CRITICAL if o.urgent else P.NORMAL)
                for o in self.orders
            ])
            if not all(results):
                print(json.dumps({"failed": results.count(False)}), file=sys.stderr)
            task = asyncio.create_task(bus.publish(FILL, {"n": len(self.orders)}))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
            print(json.dumps({"told": await task}), flush=True)
            if ok := await bus.publish(Health.TOPIC, {"state": "fine"}, P.LOW):
                print(json.dumps({"health": ok}), flush=True)
            return len(results)
        finally:
            await bus.stop()


if __name__ == "__main__":
    fan = Fan([Order("AAPL", 5), Order("MSFT", -500)])
    print(json.dumps({"blown": asyncio.run(fan.blow())}))
