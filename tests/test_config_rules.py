"""What must hold between the values of engines.yaml."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from configs import MINIMAL, faults_of
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.config_rules import fault_of_branch

WRONG: dict[str, tuple[str, list[str]]] = {
    "routes": (
        f"{MINIMAL}routes:\n  - {{match: a}}\n  - {{match: b, message_type: B, bus: marketdata}}\n"
        "  - {match: c, bus: market}\n  - {match: d, message_type: d}\n  - {match: e, bus: null, message_type: E}\n",
        [
            "5: routes[0] has neither message_type nor bus; give it one of them",
            "6: routes[1] has both message_type and bus; keep one of them",
            '7: routes[2].bus is "market", but must be "marketdata" or "engine_logic"; did you mean "marketdata"?',
            '8: routes[3].message_type is "d", but must be an enum member in capitals, such as MARKET_DATA',
        ],
    ),
    "phase and migrated": (
        "version: 1\nengines:\n  a: {phase: 1, migrated: true, port: 1, paths: [a], engine_type: A}\n"
        "  b: {port: 2, paths: [b], engine_type: B}\n  c: {migrated: false, port: 3, paths: [c], engine_type: C}\n",
        [
            '3: engines.a has both a phase and "migrated: true"; keep one of them',
            '4: engines.b has neither a phase nor "migrated: true"; give it one of them',
            '5: engines.c has neither a phase nor "migrated: true"; give it one of them',
        ],
    ),
    "gap": (
        "version: 1\nengines:\n  a: {phase: 2, port: 1, paths: [a], engine_type: A}\n"
        "  b:\n    port: 2\n    phase: 5\n    paths: [b]\n    engine_type: B\n"
        "  c: {phase: 5, port: 3, paths: [c], engine_type: C}\n",
        [
            "3: phase 2 has no phase 1 before it; count the phases from 1 without a gap",
            "6: phase 5 has no phase 4 before it; count the phases from 1 without a gap",
        ],
    ),
    "a phase that is called migrated whole": (
        "version: 1\nengines:\n  a: {migrated: true, port: 1, paths: [a], engine_type: A}\n"
        "  b: {phase: 2, port: 2, paths: [b], engine_type: B}\n",
        [
            "4: phase 2 has no phase 1 before it; an engine that moved with its phase keeps it once it is merged; "
            "else count the phases from 1",
        ],
    ),
    "ports": (
        "version: 1\ntarget: {buses: {engine_logic: 7, marketdata: 7}}\nengines:\n"
        "  a: {phase: 1, port: 1, paths: [a], engine_type: A}\n"
        "  b: {migrated: true, port: 1, paths: [b], engine_type: B}\n",
        [
            "2: target.buses.engine_logic is 7, and so is target.buses.marketdata (line 2);"
            " give each a port of its own",
            "5: engines.b.port is 1, and so is engines.a.port (line 4); give each a port of its own",
        ],
    ),
    "one bus on the usual port of the other": (
        f"{MINIMAL}target: {{buses: {{engine_logic: 6380}}}}\n",
        [
            "4: target.buses.engine_logic is 6380, and so is target.buses.marketdata (line 4);"
            " give each a port of its own",
        ],
    ),
    "engines that differ in case alone": (
        """\
        version: 1
        engines:
          ml: {phase: 1, port: 1, paths: [a], engine_type: A}
          ML: {phase: 1, port: 2, paths: [b], engine_type: A}
          Ml: {migrated: true, port: 3, paths: [c], engine_type: A}
        """,
        ["4: engines.ML and engines.ml (line 3) differ in case alone, and so do their branches; rename one"],
    ),
    "overlapping paths": (
        "version: 1\nengines:\n  a: {phase: 1, port: 1, paths: [x/a, x/a/tests, ab], engine_type: A}\n"
        "  b: {phase: 1, port: 2, paths: [./x/a/], engine_type: B}\n"
        "  c: {phase: 1, port: 3, paths: [a, x], engine_type: C}\n"
        "shared: [a/b, abc, abc]\n",
        [
            "4: engines.b.paths[0] overlaps with engines.a.paths[0] (line 3); a path belongs to one of them",
            "4: engines.b.paths[0] overlaps with engines.a.paths[1] (line 3); a path belongs to one of them",
            "5: engines.c.paths[1] overlaps with engines.a.paths[0] (line 3); a path belongs to one of them",
            "5: engines.c.paths[1] overlaps with engines.a.paths[1] (line 3); a path belongs to one of them",
            "5: engines.c.paths[1] overlaps with engines.b.paths[0] (line 4); a path belongs to one of them",
            "6: shared[0] overlaps with engines.c.paths[0] (line 5); a path belongs to one of them",
        ],
    ),
    "edges": (
        f"{MINIMAL}edges:\n  - {{from: m, to: ml, stream: s}}\n"
        "  - {from: ml, to: zzz, stream: s, accept: x, bridge: true}\n",
        [
            '5: edges[0] has neither "accept: reason" nor "bridge: true"; give it one of them',
            '5: edges[0].from is "m", which is no engine here; did you mean "ml"?',
            '6: edges[1] has both "accept: reason" and "bridge: true"; keep one of them',
            '6: edges[1].to is "zzz", which is no engine here',
        ],
    ),
    "branch without the engine": (
        f"{MINIMAL}branch: dual-bus\n",
        ['4: branch is "dual-bus"; put {engine} into it, so that each engine has its own'],
    ),
    "branch with an unknown part": (
        f"{MINIMAL}branch: '{{phas}}/{{engine}}/{{zzz}}'\n",
        [
            '4: branch is "{phas}/{engine}/{zzz}", and {phas} in it is nothing that is filled in;'
            ' did you mean "phase"?',
            '4: branch is "{phas}/{engine}/{zzz}", and {zzz} in it is nothing that is filled in;'
            " there are {phase} and {engine}",
        ],
    ),
    "branch that git would refuse": (
        f"{MINIMAL}branch: '{{engine}}..{{phase}}'\n",
        ['4: branch is "{engine}..{phase}", but "ml..1" holds ".."; choose another name'],
    ),
    "branch that is the base": (
        f"{MINIMAL}base: ml\nbranch: '{{engine}}'\n",
        ['5: branch is "{engine}", but "ml" and the base "ml" cannot be branches together; choose another name'],
    ),
    "branch below the base": (
        f"{MINIMAL}base: dual-bus\n",
        [
            '1: branch is "dual-bus/phase-{phase}/{engine}", but "dual-bus/phase-1/ml" and the base "dual-bus"'
            " cannot be branches together; choose another name",
        ],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_contradiction_has_its_line_and_its_mend(tmp_path: Path, name: str) -> None:
    text, expected = WRONG[name]
    assert faults_of(tmp_path, text) == expected


# Branch names, as git sees them


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([*"ab-./@{~^:?*[\\ \x01\x7fé", ".lock", "HEAD"]), min_size=1).map("".join))
def test_branch_names_are_judged_as_git_judges_them(name: str) -> None:
    if name != "@":
        git = subprocess.run(["git", "check-ref-format", "--branch", name], capture_output=True, check=False)
        assert (fault_of_branch(name) == "") == (git.returncode == 0)


@pytest.mark.parametrize(
    "name",
    [
        *("a", "a/b", "-a", "a/-b", "HEAD", "a/HEAD", "a@b", "a@{b", ".a", "a/.b", "a.", "a./b", "a.lock", "a.lock/b"),
        *(
            "a.locks",
            "a..b",
            "/a",
            "a/",
            "a//b",
            "a b",
            "a~b",
            "a^b",
            "a:b",
            "a?b",
            "a*b",
            "a[b",
            "a\\b",
            "a\x7fb",
            "é",
        ),
    ],
)
def test_named_branches_are_judged_as_git_judges_them(name: str) -> None:
    git = subprocess.run(["git", "check-ref-format", "--branch", name], capture_output=True, check=False)
    assert (fault_of_branch(name) == "") == (git.returncode == 0)


def test_names_that_git_takes_and_people_misread_are_refused() -> None:
    assert fault_of_branch("refs/heads/a") == 'starts with "refs/", which git puts in front itself'
    assert fault_of_branch("@") == "is a name that git keeps for itself"
