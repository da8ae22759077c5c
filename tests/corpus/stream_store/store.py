"""Stores of streams: what all have, and one for ticks."""

from __future__ import annotations

from typing import Any, Generic, Self, TypeVar

from redis import asyncio as aioredis

T = TypeVar("T")
DEFAULT_URL = "redis://localhost:6379/0"


class Store(Generic[T]):
    """Append and read; subclasses say which stream."""

    stream: str = "raw-ticks"

    def __init__(self, limit: int = 100) -> None:
        self.limit = limit
        self._client: aioredis.Redis | None = None

    @classmethod
    async def connect(cls, url: str = DEFAULT_URL, **options: Any) -> Self:
        store = cls(**options)
        store._client = await aioredis.from_url(url, decode_responses=True, encoding="utf-8")
        await store._client.ping()
        return store

    def encode(self, item: T) -> dict[str, str]:
        raise NotImplementedError

    async def append(self, item: T) -> str:
        return await self._client.xadd(self.stream, self.encode(item), maxlen=self.limit, approximate=False)

    async def last(self, n: int = 1) -> list[dict[str, str]]:
        rows = await self._client.xrevrange(self.stream, count=n)
        return [row for _, row in rows][::-1]

    async def size(self) -> int:
        info = await self._client.xinfo_stream(self.stream)
        return info["length"]

    async def aclose(self) -> None:
        if self._client:
            await self._client.aclose()


class TickStore(Store[tuple[str, float]]):
    def encode(self, item):
        symbol, px = item
        return {"symbol": symbol, "px": repr(px)}
