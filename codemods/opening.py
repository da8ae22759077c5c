"""The lines that open a message of the target: its type is checked, its payload decoded, and its topic taken out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Local = Callable[[str], str]
"""The local name of something that an order needs."""

TESTS = {
    "glob": "{fnmatchcase}({topic}, {pattern})",
    "prefix": "{topic}.startswith({pattern})",
    "exact": "{topic} == {pattern}",
}


def opening(data: Mapping[str, Any], local: Local) -> str:
    """Python text that returns where a message is of another type or topic, and binds topic and payload otherwise."""
    message, payload, topic = data["message"], data["payload"], data["topic"]
    types = [f"{local('MessageType')}.{name}.{data['type_text']}" for name in data["types"]]
    wrong = f"!= {types[0]}" if len(types) == 1 else f"not in ({', '.join(types)})"
    return f"""\
if {message}["message_type"] {wrong}:
    return
{payload} = {local("json")}.loads({message}["payload"])
{topic} = {payload}.pop("topic", None) if isinstance({payload}, dict) else None
if {_mismatch(data, local)}:
    return
"""


def _mismatch(data: Mapping[str, Any], local: Local) -> str:
    """The condition under which a topic is not this handler's; a pattern can only be compared with a text."""
    topic, tests = data["topic"], data["tests"]
    same = [pattern for kind, pattern in tests if kind == "is"]
    one_of = [f"{topic} == {same[0]}" if len(same) == 1 else f"{topic} in ({', '.join(same)})"] if same else []
    found = one_of + [_test(data, local, kind, pattern) for kind, pattern in tests if kind != "is"]
    if one_of and found == one_of:
        return _negated(topic, found[0])
    if len(found) > 1:
        return f"not isinstance({topic}, str) or not ({' or '.join(found)})"
    return f"not isinstance({topic}, str)" + (f" or {_negated(topic, found[0])}" if found else "")


def _negated(topic: str, test: str) -> str:
    for operator, opposite in (("==", "!="), ("in", "not in")):
        rest = test.removeprefix(f"{topic} {operator} ")
        if rest != test:
            return f"{topic} {opposite} {rest}"
    return f"not {test}"


def _test(data: Mapping[str, Any], local: Local, kind: str, pattern: str) -> str:
    topic, matching = data["topic"], data["matching"]
    if kind == "in":
        return f"{topic} in {pattern}"
    fnmatchcase = local("fnmatchcase") if matching == "glob" else ""
    one = "pattern" if kind == "any" else pattern
    test = TESTS[matching].format(topic=topic, fnmatchcase=fnmatchcase, pattern=one)
    return f"any({test} for pattern in {pattern})" if kind == "any" else test
