"""What the code of a whole commit says, remembered by git's own id of its tree: no file need be listed for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from migrator.config import Campaign
from migrator.means import Means
from migrator.remembered.memory import memory_of
from migrator.repo import Repository

T = TypeVar("T")


def remembered_of(
    repository: Repository,
    campaign: Campaign,
    commit: str,
    means: Means,
    kind: type[T],
    make: Callable[[], T],
    is_final: Callable[[T], bool],
) -> T:
    """What `make` says, as it did of the same tree and the same engines.yaml, or does now. It may ask nothing else.

    It is kept where it is final: what could not be read may be there next time.
    """
    memory = memory_of(means)
    if not memory:
        return make()
    given = (repository.tree_of(commit), campaign.path.name, campaign.hash)
    return memory.recall(kind.__qualname__, given, kind, make, is_final)
