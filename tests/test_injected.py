"""Legacy code that is put into ordinary code at random is found, each line of it, and nothing else is."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from gitrepo import use_fixed_git
from hypothesis import HealthCheck, given, note, settings
from injected import FOLDER, Injected, engines, with_every_holder
from injected_pieces import LIBRARIES, OWN, Library
from msgspec.structs import replace
from tinyplatform import tiny_platform

from codemods.model import Change, Ledger, Site, Verdict
from migrator.branches import write_commit
from migrator.ground import Ground, open_campaign, read_ground
from migrator.report.scan_json import scan_json
from migrator.scan import ledger_faults, scan_ground
from migrator.scanned import Scanned

Found = tuple[str, int, str]  # path, line, kind
LOOSE = {"import", "exception"}  # what belongs to no client of its own
LOST = "is called on here cannot be followed"
OPEN = {Verdict.ASK, Verdict.REFUSE}


class Platform:
    """A platform whose engines are empty, in a repository; an injected one takes the place of one of them."""

    def __init__(self, root: Path) -> None:
        self.repository, self.campaign = open_campaign(str(root), None)
        self.base = self.repository.resolve(self.campaign.base)

    def ground_with(self, engine: Injected) -> Ground:
        """The platform with this engine, which is Python throughout."""
        for path, text in engine.texts.items():
            compile(text, path, "exec", dont_inherit=True)
        commit = write_commit(self.repository, self.base, "Inject", engine.texts)
        return read_ground(self.repository, self.campaign, commit)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with pytest.MonkeyPatch.context() as patch:
        use_fixed_git(patch)
        yield Platform(tiny_platform(tmp_path_factory.mktemp("injected"), strategy="LOT = 10\n"))


def scanned(ground: Ground, *files: str) -> Scanned:
    return scan_ground(ground, None, files, lambda what, done, total: None)


def change_of(result: Scanned) -> Change:
    """The engine's own, after all others are seen to be without a site or a problem."""
    assert [(each.engine, each.problems, each.trace) for each in result.engines if each.problems] == []
    (mine,) = (each.change for each in result.engines if each.engine == "portfolio")
    others = {site.kind for each in result.engines for site in each.change.sites if each.change is not mine}
    assert others <= {"implementation"}
    return mine


def assert_found(result: Scanned, engine: Injected) -> None:
    """All that is injected is found, nothing else is, and what is said of it holds together."""
    change = change_of(result)
    assert differences(change, engine) == ([], [])
    assert change.files == ()
    lost = [site for site in change.sites if LOST in site.reason]
    assert {(site.kind, site.verdict) for site in lost} <= {("stream", Verdict.REFUSE)}
    for site in sites_of(change):
        assert_explained(site, change, engine)
    assert_clients_apart(change, engine)
    assert_adds_up(change, engine)


def sites_of(change: Change) -> list[Site]:
    """The sites of known clients, and of none: stream commands of which nobody can tell whose they are are left out."""
    return [site for site in change.sites if LOST not in site.reason]


def differences(change: Change, engine: Injected) -> tuple[list[Found], list[Found]]:
    """What is missed, and what is found although it is not there."""
    found = Counter((site.path, site.line, site.kind) for site in sites_of(change))
    missed, invented = engine.expected - found, found - engine.expected
    return sorted(missed.elements()), sorted(invented.elements())


def assert_explained(site: Site, change: Change, engine: Injected) -> None:
    """Its evidence is what stands in the files, down to what makes it a client; what holds it back is a site."""
    for place in site.evidence:
        lines = engine.texts[place.path].decode().split("\n")
        assert place.text == lines[place.line - 1].strip()
    assert (site.evidence[0].path, site.evidence[0].line) == (site.path, site.line)
    if site.kind not in LOOSE:
        made = engine.makers[engine.marks[site.path, site.line].client]
        assert made & {(place.path, place.line) for place in site.evidence}
    assert site.reason
    assert (site.question is not None) == (site.verdict is Verdict.ASK and site.held_by is None)
    if site.held_by is not None:
        assert {other.verdict for other in change.sites if other.where == site.held_by and not other.held_by} & OPEN


