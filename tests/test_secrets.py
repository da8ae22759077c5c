"""What is quoted of code has no password in it, wherever a report quotes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from tinyplatform import CONFIG, PUBLISHER, tiny_platform

from codemods.secrets import without_secrets
from migrator.cli import cli

QUOTED = {
    'redis.from_url("redis://me:hunter2@host/0")': 'redis.from_url("redis://***@host/0")',
    'Redis(host="a", password="hunter2", port=1)': 'Redis(host="a", password=***, port=1)',
    "Config(redis_password = 'hunter2')": "Config(redis_password = ***)",
    '{"password": "hunter2", "host": "a"}': '{"password": ***, "host": "a"}',
    'password: str = "hunter2"': "password: str = ***",
    'os.getenv("REDIS_PASSWORD", "hunter2")': 'os.getenv("REDIS_PASSWORD", ***)',
    'auth_token = b"hunter2"': "auth_token = ***",
    'PASSWORD = "hunter2"': "PASSWORD = ***",
    'passwd="hunter2"': "passwd=***",
    'pa\u017f\u017fword="hunter2"': "pa\u017f\u017fword=***",  # a letter whose capital is that of another
    r'password="a\"hunter2", host="a"': 'password=***, host="a"',
}
PLAIN = [
    'os.getenv("REDIS_PASSWORD")',
    'Redis(password=password, host="a")',
    'self.secrets["host"]',
    'redis.from_url("redis://host/0")',
    "password: str | None = None",
]


@pytest.mark.parametrize("code", QUOTED)
def test_a_password_is_not_quoted(code: str) -> None:
    assert without_secrets(code) == QUOTED[code]


@pytest.mark.parametrize("code", PLAIN)
def test_what_holds_no_password_is_quoted_as_it_is(code: str) -> None:
    assert without_secrets(code) == code


CONFIGURED = PUBLISHER.replace("redis_port=6379", 'redis_port=6379, redis_password="hunter2"')
MIXED = f"""\
import os
import redis

{CONFIGURED}

OLD = redis.from_url(f"redis://me:hunter2@{{os.environ['HOST']}}:6379/0")
OLD.xadd("orders", {{"password": "hunter2"}})
"""


@pytest.mark.parametrize("engine", [CONFIGURED, MIXED], ids=["a config that goes", "a server that is asked about"])
@pytest.mark.parametrize(
    "asked",
    [
        ("scan", "--engine", "strategy"),
        ("scan", "--json"),
        ("--engine", "strategy", "--dry-run", "--pr-body"),
        ("review", "--engine", "strategy", "--format", "markdown"),
        ("review", "--engine", "strategy", "--format", "sarif"),
        ("plan", "--json"),
        ("status", "--json"),
        ("questions",),
        ("init", "--output", "-"),
    ],
    ids=" ".join,
)
def test_no_report_quotes_the_password_of_a_client(tmp_path: Path, engine: str, asked: tuple[str, ...]) -> None:
    answered = CONFIG + 'answers: {"server:localhost:6379:a-password": leave}\n'
    root = tiny_platform(tmp_path, strategy=engine, config=answered)
    result = CliRunner().invoke(cli, [*asked, "--repo", str(root)], prog_name="migrate")
    assert result.output
    assert "hunter2" not in result.output
