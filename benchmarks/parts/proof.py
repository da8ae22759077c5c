"""What the proof costs, as a ratio of what scan and rewrite cost: CPU time within this process.

The proof is every check of a draft, the second pass over its result, and the reading of the target's contract.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.measuring.figures import Part, ratio
from benchmarks.measuring.setting import Setting
from benchmarks.parts.dry_run import PLAN, USED, files_of
from benchmarks.trees.trees import CONFIG, Plan, config_of
from codemods import changing, drafting, work
from codemods.proof import proof
from migrator.config import Campaign, load
from migrator.demo.write import read_platform
from migrator.streams import decide_modes

RATIO = 1.5
ROUNDS = 5
PROVING = ((drafting, "_pass"), (drafting, "_read_again"), (proof, "read_result"), (work, "read_contract"))
"""The functions in which the proof's time is spent; none of them calls another."""


class Clock:
    """CPU seconds spent in some functions, which it wraps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        for module, name in PROVING:
            setattr(module, name, self._timed(getattr(module, name)))

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            started = time.process_time()
            try:
                return function(*given, **named)
            finally:
                self.seconds += time.process_time() - started

        return timed


def measure(setting: Setting) -> Part:
    """A figure for each campaign."""
    clock, part = Clock(), Part()
    for name, (campaign, texts) in platforms(setting.folder).items():
        taken = [measured(clock, campaign, texts) for _ in range((setting.rounds or ROUNDS) + 1)][1:]
        rest, proved = ([*each] for each in zip(*taken, strict=True))
        part.figures.append(ratio(name, "CPU of the proof / scan and rewrite", proved, rest, RATIO))
    return part


def platforms(folder: Path) -> dict[str, tuple[Campaign, Mapping[str, bytes]]]:
    """Each campaign with its Python files: two engines of 240 KB by themselves, and the sample platform."""
    single = config_of(Plan(files=1, size=PLAN.size))
    found = {
        f"240 KB, {name}": (_campaign(folder, single), {file.path: file.text.encode() for file in files_of(name)})
        for name in USED
    }
    sample = read_platform()
    python = {path: data for path, data in sorted(sample.items()) if path.endswith(".py")}
    return found | {"sample platform": (_campaign(folder, sample[CONFIG].decode()), python)}


def _campaign(folder: Path, text: str) -> Campaign:
    path = folder / CONFIG
    path.write_text(text)
    return load(path)


def measured(clock: Clock, campaign: Campaign, texts: Mapping[str, bytes]) -> tuple[float, float]:
    """CPU seconds for scan and rewrite of every engine that moves, and for the proof of that."""
    gc.collect()
    gc.disable()
    clock.seconds, started = 0.0, time.process_time()
    settings = campaign.settings
    contract = work.read_contract(texts, settings)
    engines = campaign.to_migrate()
    scans = [work.scan_engine(engine, texts, settings, contract) for engine in engines]
    modes = decide_modes([end for scan in scans for end in scan.ends], settings, {each.name for each in engines})
    changes = [changing.change_engine(scan, {name: mode.mode for name, mode in modes.items()}) for scan in scans]
    whole = time.process_time() - started
    gc.enable()
    if not any(change.texts for change in changes) or any(change.faults for change in changes):
        raise RuntimeError(f"{campaign.path}: the engines do not become what is to be measured")
    return whole - clock.seconds, clock.seconds
