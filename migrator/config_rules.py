"""What must hold between the values of engines.yaml: each rule notes the faults that it finds."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from posixpath import basename, normpath
from typing import Any

from codemods.reading.globs import covers, overlap
from codemods.settings import Target
from migrator.located import Keys, Located, did_you_mean, line_of, shown, spoken

NO_ENGINE = "(no engine)"  # as in the scan: files that belong to no engine
DEFAULT_BRANCH = "dual-bus/phase-{phase}/{engine}"
DEFAULT_BASE = "main"
PLACEHOLDERS = ("phase", "engine")

NOT_IN_A_BRANCH: tuple[tuple[str, str], ...] = (
    (r"^-", 'starts with "-"'),
    (r"^(HEAD|@)$", "is a name that git keeps for itself"),
    (r"^refs/", 'starts with "refs/", which git puts in front itself'),
    (r"(^|/)\.", 'has a part that starts with "."'),
    (r"\.lock(/|$)", 'has a part that ends with ".lock"'),
    (r"\.\.", 'holds ".."'),
    (r"@\{", 'holds "@{"'),
    (r"^/|/$|//", "has an empty part between slashes"),
    (r"\.$", 'ends with "."'),
    (r"[\x00-\x20\x7f~^:?*\[\\]", "holds a space or one of ~ ^ : ? * [ \\"),
)
"""The rules of `git check-ref-format --branch`, and two of ours: `@` and `refs/...` mislead people and commands."""

ONE_OF_TWO = {
    "routes": (("message_type", "message_type"), ("bus", "bus")),
    "engines": (("phase", "a phase"), ("migrated", '"migrated: true"')),
    "edges": (("accept", '"accept: reason"'), ("bridge", '"bridge: true"')),
}
"""By section: two keys of which each entry has one, with what each is called."""

UNSET = (None, False)

SHELLS = {"sh", "bash", "dash", "ksh", "zsh"}
FOR_A_SHELL = re.compile(r"^(&&|\|\|?|&|[0-9]?>.*|<.*)$|;$|`|\$[A-Za-z_{(]")


def note_faults(located: Located) -> None:
    """Note what contradicts itself among values that are each right."""
    for rule in RULES:
        rule(located)


def each_has_one_of_two(located: Located) -> None:
    """A route has a message type or a bus, an engine a phase or is migrated, an edge is accepted or bridged."""
    for section, ((one, said), (other, also_said)) in ONE_OF_TWO.items():
        for keys, entry in whole(located, section):
            has = (entry.get(one) not in UNSET, entry.get(other) not in UNSET)
            if all(has):
                located.fault(keys, f"{spoken(keys)} has both {said} and {also_said}; keep one of them")
            elif not any(has):
                located.fault(keys, f"{spoken(keys)} has neither {said} nor {also_said}; give it one of them")


def streams_go_where_their_routes_go(located: Located) -> None:
    """Note a stream that no route takes, and one whose mode or bus is not that of its route."""
    routes = dict(whole(located, "routes"))
    if len(routes) < len(located.data.get("routes", ())):
        return  # the route that is meant may be the flawed one
    for keys, stream in whole(located, "streams"):
        taken = list(routes_that_take(str(keys[1]), routes))
        if not taken:
            located.fault(keys, f"{spoken(keys)} is taken by no route; add the route that says where it goes")
        for at, route in taken:
            place = f"{spoken(at)} (line {line_of(located.lines, at)})"
            bus = route.get("bus")
            if stream.get("mode") == "message" and bus:
                mend = 'give the route a message_type, or write "routed"'
                located.fault(keys, f"{spoken(keys)} is to become messages, but {place} sends it to {bus} raw; {mend}")
            elif bus and stream.get("bus") not in (None, bus):
                mend = f"{place} says {bus}; make them the same"
                located.fault((*keys, "bus"), f"{spoken((*keys, 'bus'))} is {stream['bus']}, but {mend}")


def routes_that_take(name: str, routes: Mapping[Keys, dict[str, Any]]) -> Iterator[tuple[Keys, dict[str, Any]]]:
    """The routes that take something of what a glob stands for, up to the first that takes all of it."""
    for keys, route in routes.items():
        if overlap(route["match"], name):
            yield keys, route
        if covers(route["match"], name):
            return


def phases_have_no_gap(located: Located) -> None:
    """Phases count from 1, and each has an engine."""
    if any(keys[:1] == ("engines",) for keys in located.flawed):
        return  # the phase that seems to be missing may be the flawed one
    lines: dict[int, Keys] = {}
    mend = "count the phases from 1 without a gap"
    for keys, engine in entries(located, "engines"):
        if engine.get("migrated"):  # as somebody says of a whole phase once it is merged
            mend = "an engine that moved with its phase keeps it once it is merged; else count the phases from 1"
        if engine.get("phase"):
            lines.setdefault(engine["phase"], (*keys, "phase"))
    for phase, keys in lines.items():
        if phase > 1 and phase - 1 not in lines:
            located.fault(keys, f"phase {phase} has no phase {phase - 1} before it; {mend}")


def ports_are_apart(located: Located) -> None:
    """No two engines have one port, and no two buses."""
    first: dict[int, Keys] = {}
    for keys, engine in entries(located, "engines"):
        if "port" in engine:
            one_port_each(located, first, (*keys, "port"), engine["port"])
    first.clear()
    for name, port in {**Target().buses, **located.data.get("target", {}).get("buses", {})}.items():
        one_port_each(located, first, ("target", "buses", name), port)


def one_port_each(located: Located, first: dict[int, Keys], keys: Keys, port: int) -> None:
    """A port that another key has as well, by what `first` saw so far."""
    other = first.setdefault(port, keys)
    if other is not keys:
        place = f"{spoken(other)} (line {line_of(located.lines, other)})"
        located.fault(keys, f"{spoken(keys)} is {port}, and so is {place}; give each a port of its own")


def paths_have_one_owner(located: Located) -> None:
    """No path is below that of another engine, or of `shared`."""
    seen: list[tuple[Keys, Keys, str]] = []
    for owner, keys, path in owned_paths(located):
        for other, other_keys, other_path in seen:
            if owner != other and (nests(path, other_path) or nests(other_path, path)):
                place = f"{spoken(other_keys)} (line {line_of(located.lines, other_keys)})"
                located.fault(keys, f"{spoken(keys)} overlaps with {place}; a path belongs to one of them")
        seen.append((owner, keys, path))


def owned_paths(located: Located) -> Iterator[tuple[Keys, Keys, str]]:
    """Owner, keys and path; what is shared has an owner of its own."""
    owners: list[tuple[Keys, Any]] = [
        ((*keys, "paths"), each.get("paths", ())) for keys, each in entries(located, "engines")
    ]
    for keys, paths in [*owners, (("shared",), located.data.get("shared", ()))]:
        for index, path in enumerate(paths):
            if path is not None:
                yield keys, (*keys, index), normpath(path)


def nests(path: str, below: str) -> bool:
    """Whether one path is another one, or above it."""
    return f"{below}/".startswith(f"{path}/")


def edges_are_between_engines(located: Located) -> None:
    """Both ends of an edge are engines of the file, or `(no engine)`."""
    known = [str(keys[1]) for keys in located.lines if len(keys) == 2 and keys[0] == "engines"]
    for keys, edge in entries(located, "edges"):
        for end in ("from", "to"):
            if end in edge and edge[end] not in (*known, NO_ENGINE):
                near = did_you_mean(edge[end], known)
                at = (*keys, end)
                located.fault(at, f"{spoken(at)} is {shown(edge[end])}, which is no engine here{near}")


def branches_are_names_for_git(located: Located) -> None:
    """The pattern of branches has placeholders that are known, and gives names that git takes."""
    pattern = located.data.get("branch", DEFAULT_BRANCH)
    unknown = [name for name in re.findall(r"\{(.*?)\}", pattern) if name not in PLACEHOLDERS]
    for name in unknown:
        near = did_you_mean(name, PLACEHOLDERS) or "; there are {phase} and {engine}"
        located.fault(
            ("branch",), f"branch is {shown(pattern)}, and {{{name}}} in it is nothing that is filled in{near}"
        )
    if "{engine}" not in pattern:
        located.fault(
            ("branch",), f"branch is {shown(pattern)}; put {{engine}} into it, so that each engine has its own"
        )
    elif not unknown:
        first_bad_branch(located, pattern)


def first_bad_branch(located: Located, pattern: str) -> None:
    """The first engine for which the pattern gives a name that git does not take."""
    base = located.data.get("base", DEFAULT_BASE)
    for keys, engine in entries(located, "engines"):
        if engine.get("phase"):
            branch = fill(pattern, engine["phase"], str(keys[1]))
            if why := fault_of_branch(branch, base):
                located.fault(
                    ("branch",), f"branch is {shown(pattern)}, but {shown(branch)} {why}; choose another name"
                )
                return


def fault_of_branch(branch: str, base: str = "") -> str:
    """Why git would not take this name for a branch beside that base; "" where it would."""
    for wrong, why in NOT_IN_A_BRANCH:
        if re.search(wrong, branch):
            return why
    if base and (nests(base, branch) or nests(branch, base)):
        return f"and the base {shown(base)} cannot be branches together"
    return ""


def fill(pattern: str, phase: int, engine: str) -> str:
    """The branch of an engine."""
    return pattern.replace("{phase}", str(phase)).replace("{engine}", engine)


def branches_are_apart_on_every_disk(located: Located) -> None:
    """Where case does not count in file names, such branches are one file."""
    first: dict[str, Keys] = {}
    for keys, engine in entries(located, "engines"):
        other = first.setdefault(str(keys[1]).lower(), keys) if engine.get("phase") else keys
        if other is not keys:
            place = f"{spoken(other)} (line {line_of(located.lines, other)})"
            located.fault(
                keys, f"{spoken(keys)} and {place} differ in case alone, and so do their branches; rename one"
            )


def commands_need_no_shell(located: Located) -> None:
    """A test command is split into words and run as it is; what only a shell understands would be an argument."""
    for keys, engine in entries(located, "engines"):
        if engine.get("test_command") and (why := fault_of_command(engine["test_command"])):
            at = (*keys, "test_command")
            located.fault(at, f"{spoken(at)} is run without a shell, and {why}")


def fault_of_command(command: str) -> str:
    """Why this text is no command that can be run without a shell; "" where it is one."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        return f"cannot be split into words ({str(error).lower()}); look at its quotes"
    if not words:
        return "holds no word; name a program"
    if re.match(r"\w+=", words[0]):
        return f"{shown(words[0])} is no program; write: env {words[0]} ..."
    is_a_shell = basename(words[0]) in SHELLS
    if found := [word for word in words if FOR_A_SHELL.search(word) and not is_a_shell]:
        return f"{shown(found[0])} in it means something to a shell alone; write: sh -c '...', or name a script"
    return ""


def entries(located: Located, section: str) -> Iterator[tuple[Keys, dict[str, Any]]]:
    """The mappings of a section, each with its keys; those with faults come without what is wrong."""
    found = located.data.get(section, ())
    for name, each in found.items() if isinstance(found, dict) else enumerate(found):
        if each is not None:
            yield (section, name), each


def whole(located: Located, section: str) -> Iterator[tuple[Keys, dict[str, Any]]]:
    """The mappings of a section that have no fault of their own."""
    return ((keys, each) for keys, each in entries(located, section) if keys not in located.flawed)


RULES = (
    each_has_one_of_two,
    streams_go_where_their_routes_go,
    phases_have_no_gap,
    ports_are_apart,
    paths_have_one_owner,
    edges_are_between_engines,
    branches_are_names_for_git,
    branches_are_apart_on_every_disk,
    commands_need_no_shell,
)
