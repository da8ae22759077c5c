"""Whether an engine is merged: what a scan of the base finds in it, and what of that engines.yaml accepts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from codemods.model import Change, Client, Site, Verdict
from codemods.verdicts.suppression import NO_REASON
from migrator.config import Campaign, EngineConfig, error_of
from migrator.located import Fault, line_of, nearest
from migrator.scanned import EngineScan


class Left(Struct, frozen=True):
    """A legacy client that is left in an engine, a question about one, or a use that belongs to no client."""

    key: str  # what `accepted` calls it, the same when lines move; "" for what nobody can accept there
    where: str  # `path:line`
    verdict: Verdict
    reason: str  # of the verdict
    accepted: str = ""  # why it may stay


class Merged(Struct, frozen=True):
    """Whether an engine is merged, why or why not, and what legacy bus use is left in it."""

    engine: str
    merged: bool
    reason: str  # without the engine's name, and without a full stop
    left: tuple[Left, ...] = ()
    uses_target: bool = True

    @property
    def open(self) -> tuple[Left, ...]:
        """What stands between the engine and `merged`."""
        return tuple(each for each in self.left if not each.accepted)


def merged(engine: EngineConfig, scan: EngineScan) -> Merged:
    """What a scan of the base says of one engine, however its change came there: merge, squash, rebase, cherry-pick.

    It is merged when it uses the target, and each legacy bus use that is left in it is accepted: in engines.yaml, or
    by a comment with a reason. What could still be moved cannot be accepted.
    """
    left = tuple(left_of(engine, scan.change))
    why = _why_unknown(scan) or _why_open(engine.name, [each for each in left if not each.accepted], scan.uses_target)
    if why:
        return Merged(engine.name, False, why, left, scan.uses_target)
    rest = f"what is legacy in it is accepted ({len(left)})" if left else "no legacy bus use is left in it"
    return Merged(engine.name, True, f"it uses the target, and {rest}", left)


def _why_unknown(scan: EngineScan) -> str:
    if scan.problems:
        return f"it could not be judged: {scan.problems[0]}"
    if scan.failed_files:
        return f"what it uses is not known: {scan.failed_files[0].reason}"
    return ""


def _why_open(name: str, open_: Sequence[Left], uses_target: bool) -> str:
    movable = [each for each in open_ if each.verdict is Verdict.REWRITE]
    if movable:
        number = f" and {len(movable) - 1} more" if len(movable) > 1 else ""
        return f"the legacy client at {movable[0].where}{number} can be moved and is not"
    if open_ and not uses_target and all(each.verdict is Verdict.REFUSE for each in open_):
        return f"nothing of it can be moved by the tool; a person moves it, or {_deferred(name)}"
    if open_:
        number = f", and {len(open_) - 1} more" if len(open_) > 1 else ""
        return f"it is not accepted that {_called(open_[0])} stays legacy{number}"
    if not uses_target:
        return f"it does not use the target; if nothing of it is to move, {_deferred(name)}"
    return ""


def _deferred(name: str) -> str:
    return f"say so with `deferred: reason` on {name}"


def _called(left: Left) -> str:
    return f"{left.where} ({left.reason})" if left.verdict is Verdict.SUPPRESSED else _quoted(left.key)


def left_of(engine: EngineConfig, change: Change) -> Iterator[Left]:
    """What legacy bus use a scan finds in an engine, each with the reason for which engines.yaml accepts it."""
    found = [each for sites in _clients(change) for each in _of_client(change, sites)]
    count = Counter(each.key for each in found if each.verdict is Verdict.REFUSE)
    told: set[str] = set()
    for each in found:
        key = f"{each.key} x{count[each.key]}" if count[each.key] > 1 else each.key  # one more would be noticed
        if not key or key not in told:
            yield replace(each, key=key, accepted=each.accepted or engine.accepted.get(key, ""))
        told.add(key)


def _clients(change: Change) -> list[list[Site]]:
    """The sites that are bus use, those of each client together; a use of no client is alone."""
    found: dict[object, list[Site]] = {}
    for number, site in enumerate(change.sites):
        if site.is_bus_use:
            found.setdefault(site.client or number, []).append(site)
    return list(found.values())


def _of_client(change: Change, sites: Sequence[Site]) -> list[Left]:
    """The questions of a client that is only asked about; else the client, with what is gravest in it."""
    own = [site for site in sites if site.held_by is None] or sites
    site = min(own, key=lambda each: GRAVEST_FIRST.index(each.verdict))
    if site.verdict is Verdict.ASK and all(each.question for each in own if each.verdict is Verdict.ASK):
        asked = [each for each in own if each.question]
        return [Left(each.question or "", each.where, each.verdict, each.reason) for each in asked]
    if site.verdict in (Verdict.REFUSE, Verdict.ASK):
        return [Left(_key(change, site), site.where, Verdict.REFUSE, site.reason)]
    is_said = site.verdict is Verdict.SUPPRESSED and site.reason != NO_REASON
    return [Left("", site.where, site.verdict, site.reason, site.reason if is_said else "")]


GRAVEST_FIRST = (Verdict.REWRITE, Verdict.REFUSE, Verdict.ASK, Verdict.SUPPRESSED, Verdict.KEEP)


def _key(change: Change, site: Site) -> str:
    """File, function and class of the client's construction; of a use without a client, its own place and kind."""
    client = next((each for each in change.clients if each.id == site.client), None)
    if client is None:
        return _joined(site.path, site.function, site.kind)
    at = next((each for each in change.sites if each.client == client.id and _is_made(each, client)), site)
    return _joined(client.path, at.function, client.id.removeprefix(f"{client.path}:{client.line}").strip())


def _is_made(site: Site, client: Client) -> bool:
    return (site.path, site.line) == (client.path, client.line)


def _joined(*parts: str) -> str:
    return ":".join(part for part in parts if part)


def acceptance(left: Iterable[Left]) -> str:
    """What to paste below the engine in engines.yaml, once the reasons are written."""
    keys = dict.fromkeys(each.key for each in left if each.key)
    return "accepted:\n" + "".join(f"  {_quoted(key)}: why it may stay\n" for key in keys)


def check_accepted(campaign: Campaign, scans: Iterable[EngineScan]) -> None:
    """Raise what `accepted` names and nothing in its engine is called; what could not be read may be called so."""
    known = {scan.engine: scan for scan in scans if not scan.problems and not scan.failed_files}
    engines = [engine for engine in campaign.engines if engine.name in known]
    faults = [fault for engine in engines for fault in _unfit(campaign, engine, known[engine.name].change)]
    if faults:
        raise error_of(campaign.path, faults)


def _unfit(campaign: Campaign, engine: EngineConfig, change: Change) -> Iterator[Fault]:
    keys = [each.key for each in left_of(engine, change) if each.key]
    for key in sorted(engine.accepted.keys() - set(keys)):
        near = nearest(key, set(keys) - engine.accepted.keys())
        mend = f"did you mean {_quoted(near)}?" if near else "take it out"
        line = line_of(campaign.lines, ("engines", engine.name, "accepted", key))
        yield Fault(line, f"nothing that is asked or refused in {engine.name} is called {_quoted(key)}; {mend}")


def _quoted(key: str) -> str:
    """A key as YAML takes it, whole: it is there to be copied."""
    return json.dumps(key, ensure_ascii=False)
