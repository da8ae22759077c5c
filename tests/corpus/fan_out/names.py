from enum import Enum
from typing import Final

FILL: Final = "trade.fill.all"


class Topics(str, Enum):
    SIGNAL = "strategy.signal.fan"
    METRIC = "risk.metric.fan"


class Health:
    PREFIX = "health"
    TOPIC = f"{PREFIX}.fan"
