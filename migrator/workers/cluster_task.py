"""What runs in a worker of a cluster, which is somebody else's process: it looks first whether it may do the work."""

from __future__ import annotations

from typing import Any

from migrator.workers.installation import Installation, installation
from migrator.workers.packing import Packed, pack
from migrator.workers.task import Answer, perform

SPILLS = (
    "it may write what it holds to its disk, where code must not go; set distributed.worker.memory.target and "
    "distributed.worker.memory.spill to false in its configuration, or start it with --memory-limit 0"
)


def obstacle(mine: Installation, dask_worker: Any = None) -> str:
    """Why this worker must not be given code; empty where it may. Dask gives the worker by this name."""
    if installation() != mine:
        return f"it has {installation()}, and here is {mine}; install the same there"
    return "" if type(dask_worker.data) is dict else SPILLS  # what spills is a mapping of Dask's own


def perform_on_cluster(mine: Installation, packed: Packed) -> Packed:
    """As `perform`, where nothing stands in the way; a worker may have come after the others were asked."""
    from distributed import get_worker

    worker = get_worker()
    why = obstacle(mine, worker)
    return pack(Answer(unfit=f"{worker.address}: {why}")) if why else perform(packed)
