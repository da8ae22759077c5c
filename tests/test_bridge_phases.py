"""`migrate bridge` where two engines read one raw stream and move in different phases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from bridged import command, raw_platform
from click.testing import CliRunner, Result
from liveservers import LiveServer, live_server

from migrator.cli import cli

PAGE = (Path(__file__).parent.parent / "docs" / "live.md").read_text()
EDGES = """\
edges:
  - {from: risk, to: portfolio, stream: orders, bridge: true, mark: true}
  - {from: risk, to: strategy, stream: orders, bridge: true, mark: true}
"""


@pytest.fixture
def servers() -> Iterator[tuple[LiveServer, LiveServer]]:
    """The main server, on which both engines read, and the engine logic bus, on which portfolio reads by now."""
    with live_server("valkey") as main, live_server("valkey") as bus:
        for name in ("portfolio", "strategy"):
            main.client().xgroup_create("orders", name, id="0", mkstream=True)
        bus.client().xgroup_create("orders", "portfolio", id="0", mkstream=True)
        yield main, bus


def bridge(root: Path, servers: tuple[LiveServer, LiveServer], phase: int, user: str = "") -> Result:
    urls = [server.url.replace("//", f"//{user}@" if user else "//") for server in servers]
    typed = command(root, *urls, "--once", phase=phase)
    return CliRunner().invoke(cli, typed[3:], prog_name="migrate")


def numbers(server: LiveServer) -> list[str]:
    return [fields["n"] for _, fields in server.client().xrange("orders")]


def test_the_second_phase_carries_nothing_twice_and_loses_nothing(
    tmp_path: Path, servers: tuple[LiveServer, LiveServer]
) -> None:
    root, main, bus = raw_platform(tmp_path, EDGES), servers[0].client(), servers[1].client()
    for number in range(1, 6):
        main.xadd("orders", {"n": number})
    main.xreadgroup("strategy", "one", {"orders": ">"}, count=4, noack=True)
    first = bridge(root, servers, 1)
    assert (first.exit_code, first.stderr) == (0, "")
    assert first.stdout.splitlines()[0] == "risk -> strategy orders needs no bridge yet: phase 2 is the first to cut it"
    assert numbers(servers[1]) == list("12345")
    bus.xgroup_create("orders", "strategy", id="0")
    main.xadd("orders", {"n": 6})
    second = bridge(root, servers, 2)
    assert (second.exit_code, second.stderr) == (0, "")
    assert second.stdout.splitlines()[-1] == (
        "risk -> portfolio orders, risk -> strategy orders: done: nothing is left to carry"
    )
    assert numbers(servers[1]) == list("123456")


@pytest.mark.parametrize("treated", ["bridge: true", "bridge: true, mark: false", 'accept: "it only counts"'])
def test_every_reader_of_the_stream_must_take_the_mark(
    treated: str, tmp_path: Path, servers: tuple[LiveServer, LiveServer]
) -> None:
    """The second reader is given what is carried for the first one, whatever is done about its own edge."""
    edges = EDGES.splitlines(keepends=True)
    root = raw_platform(tmp_path, edges[0] + edges[1] + edges[2].replace("bridge: true, mark: true", treated))
    assert bridge(root, servers, 1).exit_code == 0  # it still reads on main
    done = bridge(root, servers, 2)
    assert done.exit_code == 2
    assert (
        "each entry would have a field more, migrate_origin, and nothing says that "
        "backend/engines/strategy/service.py:13 takes it; look there, and add `mark: true` to the edge risk -> "
        "strategy orders in engines.yaml"
    ) in done.stderr


def test_a_reader_whose_group_has_another_name_is_named(tmp_path: Path, servers: tuple[LiveServer, LiveServer]) -> None:
    servers[1].client().xgroup_destroy("orders", "portfolio")
    servers[1].client().xgroup_create("orders", "desk", id="0")
    servers[0].client().xadd("orders", {"n": 1})
    root = raw_platform(tmp_path, EDGES)
    waits = bridge(root, servers, 1)
    config = root / "engines.yaml"
    config.write_text(config.read_text().replace("to: portfolio,", "to: portfolio, new_group: desk,"))
    assert (waits.exit_code, bridge(root, servers, 1).exit_code, numbers(servers[1])) == (1, 0, ["1"])
    assert waits.stderr == (
        "migrate: risk -> portfolio orders: waits: no group of portfolio reads orders on engine_logic now; start it, "
        "or name its group there as `new_group` of the edge in engines.yaml\n"
    )


def test_the_user_that_the_manual_makes_for_it_may_do_all_of_it(
    tmp_path: Path, servers: tuple[LiveServer, LiveServer]
) -> None:
    """Both phases, from the last entry there is and with what was not acknowledged; nothing else is tried."""
    rule = PAGE.partition("`ACL SETUSER bridge on >PASSWORD ")[2].partition("`")[0]
    for server in servers:
        server.client().execute_command("ACL", "SETUSER", "bridge", "on", ">p@ss:w", *rule.split())
        server.client().execute_command("ACL", "SETUSER", "few", "on", ">p@ss:w", "+xinfo", "~*")
    main, bus = servers[0].client(), servers[1].client()
    root = raw_platform(tmp_path, EDGES.replace("to: strategy", 'begin: "$", to: strategy'))
    for number in range(1, 4):
        main.xadd("orders", {"n": number})
    main.xreadgroup("portfolio", "one", {"orders": ">"}, count=2)
    first = bridge(root, servers, 1, "bridge:p%40ss%3Aw")
    bus.xgroup_create("orders", "strategy", id="$")
    second = bridge(root, servers, 2, "bridge:p%40ss%3Aw")
    main.xadd("orders", {"n": 4})
    bus.xgroup_destroy("orders", "strategy")
    third = bridge(root, servers, 2, "bridge:p%40ss%3Aw")
    assert [(each.exit_code, each.stderr) for each in (first, second)] == [(0, "")] * 2
    assert third.exit_code == 1
    assert "waits: no group of strategy reads orders on engine_logic now" in third.stderr
    assert numbers(servers[1]) == list("1234")
    assert [client.execute_command("ACL", "LOG") for client in (main, bus)] == [[], []]
    few = bridge(root, servers, 2, "few:p%40ss%3Aw")
    assert few.exit_code == 1
    assert "has no permissions to run the" in few.stderr
    assert "p%40ss" not in few.output


def test_a_server_that_is_away_is_waited_for(tmp_path: Path, servers: tuple[LiveServer, LiveServer]) -> None:
    """A raw stream of the bus is not asked about beforehand."""
    with suppress(redis.ConnectionError):
        servers[1].client().shutdown(nosave=True)
    done = bridge(raw_platform(tmp_path, EDGES), servers, 1)
    assert done.exit_code == 1
    assert done.stderr.startswith("migrate: risk -> portfolio orders: ")
    assert "risk -> portfolio orders: failing: " in done.stdout
