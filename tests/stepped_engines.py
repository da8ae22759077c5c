"""Engines as programs that are walked step by step, before and after their change: what each says, and what is sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines_of_one import FOLDER, WRAPPER, change_texts, texts_of
from platform_clients import BACKEND, emptied

from codemods.model import Verdict
from migrator.demo.engines import environment
from migrator.live.ports import free_ports
from migrator.live.servers import USUAL_PORTS, Servers

WALK = """\
import asyncio
import inspect
import json
import logging

logging.getLogger().addHandler(logging.NullHandler())  # what fails is told by what follows


async def walk():
    try:
        from service import Engine
    except Exception as error:
        print(json.dumps(["import", "raised", type(error).__name__]))
        return
    engine = Engine()
    for step in ("check", "start", "check", "tell", "stop", "check"):
        try:
            given = getattr(engine, step, str)()
            said = ["said", repr(await given if inspect.isawaitable(given) else given)]
        except Exception as error:
            said = ["raised", type(error).__name__]
        print(json.dumps([step, *said]))


asyncio.run(walk())
"""
PATIENCE = 60


@dataclass(frozen=True)
class Walked:
    """What an engine printed in each of its steps, and the messages on all servers as (topic, payload, priority)."""

    said: list[Any]
    sent: list[tuple[str, Any, str]]


@dataclass(frozen=True)
class Around:
    """What an engine finds around it: the clients to import or not, the wrapper's text, and servers that answer."""

    with_bus: bool = True
    wrapper: str | None = None  # another one than the sample platform's
    is_away: bool = False


USUAL = Around()


def assert_walks_the_same(servers: Servers, folder: Path, text: str, around: Around = USUAL, **more: str) -> Walked:
    """The engine moves whole, and says and sends what it did."""
    texts = texts_of(text, **more)
    texts[WRAPPER] = (around.wrapper or texts[WRAPPER].decode()).encode()
    result = change_texts(texts)
    assert (result.questions, result.faults, {site.verdict for site in result.sites}) == ((), (), {Verdict.REWRITE})
    files = {"service": text, **more}
    before = walked(servers, folder / "before", files, around)
    after = {stem: result.texts.get(f"{FOLDER}/{stem}.py", old.encode()).decode() for stem, old in files.items()}
    assert walked(servers, folder / "after", after, around) == before
    return before


def walked(servers: Servers, folder: Path, files: Mapping[str, str], around: Around = USUAL) -> Walked:
    """Run the engine of these files, by stem; every server is empty before."""
    emptied(servers)
    folder.mkdir()
    own = {"enhanced_messagebus_client": around.wrapper} if around.wrapper else {}
    for stem, text in {**files, "walk": WALK, **own}.items():
        (folder / f"{stem}.py").write_text(text)
    env = environment(os.environ, _nowhere() if around.is_away else servers.redirect)
    paths = [env["PYTHONPATH"], str(folder), *([str(BACKEND)] if around.with_bus else [])]
    env["PYTHONPATH"] = os.pathsep.join(paths)
    command = [sys.executable, "-W", "error", "walk.py"]
    ran = subprocess.run(command, cwd=folder, env=env, capture_output=True, timeout=PATIENCE, check=False)
    assert (ran.returncode, ran.stderr.decode()) == (0, "")
    lines = ran.stdout.decode().splitlines()
    return Walked(
        [json.loads(line) if line.startswith("[") else line for line in lines], sorted(_sent(servers), key=str)
    )


def _nowhere() -> str:
    return ",".join(f"{usual}={port}" for usual, port in zip(USUAL_PORTS.values(), free_ports(3), strict=True))


def _sent(servers: Servers) -> Iterator[tuple[str, Any, str]]:
    for name in servers.ports:
        with servers.client(name) as client:
            for stream in client.scan_iter(_type="stream"):
                for _, fields in client.xrange(stream):
                    payload = json.loads(fields["payload"])
                    yield fields.get("topic") or payload.pop("topic"), payload, fields["priority"]
