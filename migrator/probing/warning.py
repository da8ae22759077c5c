"""What a run or a scan says of the target client before a campaign, from the stored result of its probe."""

from __future__ import annotations

from migrator.ground import Ground
from migrator.probing import stored

NOT_PROBED = "the target client has not been probed; type: migrate probe"


def warning_of(ground: Ground) -> str:
    """A line for people where the client has not been probed, or a behaviour of it fails; "" where all is well."""
    if not stored.has_any():
        return NOT_PROBED
    from migrator.probing.client_files import client_of

    result = stored.load(client_of(ground).hash)
    if result is None:
        return NOT_PROBED
    failing = [each.id for each in result.failing]
    if not failing:
        return ""
    behaviours = f"{len(failing)} of the target's behaviours {'fails' if len(failing) == 1 else 'fail'}"
    return f"probe: {behaviours}: {', '.join(failing)}; migrate probe says what they mean"
