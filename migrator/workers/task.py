"""One task as a worker does it: a pure function from texts to what a scan or a change says of one engine."""

from __future__ import annotations

import gc
from collections import ChainMap, OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from codemods.settings import Engine, Settings
from migrator.attempt import Attempt
from migrator.looking import Look
from migrator.workers.job import Job, Modes
from migrator.workers.packing import Packed, pack, unpack
from migrator.workers.parcel import Parcel, WantedError

if TYPE_CHECKING:
    from codemods.reading.contract import Contract
    from codemods.reading.index import Index

MOST_KNOWN = 4
"""Repositories of which a worker keeps what their tasks share: a few megabytes each."""


class Shared(Struct, frozen=True):
    """What all tasks of one repository look at."""

    settings: Settings
    contract: Contract
    index: Index
    paths: tuple[str, ...]  # of every text there is
    texts: Mapping[str, bytes]  # those that each of them may read


class Sealed(Struct, frozen=True):
    """What tasks share, ready to be sent: sent once to a worker, and named by a digest from then on."""

    digest: str
    packed: Packed


class Task(Struct, frozen=True):
    """What a worker is told. It reads no file and asks nobody: what it is not given, it says that it wants."""

    engine: Engine
    texts: Mapping[str, bytes]  # besides those that all tasks share
    digest: str  # of what all tasks share
    shared: Packed | None = None  # that itself, for a worker that does not know it
    paths: tuple[str, ...] | None = None  # of every text there is, where these are not those of all tasks
    modes: Modes | None = None  # of the job
    is_to_change: bool = False


class Answer(Struct, frozen=True):
    """What a worker says: what came of the work, or what keeps it from beginning or ending."""

    outcome: Attempt[Any] | None = None
    wanted: frozenset[str] = frozenset()  # the paths of texts that were not sent
    is_lacking: bool = False  # what all tasks share
    unfit: str = ""  # which worker must not do this work, and why


_known: OrderedDict[str, Shared] = OrderedDict()


def seal(shared: Shared) -> Sealed:
    """What tasks share, ready to be sent."""
    shared.index.imports.of("")  # reads what waits to be read: once here, rather than by every worker
    packed = pack(shared)
    return Sealed(sha256(packed.data).hexdigest(), packed)


def perform(packed: Packed) -> Packed:
    """The packed answer to a packed task. Whatever goes wrong with the engine's code is in the answer."""
    was_on = gc.isenabled()
    gc.disable()  # see `without_collector`; nothing is frozen here, because a worker lives on
    try:
        return pack(_answer(unpack(packed)))
    finally:
        gc.collect(0)  # what is new since then, and nothing of whatever else the worker holds
        if was_on:
            gc.enable()


def _answer(task: Task) -> Answer:
    shared = _shared(task)
    if shared is None:
        return Answer(is_lacking=True)
    sent = ChainMap(dict(task.texts), dict(shared.texts))
    parcel = Parcel(shared.paths if task.paths is None else task.paths, sent)
    look = Look(task.engine, parcel, shared.settings, shared.contract, shared.index)
    try:
        return Answer(outcome=Job(look, task.modes, task.is_to_change).outcome())
    except WantedError as wanted:
        return Answer(wanted=wanted.paths)


def _shared(task: Task) -> Shared | None:
    known = _known.get(task.digest)
    if known is None and task.shared is not None:
        known = _known[task.digest] = unpack(task.shared)
        while len(_known) > MOST_KNOWN:
            _known.popitem(last=False)
    return known
