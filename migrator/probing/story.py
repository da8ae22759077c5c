"""The story of `migrate probe`: the client of the base runs on real servers, and each behaviour has a verdict."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from msgspec import Struct

from codemods.reading.contract import Contract
from codemods.reading.wrapper import read_wrapper
from codemods.settings import ENGINE_LOGIC, MARKETDATA
from migrator.errors import WRONG_USAGE, MigrateError
from migrator.ground import Ground, open_campaign, read_ground, read_target
from migrator.live.urls import ServerUrl
from migrator.probing import stored
from migrator.probing.client_files import client_of
from migrator.probing.depends import sites_of
from migrator.probing.given import REHEARSED, check_servers, given_urls, run_on
from migrator.probing.lanes import embedded
from migrator.probing.probes import PROBES
from migrator.probing.process import LIMIT, Process, Running, interpreter, run_client
from migrator.probing.values import Probed, Verdict
from migrator.results import Progress
from migrator.scan import scan_ground


class Options(Struct, frozen=True):
    """One probe as it was asked for."""

    only: tuple[str, ...] = ()  # the ids of probes; none: all of them
    repo: str = "."
    config: str | None = None
    base: str | None = None
    python: str | None = None  # the interpreter that has the client's packages; None: this one
    marketdata_url: str | None = None  # somebody's servers, instead of embedded ones
    engine_logic_url: str | None = None
    on_servers: bool = False  # the URLs come from the variables that engines.yaml names
    limit: float = LIMIT  # seconds for one probe, and for the import

    @property
    def urls(self) -> Mapping[str, str | None]:
        """The URL of each bus that the command line has."""
        return {MARKETDATA: self.marketdata_url, ENGINE_LOGIC: self.engine_logic_url}


def probe(options: Options, progress: Progress) -> Probed:
    """Every behaviour that was asked for. A whole result is stored, for runs and scans to warn from."""
    wanted = chosen(options.only)
    started = time.monotonic()
    repository, campaign = open_campaign(options.repo, options.config)
    urls = given_urls(campaign, options.urls, options.on_servers)
    check_servers(urls)
    ground = read_ground(repository, campaign, options.base)
    client = client_of(ground)
    log = stored.opened() / f"{client.hash[:16]}.log"
    process = Process(interpreter(options.python))
    running: Running = lambda order: run_client(client, order, log, process)  # noqa: E731
    order = order_of(ground, read_target(ground), wanted) | {"limit": options.limit}
    found, left = _found(order, urls, running, progress)
    verdicts = tuple(Verdict.of(name, found[name]) for name in wanted)
    servers = " and ".join(url.shown for url in urls.values()) or "embedded servers"
    seconds = round(time.monotonic() - started, 1)
    result = Probed(client.module, client.hash, ground.base, servers, verdicts, str(log), seconds, tuple(left))
    if result.failing:
        result = result.with_sites(sites_of(result.failing, scan_ground(ground, None, (), progress)))
    if result.is_whole:
        stored.save(result)
    return result


def _found(
    order: dict[str, Any], urls: Mapping[str, ServerUrl], running: Running, progress: Progress
) -> tuple[Mapping[str, Any], Sequence[str]]:
    """The verdicts by id, and what was left on given servers."""
    progress("probe on embedded servers", 0, 1 + bool(urls))
    with embedded() as lanes:
        rehearsed = running(order | {"lanes": lanes})
    if not urls:
        return rehearsed["verdicts"], ()
    progress("probe on given servers", 1, 2)
    again = [name for name in order["probes"] if name not in REHEARSED]
    found, left = run_on(urls, rehearsed["names"], order | {"probes": again}, running)
    return rehearsed["verdicts"] | found["verdicts"], left


def chosen(only: Sequence[str]) -> list[str]:
    """The probes to run, in the order of the table; MigrateError for an id that there is not."""
    for name in only:
        if name not in PROBES:
            near = get_close_matches(name, PROBES, n=1)
            mend = f"did you mean {near[0]}?" if near else f"there are: {', '.join(PROBES)}"
            raise MigrateError(f"no probe is called {name}; {mend}", WRONG_USAGE)
    return [name for name in PROBES if not only or name in only]


def order_of(ground: Ground, contract: Contract, wanted: Sequence[str]) -> dict[str, Any]:
    """What the process beside the client is told."""
    settings = ground.campaign.settings
    facts = [read_wrapper(wrapper, ground.texts, settings) for wrapper in settings.wrappers]
    return {
        "module": settings.target.module,
        "bus_of": dict(contract.bus_of),
        "by_port": {str(port): bus for bus, port in settings.target.buses.items()},
        "usual": dict(settings.target.buses),
        "probes": list(wanted),
        "given": False,
        "names": {},
        "lenient": [each.wrapper.module for each in facts if each.is_read and not each.plain_json],
    }
