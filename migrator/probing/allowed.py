"""What may go to somebody's server, command by command: streams by the names that were rehearsed, and no more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

Words = Sequence[bytes]


def _none(words: Words) -> Words:
    return ()


def _first(words: Words) -> Words:
    return words[1:2]


def _second(words: Words) -> Words:
    return words[2:3]


def _all(words: Words) -> Words:
    return words[1:]


def _of_streams(words: Words) -> Words:
    """XREAD and XREADGROUP name their streams after STREAMS, and then as many ids."""
    upper = [word.upper() for word in words]
    rest = words[upper.index(b"STREAMS") + 1 :] if b"STREAMS" in upper else words
    return rest[: len(rest) // 2]


KEYS: Mapping[str, Callable[[Words], Words]] = {
    **dict.fromkeys(("PING", "HELLO", "INFO", "TIME", "MULTI", "EXEC", "DISCARD", "UNWATCH", "QUIT"), _none),
    **dict.fromkeys(("XADD", "XACK", "XLEN", "XRANGE", "XREVRANGE", "XPENDING", "XCLAIM", "XAUTOCLAIM"), _first),
    **dict.fromkeys(("XTRIM", "XDEL", "TYPE"), _first),
    **dict.fromkeys(("XGROUP", "XINFO"), _second),
    **dict.fromkeys(("EXISTS", "DEL", "UNLINK", "WATCH"), _all),
    **dict.fromkeys(("XREAD", "XREADGROUP"), _of_streams),
}
"""Each command that passes, with the keys that it names."""

CLIENT = {b"SETNAME", b"SETINFO", b"GETNAME", b"ID", b"MAINT_NOTIFICATIONS"}
"""What a client may say of itself."""

HARMLESS = (b"CLIENT", b"SETNAME", b"migrate-probe")
"""Takes the place of AUTH and SELECT: the relay has seen to both, and this is answered by OK as well."""


class RefusedError(Exception):
    """A command that may not go to somebody's server."""


def passes(words: Words, names: Collection[bytes]) -> Words:
    """The command as it may go on; RefusedError where it may not, or names a key that is not among `names`."""
    command = words[0].decode(errors="replace").upper()
    if command in ("AUTH", "SELECT"):
        return HARMLESS
    if command == "CLIENT" and len(words) > 1 and words[1].upper() in CLIENT:
        return words
    if command not in KEYS:
        raise RefusedError(command)
    for key in KEYS[command](words):
        if key not in names:
            raise RefusedError(f"{command} {key.decode(errors='replace')}")
    return _without_auth(words) if command == "HELLO" else words


def _without_auth(words: Words) -> Words:
    upper = [word.upper() for word in words]
    if b"AUTH" not in upper:
        return words
    at = upper.index(b"AUTH")
    return [*words[:at], *words[at + 3 :]]
