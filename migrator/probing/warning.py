"""What a run or a scan says of the target client before a campaign, from the stored result of its probe."""

from __future__ import annotations

from shlex import quote

from migrator.ground import Ground, elsewhere
from migrator.probing import stored

NOT_PROBED = "the target client has not been probed; type: migrate probe"


def warning_of(ground: Ground, repo: str) -> str:
    """A line for people where the client has not been probed, or a behaviour of it fails; "" where all is well.

    What it says to type names the repository as it was asked for, where that is not the present folder.
    """
    where = elsewhere(repo)
    named = f" --repo {quote(where)}" if where else ""
    if not stored.has_any():
        return f"{NOT_PROBED}{named}"
    from migrator.probing.client_files import client_of

    result = stored.load(client_of(ground).hash)
    if result is None:
        return f"{NOT_PROBED}{named}"
    failing = [each.id for each in result.failing]
    if not failing:
        return ""
    behaviours = f"{len(failing)} of the target's behaviours {'fails' if len(failing) == 1 else 'fail'}"
    return f"probe: {behaviours}: {', '.join(failing)}; migrate probe{named} says what they mean"
