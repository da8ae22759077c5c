"""The ids of stream entries: their order, and the one before."""

from __future__ import annotations

Order = tuple[int, int]
"""What ids are compared by."""
ZERO = b"0-0"
"""Before every entry."""


def order(number: bytes) -> Order:
    """What ids are compared by."""
    milliseconds, _, sequence = number.partition(b"-")
    return int(milliseconds or 0), int(sequence or 0)


def before(number: bytes) -> bytes:
    """The id right before this one."""
    milliseconds, sequence = order(number)
    if sequence:
        return b"%d-%d" % (milliseconds, sequence - 1)
    return b"%d-%d" % (milliseconds - 1, 2**64 - 1) if milliseconds else ZERO
