"""Why XREADGROUP fails: the group or the stream that is missing, the wrong type, or the id that no group takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from migrator.observing.finding import Finding, listed, rate, several
from migrator.observing.known import Known
from migrator.observing.read_sites import ReadSite
from migrator.observing.view import READ, ServerView

STREAM, NONE = "stream", "none"
HERE, AWAY = "here", "away"


class Cause(NamedTuple):
    """Why one read cannot work on one server."""

    kind: str  # the error that the server answers
    sentence: str
    next: str
    place: str = HERE  # AWAY: what is read is on another server


def failing_reads(view: ServerView, views: Sequence[ServerView], known: Known) -> Iterator[Finding]:
    """A finding for a server where XREADGROUP failed in the window."""
    calls = view.delta.calls(READ)
    if not calls.failed:
        return
    kinds = {kind: count for kind, count in view.delta.errors.items() if kind in ("NOGROUP", "WRONGTYPE", "ERR")}
    per_second = rate(view.delta.per_second(calls.failed))
    share = f"{calls.failed:,} of {calls.calls:,} XREADGROUP failed, {per_second} a second"
    most_first = sorted(kinds.items(), key=lambda each: (-each[1], each[0]))  # others may fail with an ERR meanwhile
    told = f" ({listed(f'{kind} {count:,}' for kind, count in most_first)})" if kinds else ""
    causes = list(causes_of(view, views, known, kinds))
    sentence = f"{share}{told}"
    if causes:
        sentence += f": {causes[0].sentence}"
    evidence = [f"also: {cause.sentence}" for cause in causes[1:]]
    yield Finding("failing-reads", view.name, sentence, (*evidence, *callers(view)), next_of(causes, known))


def causes_of(view: ServerView, views: Sequence[ServerView], known: Known, kinds: Mapping[str, int]) -> list[Cause]:
    """The causes, those that a monitor saw first, then those of the code, what is on no server before the rest."""
    seen = Counter((read.stream, read.group, read.start) for read in view.reads)
    found = [cause for (read, _) in seen.most_common() if (cause := cause_of_read(view, *read)) is not None]
    if not found:
        found = [cause for site in known.reads for cause in causes_of_site(view, views, site)]
    found = [cause for cause in found if not kinds or cause.kind in kinds]
    return sorted(dict.fromkeys(found), key=lambda cause: cause.place == AWAY)


def causes_of_site(view: ServerView, views: Sequence[ServerView], site: ReadSite) -> Iterator[Cause]:
    """Why a read in the code cannot work on this server, for each stream whose name is known."""
    for stream, start in site.streams:
        if "*" in stream:
            continue
        missing = [group for group in site.groups if cause_of_read(view, stream, group, start)]
        cause = cause_of_read(view, stream, " or ".join(missing), start) if missing else None
        if cause is not None and len(missing) == len(site.groups):
            away = [other.name for other in views if other is not view and has(other, stream, site.groups)]
            where = f"; it is on {listed(away)}" if away else ""
            yield cause._replace(
                sentence=f"{cause.sentence}; {site.where} reads it{where}", place=AWAY if away else HERE
            )


def cause_of_read(view: ServerView, stream: str, group: str, start: str) -> Cause | None:
    """Why reading this stream by this group fails; None where it works."""
    found = next((each for each in view.streams if each.name == stream), None)
    kind = view.types.get(stream, STREAM if found else NONE)
    if kind not in (STREAM, NONE):
        return Cause(
            "WRONGTYPE",
            f"{stream} is a {kind}, not a stream (wrong type)",
            f"find who writes {stream} as a {kind}; give the stream another name",
        )
    if start == "$":
        return Cause(
            "ERR",
            f"{stream} is read by the group {group} from the id $, which XREADGROUP does not take",
            'read from ">"; "$" belongs to XREAD, and to the making of a group',
        )
    if found is None:
        return Cause(
            "NOGROUP",
            f"the stream {stream} is not there, and so has no group {group}",
            f"make it first: XGROUP CREATE {stream} GROUP 0 MKSTREAM, or end what reads it",
        )
    if not any(fnmatchcase(each.name, one) for one in group.split(" or ") for each in found.groups):
        there = listed(each.name for each in found.groups) or "none"
        return Cause(
            "NOGROUP",
            f"the stream {stream} has no group {group} (its groups: {there})",
            f"make it first: XGROUP CREATE {stream} {group.split(' or ', maxsplit=1)[0]} 0, or end what reads it",
        )
    return None


def has(view: ServerView, stream: str, groups: Iterable[str]) -> bool:
    """Whether a server has this stream with one of these groups."""
    return any(
        each.name == stream and any(fnmatchcase(one.group.name, group) for one in each.groups for group in groups)
        for each in view.streams
    )


def callers(view: ServerView) -> Iterator[str]:
    """Whose connections read and do not wait: what fails is asked again and again."""
    readers = [each for each in view.holders if READ in each.commands and each.connections > each.blocked]
    if readers:
        said = (f"{each.name} ({several(each.connections - each.blocked, 'connection')})" for each in readers)
        yield f"connections that read and do not wait: {listed(said)}"


def next_of(causes: Sequence[Cause], known: Known) -> str:
    """What to do about them; where none is known, how to see one."""
    if causes:
        return causes[0].next
    return "type the same with --monitor, which names the stream and the group of each read"
