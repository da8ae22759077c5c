from dataclasses import asdict, dataclass, field
from typing import NotRequired, TypedDict


@dataclass(frozen=True, kw_only=True)
class Prediction:
    symbol: str
    score: float
    tags: list[str] = field(default_factory=list)

    def as_payload(self) -> dict:
        return asdict(self) | {"kind": "prediction"}


class Metric(TypedDict):
    name: str
    value: float
    unit: NotRequired[str]


def metric(name: str, value: float) -> Metric:
    return {"name": name, "value": value}
