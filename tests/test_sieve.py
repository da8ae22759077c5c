"""What the types of engines.yaml refuse, each with its line and its mend."""

from __future__ import annotations

from pathlib import Path

import pytest
from configs import MANY_FAULTS, MINIMAL, faults_of

NO_VERSION = '1: the file lacks "version"; add it: 1, the only version there is'
NO_ENGINES = '1: the file lacks "engines"; add it: a mapping (key: value), one entry or more'
PATH = 'with "/" between its parts, without ".." and without "-" or "/" in front'
ADDRESS = 'must be a server as "host:port", without a scheme, user or password'
ENGINE = "{phase: 1, port: 1, paths: [a], engine_type: A}"

WRONG: dict[str, tuple[str, list[str]]] = {
    "nothing": ("{}\n", [NO_ENGINES, NO_VERSION]),
    "other version": (MINIMAL.replace("1", "2", 1), ["1: version is 2, but must be 1, the only version there is"]),
    "true for a version": (
        MINIMAL.replace("1", "true", 1),
        ["1: version is true, but must be 1, the only version there is"],
    ),
    "misspelt key": (f"{MINIMAL}Shard: [x]\n", ['4: the file has no key "Shard"; did you mean "shared"?']),
    "unknown key": (
        f"{MINIMAL}target: {{zzz: 1}}\n",
        ['4: target has no key "zzz"; it may have: module, buses'],
    ),
    "key too many": (
        f"{MINIMAL}servers: {{main: {{url_env: A, zzz: 1}}}}\n",
        ['4: servers.main has no key "zzz"; take it out'],
    ),
    "missing keys": (
        "version: 1\nengines:\n  ml:\n    phase: 1\n",
        [
            '3: engines.ml lacks "engine_type"; add it: an enum member in capitals, such as MARKET_DATA',
            '3: engines.ml lacks "paths"; add it: a list, one item or more',
            '3: engines.ml lacks "port"; add it: a port number, 1 to 65535',
        ],
    ),
    "no engine": (
        "version: 1\nengines: {}\n",
        ["2: engines is an empty mapping, but must be a mapping (key: value), one entry or more"],
    ),
    "engine without anything": (
        "version: 1\nengines:\n  ml:\n",
        ["3: engines.ml is empty, but must be a mapping (key: value), one entry or more"],
    ),
    "engine with a strange name": (
        f'version: 1\nengines:\n  "a b": {ENGINE}\n',
        ['3: the name "a b" in engines must be a plain word: letters, digits, "_" and "-", a letter first'],
    ),
    "name that ends with a newline": (
        f'version: 1\nengines:\n  "a\\n": {ENGINE}\n',
        ['3: the name "a " in engines must be a plain word: letters, digits, "_" and "-", a letter first'],
    ),
    "wrong types": (
        "version: 1\nengines:\n  a: {phase: true, port: '1', paths: a, engine_type: 3, migrated: 0}\n",
        [
            "3: engines.a.engine_type is 3, but must be an enum member in capitals, such as MARKET_DATA",
            "3: engines.a.migrated is 0, but must be true or false",
            '3: engines.a.paths is "a", but must be a list, one item or more',
            "3: engines.a.phase is true, but must be a phase number, 1 or more",
            '3: engines.a.port is "1", but must be a port number, 1 to 65535',
        ],
    ),
    "paths that escape": (
        "version: 1\nengines:\n  a:\n    phase: 1\n    port: 1\n    engine_type: A\n    paths:\n"
        "      - ../x\n      - x/../../y\n      - /etc\n      - -rf\n      - a\\b\n      - ''\n      - .\n"
        "      - ./\n      - C:/x\n      - ':(top)x'\n      - x/.git/y\n      - \"x\\n\"\n      - 3\n",
        [
            f"{line}: engines.a.paths[{line - 8}] is {said}, but must be a path below source_root, {PATH}"
            for line, said in enumerate(
                [
                    *('"../x"', '"x/../../y"', '"/etc"', '"-rf"', '"a\\b"', '""', '"."', '"./"'),
                    *('"C:/x"', '":(top)x"', '"x/.git/y"', '"x "', "3"),
                ],
                8,
            )
        ],
    ),
    "source root that escapes": (
        f"{MINIMAL}source_root: ../x\n",
        [f'4: source_root is "../x", but must be "." or a folder of the repository, {PATH}'],
    ),
    "base that is an option": (
        f"{MINIMAL}base: --all\n",
        ['4: base is "--all", but must be a branch, tag or commit of the repository'],
    ),
    "servers without a port": (
        f"{MINIMAL}legacy: {{redis: [localhost, 'redis:0', 'redis:65536', 'redis://redis:6379']}}\n",
        [
            f'4: legacy.redis[0] is "localhost", but {ADDRESS}',
            f'4: legacy.redis[1] is "redis:0", but {ADDRESS}',
            f'4: legacy.redis[2] is "redis:65536", but {ADDRESS}',
            f'4: legacy.redis[3] is "redis://redis:6379", but {ADDRESS}',
        ],
    ),
    "wrapper": (
        f"{MINIMAL}legacy:\n  wrappers:\n    - client: A b\n"
        "    - {module: m, client: [A, 3], methods: {e: publsh}}\n"
        "    - {module: m, client: [], matching: globs}\n    - hello\n",
        [
            '6: legacy.wrappers[0] lacks "module"; add it: a module as in an import, such as "package.module"',
            '6: legacy.wrappers[0].client is "A b", but must be a name as Python writes it',
            "7: legacy.wrappers[1].client[1] is 3, but must be a name as Python writes it",
            '7: legacy.wrappers[1].methods.e is "publsh", but must be "start" or "stop" or "publish" or "subscribe"'
            ' or "connected"; did you mean "publish"?',
            "8: legacy.wrappers[2].client is an empty list, but must be a class name or a list of class names",
            '8: legacy.wrappers[2].matching is "globs", but must be "glob" or "prefix" or "exact";'
            ' did you mean "glob"?',
            '9: legacy.wrappers[3] is "hello", but must be a mapping (key: value), one entry or more',
        ],
    ),
    "streams and servers": (
        f"{MINIMAL}streams:\n  a b: {{mode: message, bus: both}}\n"
        "servers: {mian: {url_env: A}, main: {url: x}}\n",
        [
            '5: streams."a b".bus is "both", but must be "marketdata" or "engine_logic"',
            '6: servers has no key "mian"; it may have: marketdata, engine_logic',
            '6: servers.main has no key "url"; did you mean "url_env"?',
            '6: servers.main lacks "url_env"; add it: a name as Python writes it',
        ],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_fault_has_its_line_and_its_mend(tmp_path: Path, name: str) -> None:
    text, expected = WRONG[name]
    assert faults_of(tmp_path, text) == expected


def test_all_faults_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Only the gap waits: engine `a`, which has a fault of its own, may be what seems to be missing."""
    assert faults_of(tmp_path, MANY_FAULTS) == [
        "1: version is 3, but must be 1, the only version there is",
        '2: the file has no key "sourc_root"; did you mean "source_root"?',
        "3: routes[0] has neither message_type nor bus; give it one of them",
        '3: routes[1].bus is "x", but must be "marketdata" or "engine_logic"',
        '5: engines.a has no key "migrate"; did you mean "migrated"?',
        "6: engines.b.paths[0] overlaps with engines.a.paths[0] (line 5); a path belongs to one of them",
        "6: engines.b.port is 1, and so is engines.a.port (line 5); give each a port of its own",
        "7: engines.b stands here again, after line 6; keep one of them",
        '8: the key "1" in engines must be text; put it in quotes',
    ]


def test_long_value_is_cut_and_kept_on_one_line(tmp_path: Path) -> None:
    text = MINIMAL + 'base: "a\\n\\e[31m' + "x" * 200 + '"\n'
    assert faults_of(tmp_path, text) == [
        f'4: base is "a  [31m{"x" * 50}...", but must be a branch, tag or commit of the repository'
    ]
