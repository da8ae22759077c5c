"""The whole repository looked at once: every engine's scan, that of the files of no engine, and each stream's mode."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from codemods.model import Change, StreamEnd
from codemods.settings import Engine
from migrator.attempt import Attempt
from migrator.ends import position
from migrator.ground import Ground, inside
from migrator.looking import Look
from migrator.results import Progress
from migrator.scanning import scans_of
from migrator.selection import moving
from migrator.streams import Mode, decide_modes, unread_ends, with_fixed

if TYPE_CHECKING:
    from codemods.reading.contract import Contract
    from codemods.work import Scan
    from migrator.config import Campaign


class Survey(Struct, frozen=True):
    """What was found, before any verdict that depends on how streams move."""

    scans: Mapping[str, Attempt[Scan]]  # by engine, those of no engine too
    ends: tuple[StreamEnd, ...]  # of all of them
    modes: Mapping[str, Mode]  # of every raw stream
    free: Mapping[str, Mode]  # the same by the code alone, whatever engines.yaml fixes under `streams`
    changes: Mapping[str, Attempt[Change]]  # made along with the scan, for the case that every stream is routed

    def asked(self, campaign: Campaign) -> frozenset[str] | None:
        """The ids of the questions of all engines that an answer can close; None where a file was not read."""
        scans = [self.scans[engine.name].value for engine in campaign.engines]
        known = all(scan is not None and not scan.failed for scan in scans)
        return frozenset().union(*(scan.asked for scan in scans if scan is not None)) if known else None


def survey(
    ground: Ground,
    rest: Engine,
    texts: Mapping[str, bytes],
    contract: Contract,
    progress: Progress,
    kept: Collection[str] = (),
) -> Survey:
    """Scan every engine, the migrated ones too, and the files of `rest` among `texts`; a mode needs all ends.

    What is to be rewritten is `kept`: its change is made along with the scan, or its trees stay for it. Those of other
    engines are gone when their ends are known.
    """
    # The files of no engine are often the most: first, because what each scan leaves is memory that the next has not.
    work = [(rest, texts), *((engine, ground.texts) for engine in ground.campaign.engines)]
    looks = [Look(engine, its, ground.campaign.settings, contract, ground.index) for engine, its in work]
    made = scans_of(looks, kept, ground, progress)
    scans = made.scans
    ends = tuple(sorted((end for scan in scans.values() if scan.value for end in scan.value.ends), key=position))
    fixed = {name: stream.mode for name, stream in ground.campaign.streams.items()}
    free = _modes(ground, scans, ends)
    return Survey(scans, ends, with_fixed(free, fixed), free, made.changes)


def _modes(ground: Ground, scans: Mapping[str, Attempt[Scan]], ends: tuple[StreamEnd, ...]) -> dict[str, Mode]:
    campaign = ground.campaign
    unread = {file.path for scan in scans.values() if scan.value is not None for file in scan.value.failed}
    unscanned = [path for engine in campaign.engines if scans[engine.name].value is None for path in engine.paths]
    unread.update(filter(inside(unscanned), ground.texts))
    movable = moving(campaign.to_migrate(), ())
    return decide_modes([*ends, *unread_ends(sorted(unread), ground.python, ends)], campaign.settings, movable)
