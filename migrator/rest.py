"""Legacy use in files of no engine: nothing moves there, and it is listed under `(no engine)`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import field
from msgspec.structs import replace

from codemods.model import GOES, STAYS, Change, Client, Ledger, Place, Site, Verdict
from codemods.reading.contract import module_candidates
from codemods.reading.source import UnreadableError, read_source
from codemods.settings import Engine, Settings
from migrator.ground import Ground

NO_ENGINE = "(no engine)"
BELONGS_TO_NONE = "the file belongs to no engine, and no run changes it"
WRAPPERS_OWN = "the wrapper's own implementation"
TARGETS_OWN = "the target's own implementation"
IMPORTS_REDIS = re.compile(rb"^[ \t]*(?:import|from)[ \t]+(?:aio)?redis\b", re.MULTILINE)


class Rest(Engine, frozen=True):
    """The files of no engine, as if they were one."""

    files: frozenset[str] = frozenset()
    implementations: Mapping[str, Place] = field(default_factory=dict)  # the wrappers' and the target's own files

    def owns(self, path: str) -> bool:
        """Whether a file belongs to no engine. A set, since thousands of paths would be compared with thousands."""
        return path in self.files

    def owned(self, paths: Iterable[str]) -> set[str]:
        """Those of the paths that belong to no engine."""
        return set(self.files.intersection(paths))


def read_rest(ground: Ground) -> tuple[Rest, Mapping[str, bytes]]:
    """The files that no engine owns, and the texts of all Python files that a scan of them needs.

    Those outside of the import root count as well: a script at the top of the repository may use a stream.
    """
    campaign = ground.campaign
    owned = {path for engine in campaign.engines for path in engine.paths}
    folders = tuple(f"{path}/" for path in owned)
    own = {path for path in ground.python if path not in owned and not path.startswith(folders)}
    # A wrapper's class is one of the first words, and so is redis.
    apart = implementations({path: ground.python[path] for path in sorted(own & ground.index.named)}, campaign.settings)
    needed = own.union(_modules(campaign.settings))
    rest = Rest(NO_ENGINE, "", (), files=frozenset(own - apart.keys()), implementations=apart)
    return rest, ground.python.only(needed.__contains__)


def _modules(settings: Settings) -> list[str]:
    """Where the target's and the wrappers' own files may be."""
    names = [settings.target.module, *(wrapper.module for wrapper in settings.wrappers)]
    return [path for name in names for path in module_candidates(name, settings.source_root)]


def implementations(texts: Mapping[str, bytes], settings: Settings) -> dict[str, Place]:
    """The wrappers' and the target's own files, each with the line that shows it; copies of a wrapper too."""
    found: dict[str, Place] = {}
    target = module_candidates(settings.target.module, settings.source_root)
    for path, text in texts.items():
        if path in target:
            found[path] = _first_line(path, text)
        for wrapper in settings.wrappers:
            if path in module_candidates(wrapper.module, settings.source_root) or _is_copy(path, text, wrapper.client):
                found[path] = _class_line(path, text, wrapper.client)
    return found


def _is_copy(path: str, text: bytes, classes: Iterable[str]) -> bool:
    """Whether a file defines a wrapper's client around redis, wherever it lies; a stand-in for tests does not."""
    return bool(_definition(classes).search(text) and IMPORTS_REDIS.search(text)) and _can_be_read(path, text)


def _definition(classes: Iterable[str]) -> re.Pattern[bytes]:
    either = b"|".join(re.escape(name.encode()) for name in classes)
    return re.compile(rb"^class[ \t]+(?:%s)\b[^\n]*" % either, re.MULTILINE)


def _can_be_read(path: str, text: bytes) -> bool:
    try:
        read_source(path, text)
    except UnreadableError:
        return False
    return True


def _class_line(path: str, text: bytes, classes: Iterable[str]) -> Place:
    found = _definition(classes).search(text)
    if found is None:
        return _first_line(path, text)
    return Place(path, text.count(b"\n", 0, found.start()) + 1, found[0].decode(errors="replace").strip())


def _first_line(path: str, text: bytes) -> Place:
    return Place(path, 1, text.split(b"\n", 1)[0].decode(errors="replace").strip())


def change_of_rest(change: Change, claimed: Iterable[Site], own: Mapping[str, Place], settings: Settings) -> Change:
    """The verdicts on files of no engine: what would move is refused, and what an engine's scan reached is its own.

    `own` are the implementations; each is one site, which is kept.
    """
    taken = {_key(site) for site in claimed}
    judged = [site for site in change.sites if _key(site) not in taken]
    sites = [*map(_refused, judged), *_implementations(own, settings)]
    dropped = len(change.sites) - len(judged)
    left = {site.client for site in judged}
    return replace(
        change,
        sites=tuple(sites),
        clients=tuple(_client(client) for client in change.clients if client.id in left),
        questions=(),
        notes=(),  # of what would move
        ledger=Ledger.of(sites, change.ledger.found - dropped + len(own)),
    )


def _key(site: Site) -> tuple[str, int, int, str]:
    return site.path, site.line, site.column, site.kind


def _refused(site: Site) -> Site:
    if site.reason == GOES:
        return replace(site, verdict=Verdict.KEEP, reason=STAYS, codemod=None, lines=())
    if site.verdict not in (Verdict.REWRITE, Verdict.ASK):
        return site
    return replace(
        site, verdict=Verdict.REFUSE, reason=BELONGS_TO_NONE, codemod=None, question=None, held_by=None, lines=()
    )


def _client(client: Client) -> Client:
    return replace(client, verdict=Verdict.REFUSE) if client.verdict in (Verdict.REWRITE, Verdict.ASK) else client


def _implementations(own: Mapping[str, Place], settings: Settings) -> Iterator[Site]:
    target = module_candidates(settings.target.module, settings.source_root)
    for path, place in sorted(own.items()):
        reason = TARGETS_OWN if path in target else WRAPPERS_OWN
        yield Site(NO_ENGINE, path, place.line, 0, "implementation", "", Verdict.KEEP, reason, evidence=(place,))
