"""Writes entries to the target of a lane together with their ids, so that none is written twice, and none left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from migrator.bridging.ids import Order, order
from migrator.bridging.lanes import Lane

if TYPE_CHECKING:
    import redis

ANOTHER = "another bridge carries this edge; stop one of them"

Made = tuple[Order, int, bytes, dict[bytes, bytes]]
"""Where an entry stands on the source, the rank of the party that it is written for, its id, and what is written."""


def write(target: redis.Redis, lane: Lane, made: Sequence[Made]) -> int:
    """Write what is not there yet, in one transaction with the last ids; how many that were. RedisError where the
    target takes none of it, or another bridge was quicker.
    """
    import redis

    key = lane.written_key
    with target.pipeline(transaction=True) as pipe:
        pipe.watch(key)  # type: ignore[no-untyped-call]
        kept: Any = pipe.hgetall(key)
        last = {int(rank): order(number) for rank, number in kept.items()}
        new = [each for each in made if each[0] > last.get(each[1], (0, 0))]
        if not new:
            return 0
        pipe.multi()
        for *_, fields in new:
            pipe.xadd(lane.target_stream, fields)  # type: ignore[arg-type]
        pipe.hset(key, mapping=last_ids(new))  # type: ignore[arg-type]
        try:
            answers = pipe.execute(raise_on_error=False)
        except redis.WatchError:
            raise redis.ResponseError(ANOTHER) from None
    failed = [at for at, answer in enumerate(answers) if isinstance(answer, Exception)]
    if failed:  # a transaction is not undone where one of its commands fails, such as XADD to what is no stream
        _keep(target, key, {**kept, **last_ids(new[: failed[0]])}, last_ids(new))
        raise answers[failed[0]]
    return len(new)


def last_ids(made: Sequence[Made]) -> dict[bytes, bytes]:
    """The last id that was written for each party, by its rank."""
    return {str(rank).encode(): number for _, rank, number, _ in made}


def _keep(target: redis.Redis, key: str, right: dict[bytes, bytes], wrong: dict[bytes, bytes]) -> None:
    """Put the ids right of entries that were not written after all."""
    with target.pipeline(transaction=True) as pipe:
        if right:
            pipe.hset(key, mapping=right)  # type: ignore[arg-type]
        if more := wrong.keys() - right.keys():
            pipe.hdel(key, *more)
        pipe.execute()
