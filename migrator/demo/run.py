"""The whole migration on three real servers: before, each phase, after, and a verdict."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from msgspec import Struct

from migrator.demo.bridge import Bridges
from migrator.demo.edges import ROUTES
from migrator.demo.git import environment, git
from migrator.demo.machine import describe
from migrator.demo.results import StageResult
from migrator.demo.say import Operators
from migrator.demo.stage import Checkout, run_stage
from migrator.demo.table import print_results
from migrator.demo.verdict import Check, judge
from migrator.demo.write import CONFIGURATION, refuse_used_folder, write_platform
from migrator.errors import DONE, FAILED, INTERRUPTED, LEFT_TO_A_PERSON, MigrateError
from migrator.live.servers import Servers
from migrator.live.signals import shielded, terminable

if TYPE_CHECKING:
    from migrator.config import Campaign, EngineConfig

BEFORE = "before"


class Place(Struct, frozen=True):
    """Where one demo works."""

    root: Path

    @property
    def platform(self) -> Path:
        """The repository of the platform."""
        return self.root / "platform"

    @property
    def diffs(self) -> Path:
        """The folder with a diff for each engine."""
        return self.root / "diffs"

    def logs(self, stage: str) -> Path:
        """The folder with the engines' output at one stage."""
        return self.root / "logs" / stage.replace(" ", "-")


def demo(folder: Path | None, keep: bool, out: TextIO, as_json: bool = False, progress: TextIO | None = None) -> int:
    """Run the demo in a folder, or in a temporary one, and print its results; gives the exit code.

    Afterwards only the diffs are left, unless `keep` says that the platform and the logs stay too; they also stay
    where a check fails, for a look at them.
    """
    progress = progress or sys.stderr
    try:
        with terminable(), workplace(folder, keep) as place:
            stages, checks = migrate_all(place, progress)
            if as_json:
                print(json.dumps(describe(stages, checks, place.diffs), indent=2), file=out)
            else:
                print_results(stages, checks, place.diffs, out)
            passed = all(check.passed for check in checks)
            if passed and not keep:
                tidy(place)
            return DONE if passed else FAILED
    except KeyboardInterrupt:
        print("interrupted: everything that was started is stopped", file=progress)
        return INTERRUPTED


def migrate_all(place: Place, progress: TextIO) -> tuple[list[StageResult], tuple[Check, ...]]:
    """The story: write the platform, look at it, migrate it phase by phase, look again, judge."""
    from migrator.config import load

    tell("starting three servers, writing the sample platform", progress)
    with Servers() as servers, Bridges(place.platform, servers.ports) as bridges:
        write_platform(place.platform)
        campaign = load(place.platform / CONFIGURATION)
        stages = [look_at(0, campaign, place, servers, progress)]
        for phase in phases_of(campaign):
            tell(f"phase {phase}: migrate --phase {phase}, then merge", progress)
            migrate_phase(phase, place)
            merge_phase(campaign.phase(phase), campaign, place)
            stages.append(look_at(phase, campaign, place, servers, progress, bridges))
    return stages, judge(stages, known_routes())


def look_at(
    phase: int, campaign: Campaign, place: Place, servers: Servers, progress: TextIO, bridges: Bridges | None = None
) -> StageResult:
    """One stage: the platform as it is merged after this phase, with its bridge; 0 is before the first."""
    name = f"after phase {phase}" if phase else BEFORE
    beside = f", and migrate bridge --phase {phase}" if bridges else ""
    tell(f"{name}: {len(campaign.engines)} engines under traffic{beside}", progress)
    phases = {engine.name: engine.phase for engine in campaign.engines}
    checkout = Checkout(place.platform / campaign.source_root, phases, bridged_edges(campaign))
    operators = Operators(place.platform, place.root / "before.json")
    moved = [engine.name for engine in campaign.to_migrate() if (engine.phase or 0) <= phase]
    ask = partial(operators.verify, moved) if phase else operators.observe
    carry = partial(bridges.renew, phase, place.logs(name)) if bridges else None
    return run_stage(name, phase, checkout, servers, place.logs(name), ask, carry)


def bridged_edges(campaign: Campaign) -> tuple[tuple[str, str, str], ...]:
    """Publisher, consumer and channel of each edge that engines.yaml bridges; `ml.prediction.*` is one channel."""
    sections = [section for section in campaign.edges if section.bridge]
    return tuple((each.sender, each.receiver, each.stream.removesuffix(".*")) for each in sections)


def phases_of(campaign: Campaign) -> list[int]:
    """The phases in order."""
    return sorted({engine.phase for engine in campaign.engines if engine.phase is not None})


def migrate_phase(phase: int, place: Place) -> None:
    """Run the real command, as a person would; questions that it leaves are no failure here: the verdict tells."""
    command = [sys.executable, "-m", "migrator", "--phase", str(phase), "--repo", str(place.platform)]
    done = subprocess.run(command, cwd=place.root, env=environment(), capture_output=True, check=False)
    if done.returncode not in (DONE, LEFT_TO_A_PERSON):
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise MigrateError(f"migrate --phase {phase} --repo {place.platform} ended with {done.returncode}:\n{said}")


def merge_phase(engines: Sequence[EngineConfig], campaign: Campaign, place: Place) -> None:
    """Keep the diff of each engine's branch, then merge them all, as after a review."""
    place.diffs.mkdir(exist_ok=True)
    branches = {engine.name: campaign.branch_of(engine) for engine in engines}
    there = {engine: branch for engine, branch in branches.items() if is_branch(branch, place.platform)}
    for engine in engines:
        if branch := there.get(engine.name):
            patch = git(place.platform, "diff", "--no-color", "--no-ext-diff", f"main...{branch}")
            target = place.diffs / f"phase-{engine.phase}-{engine.name}.patch"
            target.write_bytes(patch.encode(errors="surrogateescape"))
    for branch in there.values():
        git(place.platform, "merge", "--quiet", "--no-ff", f"--message=Merge {branch}", branch)


def is_branch(name: str, repository: Path) -> bool:
    """Whether the command made this branch; it makes none where it has nothing to change."""
    return bool(git(repository, "for-each-ref", f"refs/heads/{name}"))


def known_routes() -> dict[str, int]:
    """The routes of the platform with the status that each is known to answer with."""
    return {f"{engine} {method} {path}": status for engine, routes in ROUTES.items() for method, path, status in routes}


@contextmanager
def workplace(folder: Path | None, keep: bool) -> Iterator[Place]:
    """The folder of one demo; a temporary one goes when the demo is interrupted."""
    if folder is not None:
        refuse_used_folder(folder)
        folder.mkdir(parents=True, exist_ok=True)
    root = folder or Path(tempfile.mkdtemp(prefix="migrate-demo-"))
    try:
        yield Place(root.resolve())
    except (KeyboardInterrupt, SystemExit):
        if folder is None and not keep:
            with shielded():
                shutil.rmtree(root, ignore_errors=True)
        raise
    finally:
        if folder is None:
            with suppress(OSError):
                root.rmdir()  # where nothing was written, nothing is left


def tidy(place: Place) -> None:
    """Leave the diffs alone in the folder."""
    (place.root / "before.json").unlink(missing_ok=True)
    for folder in (place.platform, place.root / "logs"):
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)


def tell(sentence: str, progress: TextIO) -> None:
    """Say on the terminal what is being done."""
    print(f"migrate demo: {sentence}", file=progress, flush=True)
