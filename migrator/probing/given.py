"""Somebody's servers: rehearsed on embedded ones first, so that it is known what the client writes; then cleaned up."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from codemods.settings import BUSES
from migrator.config import Campaign
from migrator.errors import WRONG_USAGE, MigrateError
from migrator.live.urls import ServerUrl, read_url, why
from migrator.probing.inside.cleaning import clean
from migrator.probing.process import Running
from migrator.probing.relay import Relay

REHEARSED = ("configuration",)
"""Probes that ask nothing of a server: what the rehearsal showed of them stands."""

Names = Mapping[str, Sequence[str]]


def given_urls(campaign: Campaign, urls: Mapping[str, str | None], is_asked: bool) -> dict[str, ServerUrl]:
    """The URL of each bus, from the command line or from the variables that engines.yaml names; {} where not asked."""
    if not is_asked and not any(urls.values()):
        return {}
    return {bus: _url_of(campaign, bus, urls[bus]) for bus in BUSES}


def _url_of(campaign: Campaign, bus: str, url: str | None) -> ServerUrl:
    option = f"--{bus.replace('_', '-')}-url"
    if url:
        return read_url(bus, url, option)
    variable = campaign.servers.get(bus)
    if variable is None:
        section = f"servers: {{{bus}: {{url_env: NAME}}}}"
        raise MigrateError(
            f'no server is named for {bus}; give {option}, or add "{section}" to {campaign.path.name}', WRONG_USAGE
        )
    if not os.environ.get(variable):
        said = f"{campaign.path.name} says that {variable} holds the URL of {bus}, and it is not set"
        raise MigrateError(f"{said}; set it, or give {option}", WRONG_USAGE)
    return read_url(bus, os.environ[variable], f"the environment variable {variable}")


def check_servers(urls: Mapping[str, ServerUrl]) -> None:
    """MigrateError where a server does not answer, or is none that a probe can write to."""
    for url in urls.values():
        role = asked(url, lambda server: server.info("replication"))["role"]
        mode = asked(url, lambda server: server.info("server")).get("redis_mode", "standalone")
        if role != "master" or mode != "standalone":
            kind = "a replica" if role != "master" else f"in {mode} mode"
            raise MigrateError(
                f"{url.name}: {url.shown} is {kind}, which cannot be probed; name a single writable server", WRONG_USAGE
            )


def check_names(urls: Mapping[str, ServerUrl], names: Names) -> None:
    """MigrateError where a server has already what the client would write to."""
    for bus, url in urls.items():
        there = [name for name in names[bus] if asked(url, lambda server, name=name: server.exists(name))]
        if there:
            more = f" and {len(there) - 1} more" if len(there) > 1 else ""
            raise MigrateError(
                f"{bus}: {url.shown} holds {there[0]}{more} already, to which the target client writes; nothing was "
                "sent. Probe a server that no engine uses, or leave the URLs out"
            )


def run_on(
    urls: Mapping[str, ServerUrl], names: Names, order: dict[str, Any], running: Running
) -> tuple[dict[str, Any], list[str]]:
    """What the runner says of the client on these servers, and a sentence for each stream that had to be left there."""
    check_names(urls, names)
    try:
        with Relay(urls, names) as relay:
            found = _within(relay, order | {"given": True, "names": names}, running)
    finally:
        left = [sentence for bus, url in urls.items() for sentence in _clean(url, names[bus])]
    return found, left


def _within(relay: Relay, order: dict[str, Any], running: Running) -> dict[str, Any]:
    """What the runner says; where a command was refused, that is why nothing else is known."""
    found, fault = {}, None
    try:
        found = running(order | {"lanes": [relay.ports]})
    except MigrateError as error:
        fault = error
    if relay.refused:
        commands = ", ".join(sorted(set(relay.refused)))
        raise MigrateError(
            f"the target client sends {commands}, which the probe lets through to no server but its own; leave the "
            "URLs out"
        )
    if fault is not None:
        raise fault
    return found


def _clean(url: ServerUrl, names: Sequence[str]) -> list[str]:
    left: list[str] = asked(url, lambda server: clean(server, names))
    return [
        f"{url.name}: {url.shown} still holds {name}: not all of it is the probe's own; look at it" for name in left
    ]


def asked(url: ServerUrl, question: Any) -> Any:
    """The answer of a server; MigrateError with what to do next where it gives none."""
    import redis

    try:
        with url.client() as server:
            return question(server)
    except redis.RedisError as error:
        raise MigrateError(f"{url.name}: {url.shown}: {why(error)}") from None
