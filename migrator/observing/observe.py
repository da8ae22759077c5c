"""The story of `migrate observe`: who is asked, what they were seen to do, and what that means."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from msgspec import Struct, field

from migrator.errors import DONE, FAILED, WRONG_USAGE, MigrateError
from migrator.live.holders import Here
from migrator.live.urls import chosen_urls
from migrator.means import ALONE, Means
from migrator.observing.diagnosis import diagnose
from migrator.observing.finding import Finding
from migrator.observing.health import Health, ask_engines
from migrator.observing.known import Known, know
from migrator.observing.said import Said, said_by
from migrator.observing.view import ServerView
from migrator.observing.watch import Watch
from migrator.results import Progress

SHORTEST, LONGEST = 0.1, 86_400.0  # seconds


class Options(Struct, frozen=True):
    """One observation as it was asked for."""

    urls: tuple[str, ...] = ()  # NAME=URL
    seconds: float = 5.0
    health: bool = False
    monitor: bool = False
    repo: str = "."
    config: str | None = None
    base: str | None = None
    ports: Mapping[int, str] | None = None  # the engine that listens on each port, where engines.yaml has others
    means: Means = ALONE


class Observed(Struct, frozen=True):
    """What was seen in one window, and what it means."""

    taken: str  # when its window ended, as ISO 8601 says it, in UTC
    seconds: float  # that were asked for
    servers: tuple[ServerView, ...] = ()
    findings: tuple[Finding, ...] = ()
    health: Health = field(default_factory=dict)
    problems: tuple[str, ...] = ()  # a sentence for each server that gave no answer, and for code that was not read
    unusable: bool = False  # a server is of a kind that is not supported
    engines: Mapping[str, int] = field(default_factory=dict)  # with the port of each
    code: Mapping[str, tuple[Said, ...]] = field(default_factory=dict)  # engine -> what it hears and sends, by its code

    def exit_code(self) -> int:
        """2 for a server of a kind that is not supported, 1 for one that gave no answer, or code that was not read."""
        if self.unusable:
            return WRONG_USAGE
        return FAILED if self.problems else DONE


def observe(options: Options, progress: Progress) -> Observed:
    """One window. MigrateError where nothing at all can be observed."""
    with observing(options, progress) as windows:
        return next(windows)


@contextmanager
def observing(options: Options, progress: Progress) -> Iterator[Iterator[Observed]]:
    """One window after the other, for as long as somebody asks."""
    if not SHORTEST <= options.seconds <= LONGEST:
        raise MigrateError(f"--seconds takes {SHORTEST:g} to {LONGEST:g}", WRONG_USAGE)
    known = know(options.repo, options.config, options.base, bool(options.urls), progress, options.means)
    servers = chosen_urls(options.urls, known.variables, os.environ, known.config)
    progress(f"look at the servers for {options.seconds:g} s", 0, 1)
    with Watch(servers, known.stream_names, options.monitor) as watch:
        yield windows(watch, known, options)


def windows(watch: Watch, known: Known, options: Options) -> Iterator[Observed]:
    """Each window as it ends; MigrateError where no server answers any more."""
    ports = known.ports if options.ports is None else options.ports
    while True:
        views = watch.window(options.seconds, lambda: Here.of(ports))
        if not views:
            raise MigrateError(
                "\n".join(str(error) for error in watch.problems),
                max((error.exit_code for error in watch.problems), default=FAILED),
            )
        yield Observed(
            taken=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=options.seconds,
            servers=tuple(views),
            findings=diagnose(views, known),
            health=ask_engines(ports) if options.health else {},
            problems=(*map(str, watch.problems), *known.problems),
            unusable=any(error.exit_code == WRONG_USAGE for error in watch.problems),
            engines={name: port for port, name in known.ports.items()},
            code=said_by(known),
        )
