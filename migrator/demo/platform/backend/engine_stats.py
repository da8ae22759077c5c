"""What an engine has published and handled, for its /stats route."""

from collections import Counter, defaultdict
from typing import Any


class Counters:
    """Counts messages by channel, and what was handled also by the engine it came from."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self._published: Counter[str] = Counter()
        self._handled: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def published(self, channel: str) -> None:
        self._published[channel] += 1

    def handled(self, source: str, channel: str) -> None:
        self._handled[source][channel] += 1

    def stats(self) -> dict[str, Any]:
        """The answer of the /stats route."""
        return {
            "engine": self.engine,
            "published": dict(self._published),
            "handled": {source: dict(channels) for source, channels in self._handled.items()},
        }
