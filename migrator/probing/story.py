"""The story of `migrate probe`: the client of the base runs on real servers, and each behaviour has a verdict."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from codemods.reading.contract import Contract
from codemods.reading.wrapper import read_wrapper
from migrator.errors import WRONG_USAGE, MigrateError
from migrator.ground import Ground, open_campaign, read_ground, read_target
from migrator.probing import stored
from migrator.probing.client_files import client_of
from migrator.probing.depends import sites_of
from migrator.probing.lanes import Lane, embedded
from migrator.probing.probes import PROBES
from migrator.probing.process import LIMIT, Process, run_client
from migrator.probing.values import Probed, Verdict
from migrator.results import Progress
from migrator.scan import scan_ground


@dataclass(frozen=True, slots=True)
class Options:
    """One probe as it was asked for."""

    only: tuple[str, ...] = ()  # the ids of probes; none: all of them
    repo: str = "."
    config: str | None = None
    base: str | None = None
    python: str | None = None  # the interpreter that has the client's packages; None: this one
    limit: float = LIMIT  # seconds for one probe, and for the import


def probe(options: Options, progress: Progress) -> Probed:
    """Every behaviour that was asked for. A whole result is stored, for runs and scans to warn from."""
    wanted = chosen(options.only)
    started = time.monotonic()
    repository, campaign = open_campaign(options.repo, options.config)
    ground = read_ground(repository, campaign, options.base)
    contract = read_target(ground)
    client = client_of(ground)
    process = Process(options.python) if options.python else Process()
    log = stored.folder() / f"{client.hash[:16]}.log"
    progress("start servers", 0, 1)
    with embedded() as lanes:
        progress(f"probe {client.module}", 0, 1)
        found = run_client(client, order_of(ground, contract, wanted, lanes) | {"limit": options.limit}, log, process)
    verdicts = tuple(Verdict.of(name, found["verdicts"][name]) for name in wanted)
    seconds = round(time.monotonic() - started, 1)
    result = Probed(client.module, client.hash, ground.base, "embedded", verdicts, str(log), seconds)
    if result.failing:
        result = result.with_sites(sites_of(result.failing, scan_ground(ground, None, (), progress)))
    if result.is_whole:
        stored.save(result)
    return result


def chosen(only: Sequence[str]) -> list[str]:
    """The probes to run, in the order of the table; MigrateError for an id that there is not."""
    for name in only:
        if name not in PROBES:
            near = get_close_matches(name, PROBES, n=1)
            mend = f"did you mean {near[0]}?" if near else f"there are: {', '.join(PROBES)}"
            raise MigrateError(f"no probe is called {name}; {mend}", WRONG_USAGE)
    return [name for name in PROBES if not only or name in only]


def order_of(ground: Ground, contract: Contract, wanted: Sequence[str], lanes: Sequence[Lane]) -> dict[str, Any]:
    """What the process beside the client is told."""
    settings = ground.campaign.settings
    facts = [read_wrapper(wrapper, ground.texts, settings) for wrapper in settings.wrappers]
    return {
        "module": settings.target.module,
        "bus_of": dict(contract.bus_of),
        "by_port": {str(port): bus for bus, port in settings.target.buses.items()},
        "usual": dict(settings.target.buses),
        "probes": list(wanted),
        "lanes": list(lanes),
        "given": False,
        "names": {},
        "lenient": [each.wrapper.module for each in facts if each.is_read and not each.plain_json],
    }
