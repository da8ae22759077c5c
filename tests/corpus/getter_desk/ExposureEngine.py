import asyncio
import json
from typing import Dict, List

from engines.getter_desk.AbstractEngine import AbstractEngine


class ExposureEngine(AbstractEngine):
    """Concrete engine. Computes the gross exposure of all fills."""

    TOPICS: List[str] = ["trade.fill.*", "market.data.*"]

    def __init__(self) -> None:
        super().__init__("exposure")
        self.__positions: Dict[str, float] = {}
        self.__prices: Dict[str, float] = {}

    def getTopics(self) -> List[str]:
        return self.TOPICS

    async def onStarted(self) -> None:
        print(json.dumps({"started": self.getName(), "healthy": self.isHealthy()}), flush=True)

    async def handleEvent(self, topic: str, body: dict) -> None:
        symbol: str = body["symbol"]
        if topic.startswith("trade.fill."):
            if body["qty"] == 0:
                raise ValueError("zero quantity")
            self.__positions[symbol] = self.__positions.get(symbol, 0.0) + body["qty"]
        else:
            self.__prices[symbol] = body["price"]
        gross = sum(abs(q) * self.__prices.get(s, 0.0) for s, q in self.__positions.items())
        delivered: bool = await self.emit("gross", {"gross": gross, "last": symbol})
        print(json.dumps({"topic": topic, "gross": gross, "delivered": delivered}), flush=True)


class Main:
    @staticmethod
    def main() -> None:
        engine: AbstractEngine = ExposureEngine()
        asyncio.run(engine.execute())


if __name__ == "__main__":
    Main.main()
