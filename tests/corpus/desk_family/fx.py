from .base import Desk
from .output import emit


class FxDesk(Desk):
    name = "fx"

    def __init__(self):
        self.marks: dict[str, float] = {}

    async def listen(self):
        await self.bus.subscribe("market.data.*", self.on_mark)
        emit("listening", desk=self.name)

    async def on_mark(self, event):
        pair = event.topic.split(".", 2)[2]
        match event.payload:
            case {"bid": bid, "ask": ask}:
                self.marks[pair] = (bid + ask) / 2
            case {"last": last}:
                self.marks[pair] = last
            case other:
                emit("odd", what=other)
                raise ValueError(f"what is {other}?")
        sent = await self.bus.publish("risk.metric.fx", {"pair": pair, "mark": self.marks[pair]})
        emit("mark", pair=pair, mark=self.marks[pair], sent=sent)