def assert_clients_apart(change: Change, engine: Injected) -> None:
    """Each raw client is one, and moves whole or not at all; all clients of the wrapper are one."""
    raw = {client.id for client in change.clients if client.kind != OWN}
    pairs = {
        (site.client, engine.marks[site.path, site.line].client) for site in sites_of(change) if site.client in raw
    }
    assert len(pairs) == len({client for client, _ in pairs}) == len({number for _, number in pairs})
    for client in change.clients:
        verdicts = {site.verdict for site in change.sites if site.client == client.id}
        assert Verdict.REWRITE not in verdicts or not verdicts & OPEN


def assert_adds_up(change: Change, engine: Injected) -> None:
    """The ledger of the whole, and of each file, counts what was injected."""
    assert ledger_faults(change) == ()
    assert change.ledger.found == engine.expected.total() + len(change.sites) - len(sites_of(change))
    for path in engine.texts:
        ledger = Ledger.of((site for site in sites_of(change) if site.path == path), engine.found_in(path))
        assert ledger.adds_up


def assert_whole(platform: Platform, engine: Injected) -> None:
    """It is found; files in another order give the same bytes, and one file by itself its part of them."""
    ground = platform.ground_with(engine)
    result = scanned(ground)
    assert_found(result, engine)
    paths = sorted(ground.texts)
    random.Random(result.ledger.found).shuffle(paths)
    shuffled = replace(ground, texts={path: ground.texts[path] for path in paths})
    assert scan_json(scanned(shuffled)) == scan_json(result)
    part = scanned(ground, paths[0])
    sites = [site for each in result.engines for site in each.change.sites if site.path == paths[0]]
    assert [site for each in part.engines for site in each.change.sites] == sites
    assert part.ledger == Ledger.of(sites, len(sites))


@pytest.mark.parametrize(("turn", "library"), list(enumerate(chain.from_iterable(LIBRARIES.values()))))
def test_every_client_is_found_wherever_it_is_kept(platform: Platform, turn: int, library: Library) -> None:
    engine = with_every_holder(library, turn)
    assert_found(scanned(platform.ground_with(engine)), engine)


SAMPLE = """\
import redis #!1 import
client = redis.Redis() #!1 construct
client.xadd("orders", {}) #!1 stream
"""
WRONG = {
    "a use that is found and not injected": ("#!1 stream", "", [], [(3, "stream")]),
    "a use that is injected and not found": ("client.xadd", "other.xadd", [(3, "stream")], []),
    "a use of another kind": ("#!1 stream", "#!1 command", [(3, "command")], [(3, "stream")]),
    "a use twice on a line": ("#!1 stream", "#!1 stream stream", [(3, "stream")], []),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_comparison_shows(name: str, platform: Platform) -> None:
    """What it could not see would be no proof."""
    old, new, missed, invented = WRONG[name]
    path = f"{FOLDER}/service.py"
    right, wrong = (Injected({path: text}) for text in (SAMPLE, SAMPLE.replace(old, new)))
    assert differences(change_of(scanned(platform.ground_with(right))), right) == ([], [])
    found = change_of(scanned(platform.ground_with(wrong)))
    assert differences(found, wrong) == tuple([(path, *each) for each in many] for many in (missed, invented))


@pytest.mark.timeout(900)  # a failure is made small, which takes minutes
@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(engine=engines)
def test_injected_code_is_found_and_nothing_else(platform: Platform, engine: Injected) -> None:
    note(str(engine))
    assert_whole(platform, engine)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(engine=engines)
def test_thousands_of_injected_engines_are_understood(platform: Platform, engine: Injected) -> None:
    note(str(engine))
    assert_whole(platform, engine)
