"""Checks of what an engine sends: it is seen on the right bus, in the form that readers expect, and is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from migrator.bridging import forms
from migrator.config_rules import NO_ENGINE
from migrator.graph import Edge
from migrator.live.servers import MAIN
from migrator.observing.finding import listed, several, span
from migrator.observing.readers import has_reader, is_stuck
from migrator.observing.sources import names_type, sources_of, words_of
from migrator.observing.view import GroupView, StreamView
from migrator.places import NOW
from migrator.verifying.bridged import bridges_of, how_to_bridge, is_at_work, is_bridged
from migrator.verifying.evidence import EARLIEST, ENVELOPE, End, Entry, Evidence, payload_of
from migrator.verifying.groups import bears_name, is_reached
from migrator.verifying.kept import lost, why_lost
from migrator.verifying.outcome import Outcome, failed, not_told, passed

MARK = forms.MARK.decode()
SENDING = ("no-message-type", "payload-not-json", "not-awaited", "wrong-arguments")
"""Mistakes by which a message is not sent."""


def published(evidence: Evidence) -> Outcome:
    """Whether what the engine sends is seen on the right bus."""
    ends = list(evidence.ends("publish"))
    strays = [stray for end in ends for stray in strays_of(evidence, end)]
    mistakes = evidence.found(*SENDING, about="publish")
    if strays:
        return failed(
            f"seen elsewhere: {listed(where for where, _ in strays)}", (*mistakes, *(why for _, why in strays))
        )
    if mistakes:
        return failed("a publish of the code fails", mistakes)
    if gone := lost(evidence, "publish"):
        causes = [why_lost(said, "published") for said in gone]
        return failed(f"no longer published: {listed(said.name for said in gone)}", causes)
    counts = {end.name: count_seen(evidence, end) for end in ends}
    if not ends:
        return passed("the code publishes nothing")
    strange = {name: end for end in ends if not counts[end.name] for name in strange_names(evidence, end)}
    causes = [why_strange(evidence, end, name) for name, end in strange.items()]
    if any(bears_name(name, engine) for name in strange for engine in evidence.known.engines.values()):
        return failed("its messages bear another engine's name", causes)
    told = [f"{end.name} {counts[end.name]:,}{last_seen(evidence, end)}" for end in ends if counts[end.name]]
    told = list(dict.fromkeys(told))
    unseen = [name for name, count in counts.items() if not count]
    if unseen:
        more = f"; seen: {listed(told)}" if told else ""
        return not_told(f"not seen yet: {listed(unseen)}{more}", *causes, "let the engine publish, and verify again")
    return passed(f"seen on the right bus: {listed(told)}")


def count_seen(evidence: Evidence, end: End) -> int:
    """How many of the newest messages of an end's streams are the engine's; of a raw stream, what was added."""
    if not end.is_type:
        return sum(stream.stream.length for stream in evidence.streams(end))
    return sum(is_sent_by(evidence, end, entry) for entry in entries_of(evidence, end))


def last_seen(evidence: Evidence, end: End) -> str:
    """How long ago the engine last sent by an end, where that was before this window; "" otherwise."""
    view = evidence.views[end.bus]
    own = [
        number
        for number, fields in entries_of(evidence, end)
        if not end.is_type or is_sent_by(evidence, end, (number, fields))
    ]
    came = max((int(number.partition("-")[0]) for number in own), default=0)
    ago = view.snapshot.clock - came / 1000
    return f", the last {span(ago)} ago" if came >= EARLIEST and ago > view.delta.seconds + 1 else ""


def strange_names(evidence: Evidence, end: End) -> Iterator[str]:
    """The names that messages bear which came since the engine did, and that no engine has which sends them."""
    known = evidence.known
    for stream in evidence.streams(end) if end.is_type else ():
        senders = [known.engines.get(source.engine) for source in sources_of(stream.name, known)]
        for _, fields in evidence.newest.get((end.bus, stream.name), ()):
            name = fields.get("source_engine", "")
            if name and not any(engine and bears_name(name, engine) for engine in senders):
                yield name


def why_strange(evidence: Evidence, end: End, name: str) -> str:
    """What to look at where messages of an end bear a name that nobody has who sends them."""
    return (
        f"messages of {end.name} bear the name {name}, of no engine that sends them by the code: see which engine type "
        f"the client of {end.where} is made with; {evidence.engine.name} has {evidence.engine.engine_type}"
    )


def entries_of(evidence: Evidence, end: End) -> list[Entry]:
    """The newest messages of the streams of an end."""
    return [entry for stream in evidence.streams(end) for entry in evidence.newest.get((end.bus, stream.name), ())]


def is_sent_by(evidence: Evidence, end: End, entry: Entry) -> bool:
    """Whether a message bears the engine's name and the end's type, and is no copy that a bridge made."""
    fields = entry[1]
    is_own = MARK not in fields and bears_name(fields.get("source_engine", ""), evidence.engine)
    return is_own and names_type(fields.get("message_type", ""), end.name)


def strays_of(evidence: Evidence, end: End) -> Iterator[tuple[str, str]]:
    """Where messages of an end's type that bear the engine's name are, and should not be; each with the cause."""
    kind = None if end.is_type else type_of_stream(evidence, end)
    if kind is not None and evidence.bus_of[kind] != end.bus:
        right = evidence.bus_of[kind]
        yield (
            f"{end.name} on {end.bus} ({end.where}), and {kind} belongs on {right}",
            f"{end.where} sends it there: use publish_message(MessageType.{kind}, payload), which goes to {right}",
        )
    for (server, stream), entries in evidence.newest.items():
        count = sum(is_sent_by(evidence, end, entry) for entry in entries) if end.is_type and server != end.bus else 0
        if count:
            yield (
                f"{count:,} {end.name} on {server} ({stream}), not on {end.bus}",
                f"{end.where} sends to {end.bus}: see which host and port the engine's client has for {end.bus}, and "
                "whether another copy of the engine runs other code",
            )
    if not end.is_type and MAIN in evidence.views and not others_on_main(evidence, end):
        for view in evidence.views[MAIN].streams:
            added = added_by_others(evidence, view) if view.name == end.name else 0
            if added:
                yield (
                    f"{several(added, 'message')} on main ({view.name}), not on {end.bus}",
                    f"nothing in the code publishes it on main any more: a copy of {evidence.engine.name} from before "
                    "it moved still runs, or a program that is no engine; stop it",
                )


def added_by_others(evidence: Evidence, stream: StreamView) -> int:
    """How many messages came to a stream of main in the window that no bridge put there, as far as they are seen."""
    added = stream.added or 0
    newest = evidence.newest.get((MAIN, stream.name), ())[:added]
    return sum(MARK not in fields for _, fields in newest) if newest else added


def others_on_main(evidence: Evidence, end: End) -> bool:
    """Whether another engine still publishes the same raw stream on the main server."""
    sources = sources_of(end.name, evidence.known)
    return any(source.server == MAIN and source.engine != evidence.engine.name for source in sources)


def read(evidence: Evidence) -> Outcome:
    """Whether everyone who should read what the engine publishes does, and somebody at all."""
    ends = [end for end in evidence.ends("publish") if end.bus in evidence.views]
    missing = {end: causes for end in ends if (causes := list(why_unread(evidence, end)))}
    if missing:
        names = listed(f"{end.name} ({end.where})" for end in missing)
        return failed(f"not read by everyone: {names}", (cause for causes in missing.values() for cause in causes))
    kinds = several(len({end.name for end in ends}), "kind")
    return passed(f"{kinds} of message, read by everyone who should" if ends else "it publishes nothing")


def why_unread(evidence: Evidence, end: End) -> Iterator[str]:
    """Who should read an end and does not, and where that is; nobody at all is a cause as well."""
    view, known = evidence.views[end.bus], evidence.known
    edges = [edge for edge in evidence.edges(end, "publish") if edge.kind == "consume"]
    for edge in edges:
        engine = known.engines.get(edge.consumer)
        if engine is None or evidence.accepts(edge.publisher, edge.consumer, end.name, edge.name):
            continue
        if is_reached(evidence, end, engine) is False:
            point = edge.consumers[0]
            server = point.server(NOW)
            away = server != end.bus
            carried = away and is_bridged(evidence, edge.publisher, edge.consumer, (end.name, edge.name))
            if carried and is_at_work(view, carrying(evidence, end, edge)):
                continue
            why = f"it is on {server}" if away else "it does not read there; is it up?"
            more = f"; {how_to_bridge(evidence)}" if carried else ""
            yield f"{edge.consumer} should read {end.name} ({point.where}): {why}{more}"
    yield from why_unhandled(evidence, end)
    alive = any(has_reader(group, view) for stream in evidence.streams(end) for group in stream.groups)
    if not edges and not alive and not evidence.accepts(evidence.engine.name, NO_ENGINE, end.name):
        accepted = f'{{from: {evidence.engine.name}, to: {NO_ENGINE}, stream: "{end.name}", accept: WHY}}'
        yield (
            f"nothing in the code subscribes to {end.name}, and no group reads it; where nobody is to, write it in "
            f"`edges` of engines.yaml: {accepted}"
        )


def why_unhandled(evidence: Evidence, end: End) -> Iterator[str]:
    """Who is given what the engine sends by an end, and does not acknowledge it."""
    view = evidence.views[end.bus]
    mine = {number for number, _ in whole_entries(evidence, end)}
    for stream in evidence.streams(end):
        for group in stream.groups:
            oldest = group.group.oldest
            if oldest is None or not mine or not is_stuck(group, view):
                continue
            if oldest.id in mine or group.acknowledged == 0:
                yield (
                    f"{group.name} acknowledges nothing of {stream.name} that {end.where} sends: {oldest.id} was given "
                    f"to it {span(oldest.idle / 1000)} ago; see whether its handler knows this payload"
                )


def whole_entries(evidence: Evidence, end: End) -> Iterator[Entry]:
    """The engine's own messages of an end that have the form which their readers expect."""
    kind = end.name if end.is_type else type_of_stream(evidence, end)
    for entry in entries_of(evidence, end):
        is_own = not end.is_type or is_sent_by(evidence, end, entry)
        if is_own and (kind is None or not fault_of(entry[1], kind, evidence.texts.get(kind))):
            yield entry


