"""The workers that a run may have: begun with the first work that they help with, and ended with the run."""

from __future__ import annotations

from collections.abc import Container, Sequence
from contextlib import ExitStack
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING

from migrator.errors import MigrateError

if TYPE_CHECKING:
    from migrator.looking import Look
    from migrator.workers.pool import Pool, Tell


OVERLAP = 4


def _silent(sentence: str) -> None:
    """Says nothing."""


class Workers:
    """What was asked for: a number of processes (None: as many as help; 1: none), or the URL of a cluster."""

    def __init__(self, number: int | None = 1, url: str | None = None, tell: Tell = _silent) -> None:
        self._number, self._url, self._tell = number, url, tell
        self._open = ExitStack()
        self._lock = Lock()
        self._refused: MigrateError | None = None
        self.pool: Pool | None = None  # those who are at work already

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pool = None
        self._open.close()

    @property
    def repositories(self) -> int:
        """Of how many repositories the work is best done at once: a cluster is wider than the engines of one."""
        return 1 if self._url is None else OVERLAP

    def pool_for(self, looks: Sequence[Look], changed: Container[str]) -> Pool | None:
        """Those who do these looks, and the changes of some of these engines afterwards.

        None where this process does them; MigrateError where a cluster cannot.
        """
        with self._lock:
            if self._refused is not None:
                raise self._refused
            if self.pool is None and looks and (self._number != 1 or self._url is not None):
                try:
                    self.pool = self._opened(looks, changed)
                except MigrateError as error:
                    self._refused = error  # it would say so again, for the next repository
                    raise
            return self.pool

    def _opened(self, looks: Sequence[Look], changed: Container[str]) -> Pool | None:
        if self._url is not None:
            from migrator.workers.cluster import cluster

            return self._open.enter_context(cluster(self._url, self._tell))
        from migrator.workers.sizing import helpful

        number = helpful(looks, changed) if self._number is None else min(self._number, len(looks))
        if number == 1:
            return None
        from migrator.workers.processes import processes

        return self._open.enter_context(processes(number, self._tell))


NOBODY = Workers()
"""The work is done in this process."""
