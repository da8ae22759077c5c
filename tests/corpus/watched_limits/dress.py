"""Decorators of our own."""

import asyncio
import functools
import time

COUNTS: dict[str, int] = {}


def timed(func):
    """Count how often a coroutine ran, and keep how long it took."""

    @functools.wraps(func)
    async def wrapper(*args, **kwargs):
        began = time.perf_counter()
        try:
            return await func(*args, **kwargs)
        finally:
            COUNTS[func.__name__] = COUNTS.get(func.__name__, 0) + 1
            wrapper.took = time.perf_counter() - began

    return wrapper


def attempts(number=3, delay=0.01):
    """Try again after a failure that passes."""

    def decorator(func):
        @functools.wraps(func)
        async def wrapper(*args, **kwargs):
            for left in reversed(range(number)):
                try:
                    return await func(*args, **kwargs)
                except TimeoutError:
                    if not left:
                        raise
                    await asyncio.sleep(delay)

        return wrapper

    return decorator
