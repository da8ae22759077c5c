"""The forms that an entry has, and how each becomes the form that the reading side expects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase

from msgspec import Struct

RAW = "raw"  # the same fields on both sides
TOPIC = "topic"  # what a wrapper writes: topic, payload, priority, timestamp
ENVELOPE = "envelope"  # what the target writes: message_type, payload and so on

MARK = b"migrate_origin"
"""The field by which an entry that was carried is known: `server:stream:id` of where it came from."""

Fields = Mapping[bytes, bytes]

UNFIT: dict[bytes, bytes] = {}
"""What becomes of an entry of the edge that has no form on the other side."""


class Form(Struct, frozen=True):
    """How the entries of one edge are read and written."""

    reads: str
    writes: str
    topics: tuple[str, ...] = ()  # globs; only entries whose topic one of them matches belong to the edge
    message_type: str = ""  # as an envelope holds it
    sender: str = ""  # as an envelope holds the publishing engine


def converted(form: Form, fields: Fields, origin: bytes) -> dict[bytes, bytes] | None:
    """The fields to write, with their origin; None for an entry of another edge, and for one that was carried here;
    UNFIT, which is empty, for one of this edge that cannot be said in the form of the other side.
    """
    if MARK in fields:
        return None
    try:
        made = CONVERSIONS[form.reads, form.writes](form, fields)
    except UnicodeEncodeError:  # JSON can spell what is no character
        return UNFIT
    return made if made is None or made is UNFIT else {**made, MARK: origin}


def _same(form: Form, fields: Fields) -> dict[bytes, bytes] | None:
    if form.reads == TOPIC and not _is_of(form, fields.get(b"topic")):
        return None
    return dict(fields)


def _topic_to_envelope(form: Form, fields: Fields) -> dict[bytes, bytes] | None:
    topic = fields.get(b"topic")
    if not _is_of(form, topic):
        return None
    payload = _mapping(fields.get(b"payload"))
    if payload is None:
        return UNFIT
    return _envelope(form, {**payload, "topic": _text(topic)}, fields)


def _envelope_to_topic(form: Form, fields: Fields) -> dict[bytes, bytes] | None:
    if fields.get(b"message_type") != form.message_type.encode():
        return None
    payload = _mapping(fields.get(b"payload"))
    if payload is None:
        return UNFIT
    topic = payload.pop("topic", None)
    if not isinstance(topic, str) or not _is_of(form, _bytes(topic)):
        return None
    return {
        b"topic": _bytes(topic),
        b"payload": json.dumps(payload).encode(),
        b"priority": fields.get(b"priority", b""),
        b"timestamp": fields.get(b"timestamp", b""),
    }


def _raw_to_envelope(form: Form, fields: Fields) -> dict[bytes, bytes] | None:
    return _envelope(form, {_text(key): _text(value) for key, value in fields.items()}, {})


def _envelope_to_raw(form: Form, fields: Fields) -> dict[bytes, bytes] | None:
    if fields.get(b"message_type") != form.message_type.encode():
        return None
    payload = _mapping(fields.get(b"payload"))
    if payload is None or not all(map(_is_plain, payload.values())):
        return UNFIT
    return {_bytes(key): _bytes(str(value)) for key, value in payload.items()}


def _is_plain(value: object) -> bool:
    """Whether a field can hold it: redis-py takes nothing else."""
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _envelope(form: Form, payload: object, fields: Fields) -> dict[bytes, bytes]:
    return {
        b"message_type": form.message_type.encode(),
        b"source_engine": form.sender.encode(),
        b"source_instance": b"bridge",
        b"payload": json.dumps(payload).encode(),
        b"priority": fields.get(b"priority", b"normal"),
        b"timestamp": fields.get(b"timestamp", b""),
        b"correlation_id": fields.get(b"correlation_id", b""),
    }


def _is_of(form: Form, topic: bytes | None) -> bool:
    return topic is not None and any(fnmatchcase(_text(topic), glob) for glob in form.topics)


def _mapping(text: bytes | None) -> dict[str, object] | None:
    try:
        value = json.loads(text or b"null")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


CONVERSIONS = {
    (RAW, RAW): _same,
    (TOPIC, TOPIC): _same,
    (ENVELOPE, ENVELOPE): _same,
    (TOPIC, ENVELOPE): _topic_to_envelope,
    (ENVELOPE, TOPIC): _envelope_to_topic,
    (RAW, ENVELOPE): _raw_to_envelope,
    (ENVELOPE, RAW): _envelope_to_raw,
}
"""How an entry that is read in one form is written in another."""
