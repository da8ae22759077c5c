"""The whole repository looked at once: every engine's scan, that of the files of no engine, and each stream's mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from codemods.model import StreamEnd
from codemods.settings import Engine
from migrator.attempt import Attempt, attempt
from migrator.ends import all_ends, position
from migrator.ground import Ground, is_below
from migrator.results import Progress
from migrator.streams import Mode, decide_modes, unread_ends

if TYPE_CHECKING:
    from codemods.reading.contract import Contract
    from codemods.work import Scan


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found, before any verdict that depends on how streams move."""

    scans: Mapping[str, Attempt[Scan]]  # by engine, those of no engine too
    ends: tuple[StreamEnd, ...]  # of all of them
    modes: Mapping[str, Mode]  # of every raw stream


def survey(ground: Ground, rest: Engine, texts: Mapping[str, bytes], contract: Contract, progress: Progress) -> Survey:
    """Scan every engine, the migrated ones too, and the files of `rest` among `texts`; a mode needs all ends."""
    from codemods.work import scan_engine  # here, so that a wrong configuration is answered at once

    settings, scans = ground.campaign.settings, {}
    work = [(engine, ground.texts) for engine in ground.campaign.engines] + [(rest, texts)]
    for number, (engine, its_texts) in enumerate(work):
        progress(f"scan {engine.name}", number, len(work))
        scans[engine.name] = attempt(engine.name, partial(scan_engine, engine, its_texts, settings, contract))
    ends = tuple(sorted((end for scan in scans.values() if scan.value for end in all_ends(scan.value)), key=position))
    return Survey(scans, ends, _modes(ground, scans, ends, {**ground.texts, **texts}))


def _modes(
    ground: Ground, scans: Mapping[str, Attempt[Scan]], ends: tuple[StreamEnd, ...], texts: Mapping[str, bytes]
) -> dict[str, Mode]:
    campaign = ground.campaign
    unread = {file.path for scan in scans.values() if scan.value is not None for file in scan.value.failed}
    unscanned = [path for engine in campaign.engines if scans[engine.name].value is None for path in engine.paths]
    unread |= {path for path in ground.texts if is_below(path, unscanned)}
    movable = {engine.name for engine in campaign.to_migrate() if engine.deferred is None}
    fixed = {name: stream.mode for name, stream in campaign.streams.items()}
    return decide_modes([*ends, *unread_ends(sorted(unread), texts, ends)], campaign.settings, movable, fixed)
