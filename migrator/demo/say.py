"""What the operators' own commands say of a stage: the diagnosis before, and each engine's checks afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from migrator.live.servers import HOST
from migrator.observing import observe, saved
from migrator.observing.finding import Finding
from migrator.verifying import verify
from migrator.verifying.verify import EngineVerdict

WINDOW = 1.0  # seconds


class Said(Struct, frozen=True):
    """What was said of one stage."""

    findings: tuple[Finding, ...] = ()  # of `migrate observe`
    verdicts: tuple[EngineVerdict, ...] = ()  # of `migrate verify`


class Operators(Struct, frozen=True):
    """Who looks at the servers of a platform: where its repository is, and where they keep what was before."""

    platform: Path
    before: Path

    def observe(self, servers: Mapping[str, int], engines: Mapping[int, str]) -> Said:
        """The diagnosis, kept for later; `servers` and `engines` are the ports on which they listen."""
        observed = observe.observe(
            observe.Options(urls_of(servers), seconds=WINDOW, repo=str(self.platform), ports=engines), silently
        )
        saved.save(observed, self.before)
        return Said(findings=observed.findings)

    def verify(self, names: Sequence[str], servers: Mapping[str, int], engines: Mapping[int, str]) -> Said:
        """The checks of these engines, against what was kept."""
        options = verify.Options(
            engines=tuple(names),
            before=str(self.before),
            urls=urls_of(servers),
            seconds=WINDOW,
            repo=str(self.platform),
            ports=engines,
        )
        return Said(verdicts=verify.verify(options, silently).engines)


def urls_of(servers: Mapping[str, int]) -> tuple[str, ...]:
    """The servers as `--url` takes them."""
    return tuple(f"{name}=redis://{HOST}:{port}" for name, port in servers.items())


def silently(what: str, done: int, total: int) -> None:
    """The demo tells how far it is by itself."""
