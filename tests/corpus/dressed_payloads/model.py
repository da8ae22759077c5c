#! /usr/bin/env python
import asyncio
import dataclasses
import json
import logging

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig, MessagePriority

from shapes import Prediction, metric

logger = logging.getLogger("model")


async def tell(bus: BufferedMessageBusClient, prediction: Prediction, /, *, loud: bool = False) -> bool:
    "True when the bus took it."
    priority = MessagePriority.HIGH if loud else MessagePriority.NORMAL
    sent = await bus.publish(f"ml.prediction.{prediction.symbol}", prediction.as_payload(), priority=priority)
    logger.info("told %s", prediction)
    return sent


async def main() -> None:
    bus = BufferedMessageBusClient(MessageBusConfig(consumer_name="model-1"))
    await bus.start()
    answers = [
        await tell(bus, Prediction(symbol="AAPL", score=0.75, tags=["a", "b"])),
        await tell(bus, Prediction(symbol="MSFT", score=-1), loud=True),
    ]
    answers += [await bus.publish("risk.metric.model", metric("loss", 0.125))]
    answers += [await bus.publish("risk.metric.raw", {**dataclasses.asdict(Prediction(symbol="X", score=0)), "n": len(answers)})]
    print(json.dumps({"answers": answers}))
    await bus.stop()


if __name__ == "__main__":
    asyncio.run(main())
