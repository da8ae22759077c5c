"""An engine's own tests, run on the files of its branch: `test_command` of engines.yaml, in a throw-away checkout."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from migrator.config import Campaign, EngineConfig
from migrator.errors import FAILED, MigrateError
from migrator.ground import Ground
from migrator.results import PASSED, EngineResult, OwnTests, Status

if TYPE_CHECKING:
    from migrator.limited import Ending

LIMIT = 600  # seconds, unless --time-limit says otherwise
LAST = 15  # lines of the output that the result repeats
TAIL = 10_000  # bytes in which they are looked for

JUDGED = (Status.WOULD_COMMIT, Status.UNCHANGED)
"""What an engine is before its tests are worth their time; one that is blocked, for instance, stays so."""


def judged(result: EngineResult, engine: EngineConfig, ground: Ground, limit: float) -> EngineResult:
    """The result with what the engine's own tests say of its texts; FAILED where they do not pass."""
    if result.status not in JUDGED:
        return result
    if engine.test_command is None:
        return replace(result, tests=OwnTests(outcome=f"{ground.campaign.path.name} has no test_command for it"))
    tests = _run(engine, engine.test_command, result.change.texts, ground, limit)
    if tests.passed:
        return replace(result, tests=tests)
    left = "was left as it is" if ground.repository.branch_tip(result.branch) else "was not made"
    sentence = f"{engine.name}: its tests did not pass, so branch {result.branch} {left}; mend them, or its code at the"
    again = f'base, then run "migrate --engine {engine.name} --run-checks" again'
    return replace(result, status=Status.FAILED, tests=tests, problems=(f"{sentence} {again}",))


def command_of(engine: EngineConfig, campaign: Campaign) -> str:
    """What a person types at the top of the repository to run the engine's own tests; empty where there are none."""
    if engine.test_command is None:
        return ""
    root = campaign.source_root
    return f"(cd {shlex.quote(root)} && {engine.test_command})" if root else engine.test_command


def _run(engine: EngineConfig, command: str, texts: Mapping[str, bytes], ground: Ground, limit: float) -> OwnTests:
    from migrator.checkout import checkout  # neither is needed in a run without tests
    from migrator.limited import run_limited

    with checkout(ground.repository, ground.entries, texts) as tree:
        folder = tree / ground.campaign.source_root  # where the paths of engines.yaml begin
        output = tree.parent / "output"
        ending = run_limited(shlex.split(command), folder, _environment(folder), output, limit)
        log = _kept(ground.repository.common_dir / "migrate" / "tests" / f"{engine.name}.log", output)
        return _told(command, ending, log, output)


def _environment(folder: Path) -> dict[str, str]:
    """The user's, less what leads git to the user's repository: a test that calls git finds none."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"PWD": str(folder), "GIT_CEILING_DIRECTORIES": str(folder.parent.parent)}


def _kept(log: Path, output: Path) -> Path:
    """Put the output into the git directory, in the place of the last one, in one step."""
    beside = log.with_suffix(f".{os.getpid()}")
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(output.read_bytes())
        beside.replace(log)
    except OSError as error:
        sentence = f"the output of the tests cannot be kept in {log} ({error.strerror})"
        raise MigrateError(f"{sentence}; see to that, then run migrate again", FAILED) from error
    return log


def _told(command: str, ending: Ending, log: Path, output: Path) -> OwnTests:
    said = output.read_bytes()[-TAIL:].decode(errors="replace").splitlines()
    return OwnTests(command, ending.cause or PASSED, round(ending.seconds, 1), str(log), tuple(said[-LAST:]))