def carrying(evidence: Evidence, end: End, edge: Edge) -> list[GroupView]:
    """The groups by which a bridge carries an edge from the streams of an end."""
    return [
        group
        for stream in evidence.streams(end)
        for group in bridges_of(evidence, stream, edge.publisher, edge.consumer, edge.name)
    ]


def envelope(evidence: Evidence) -> Outcome:
    """Whether what the engine sends has the form that readers of the bus expect."""
    wrong: list[str] = []
    causes: list[str] = []
    count = 0
    for end in evidence.ends("publish"):
        kind = end.name if end.is_type else type_of_stream(evidence, end)
        if kind is None:
            continue
        for _, fields in entries_of(evidence, end):
            if fields.keys() >= {"source_engine"} and not bears_name(fields["source_engine"], evidence.engine):
                continue
            count += 1
            fault = fault_of(fields, kind, evidence.texts.get(kind))
            if fault:
                wrong.append(f"{end.name}: {fault}")
                causes.append(f"{end.where} sends it: use publish_message(MessageType.{kind}, payload)")
    mistakes = evidence.found("payload-encoded-twice")
    if wrong:
        kinds = list(dict.fromkeys(wrong))
        return failed(f"{several(len(wrong), 'message')}, such as {listed(kinds, 3)}", [*mistakes, *causes])
    return passed(f"{several(count, 'message')} of its own have it" if count else "none of its messages was seen")


def type_of_stream(evidence: Evidence, end: End) -> str | None:
    """The message type after which a raw stream is named; None for a stream that is its own."""
    if "*" in end.name:
        return None
    return next((kind for kind in evidence.bus_of if len(words_of(end.name)) > 1 and names_type(end.name, kind)), None)


def fault_of(entry: Mapping[str, str], kind: str, text: str | None = None) -> str:
    """What is wrong with a message of a type; "" where nothing is. `text`: how its readers know the type."""
    missing = [name for name in ENVELOPE if name not in entry]
    if missing:
        return f"without {' and '.join(missing)} (it has {listed(sorted(entry), 5)})"
    if not names_type(entry["message_type"], kind):
        return f"its message_type is {entry['message_type']}"
    if text is not None and entry["message_type"] != text:
        return f"its message_type is {entry['message_type']}, and readers look for {text}"
    payload = payload_of(entry)
    if isinstance(payload, str):
        return "its payload is JSON text in JSON text: encoded twice"
    return "" if payload is not None else "its payload is no JSON"
