"""`migrate init`: a first engines.yaml for repositories of many layouts, with a question for what is not known."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gitrepo import clean_environment, git, make_repo, use_fixed_git, write_files
from tinyplatform import PUBLISHER, platform_file

from migrator.cli import cli
from migrator.config import Campaign, load
from migrator.demo.write import write_platform

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "engines-yaml.md").read_text()
TARGET = platform_file("dual_messagebus_client.py")
WRAPPER = platform_file("enhanced_messagebus_client.py")
SERVED = f"from fastapi import FastAPI\n{PUBLISHER}\napp = FastAPI()\n"
NATIVE = """\
from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client
from fastapi import FastAPI

PORT = 8200
app = FastAPI()


async def start():
    bus = await get_dual_bus_client(EngineType.RISK)
    await bus.publish_message(MessageType.RISK_METRIC, {"value": 1})
"""


@pytest.fixture(autouse=True)
def _fixed_git(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fixed_git(monkeypatch)


def migrate(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, prog_name="migrate")


def init(tmp_path: Path, files: Mapping[str, str | bytes]) -> tuple[str, Campaign]:
    """The text that init writes for a repository with these files, and the campaign that it loads as."""
    root = make_repo(tmp_path, files)
    result = migrate("init", "--repo", str(root))
    assert (result.exit_code, result.stderr) == (4, ""), result.output
    text = (root / "engines.yaml").read_text()
    assert f"{len(questions(text))} question" in result.stdout
    return text, load(root / "engines.yaml")


def questions(text: str) -> list[str]:
    """The open questions of a file."""
    return re.findall(r"# question: (.*)", text)


def engines(campaign: Campaign) -> dict[str, tuple[tuple[str, ...], int, str, bool]]:
    return {each.name: (each.paths, each.port, each.engine_type, each.migrated) for each in campaign.engines}


@pytest.fixture
def platform(tmp_path: Path) -> Path:
    """The sample platform without its configuration."""
    folder = tmp_path / "platform"
    write_platform(folder)
    git(folder, "rm", "--quiet", "engines.yaml")
    git(folder, "commit", "--quiet", "--message", "Begin anew")
    return folder


def test_the_sample_platform_is_found_whole(platform: Path) -> None:
    result = migrate("init", "--repo", str(platform))
    commit = git(platform, "rev-parse", "HEAD")[:12]
    assert (result.exit_code, result.stderr) == (4, "")
    assert result.stdout == (
        f"wrote engines.yaml, from main ({commit})\n"
        "\n"
        "import root    backend\n"
        "target         dual_messagebus_client\n"
        "wrappers       enhanced_messagebus_client (BufferedMessageBusClient)\n"
        "to migrate     7: collateral, factor, features, ml, portfolio, strategy, websocket\n"
        "migrated       6: analytics, backtesting, marketdata, risk, toraniko, vpin\n"
        "routes         7 suggested, 3 to be decided\n"
        "\n"
        '4 questions are open, each a line with "question:" in engines.yaml. Answer them there, and type: '
        "migrate --all --dry-run\n"
    )
    made, shipped = load(platform / "engines.yaml"), load(ROOT / "engines.yaml")
    assert engines(made) == dict(sorted(engines(shipped).items(), key=lambda each: (each[1][3], each[0])))
    assert made.settings.wrappers == shipped.settings.wrappers
    assert (made.base, made.source_root, made.settings.target) == ("main", "backend", shipped.settings.target)
    assert {each.match: each.message_type or each.bus for each in made.settings.routes} == {
        "market.data.*": "MARKET_DATA",
        "portfolio.update.*": "PORTFOLIO_UPDATE",
        "strategy.signal.*": "STRATEGY_SIGNAL",
        "ml.prediction.*": "ML_PREDICTION",
        "risk.metric.*": "RISK_METRIC",
        "margin-calls": "MARGIN_CALL",
        "raw-ticks": "marketdata",
    }


def test_the_sample_platforms_questions_stand_where_their_answers_go(platform: Path) -> None:
    migrate("init", "--repo", str(platform))
    text = (platform / "engines.yaml").read_text()
    assert questions(text) == [
        "which bus carries the stream feature-vectors: engine_logic, or marketdata?",
        "which bus carries the stream client-orders: engine_logic, or marketdata?",
        "which bus carries the stream factor-values: engine_logic, or marketdata?",
        "in which order do they move? Phases count from 1; a phase waits for the one before it",
    ]
    streams = ("feature-vectors", "client-orders", "factor-values")
    assert all(f"\n  # - {{match: {name}, bus: engine_logic}}\n" in text for name in streams)


def test_the_sample_platform_migrates_with_its_first_configuration(platform: Path) -> None:
    """The wrapper engines at once, the others when the questions about their streams are answered."""
    migrate("init", "--repo", str(platform))
    run = ("--repo", str(platform), "--all", "--dry-run")
    table = re.findall(r"^(\w+) +1 ([\w-]+) ", migrate(*run).stderr, re.MULTILINE)
    assert {"portfolio", "ml", "strategy"} <= {name for name, status in table if status == "would-commit"}
    config = platform / "engines.yaml"
    config.write_text(config.read_text().replace("  # - {match", "  - {match"))
    answered = migrate(*run)
    assert re.findall(r"^(\w+) +1 ([\w-]+) .* (\d+) +(\d+)$", answered.stderr, re.MULTILINE) == [
        (name, "would-commit", "0", "0")
        for name in ("collateral", "factor", "features", "ml", "portfolio", "strategy", "websocket")
    ]


def test_the_manual_shows_what_init_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_platform(tmp_path / "platform")
    monkeypatch.chdir(tmp_path / "platform")
    (shown,) = re.findall(r"^\$ migrate init --output first.yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    printed = migrate("init", "--output", "first.yaml").stdout
    commit = re.compile(r"\([0-9a-f]{12}\)")
    assert commit.sub("", printed) == commit.sub("", shown)


def test_a_repository_without_a_source_root(tmp_path: Path) -> None:
    files = {
        "dual_messagebus_client.py": TARGET,
        "enhanced_messagebus_client.py": WRAPPER,
        "strategy/service.py": SERVED,
        "risk/service.py": NATIVE,
    }
    text, campaign = init(tmp_path, files)
    assert campaign.source_root == ""
    assert engines(campaign) == {
        "strategy": (("strategy",), 1, "STRATEGY", False),
        "risk": (("risk",), 8200, "RISK", True),
    }
    assert [wrapper.module for wrapper in campaign.settings.wrappers] == ["enhanced_messagebus_client"]
    assert questions(text) == ["which port does strategy serve on? 1 only holds the place: the code does not say"]


def test_engines_that_are_single_modules(tmp_path: Path) -> None:
    files = {
        "src/dual_messagebus_client.py": TARGET,
        "src/enhanced_messagebus_client.py": WRAPPER,
        "src/engines/strategy_engine.py": f'{SERVED}\nuvicorn.run(app, port=int(os.getenv("PORT", "8700")))\n',
        "src/engines/portfolio.py": f"PORTFOLIO_PORT = 8900\n{SERVED}",
        "src/engines/risk.py": NATIVE,
    }
    text, campaign = init(tmp_path, files)
    assert campaign.source_root == "src"
    assert engines(campaign) == {
        "portfolio": (("src/engines/portfolio.py",), 8900, "PORTFOLIO", False),
        "strategy": (("src/engines/strategy_engine.py",), 8700, "STRATEGY", False),
        "risk": (("src/engines/risk.py",), 8200, "RISK", True),
    }
    assert len(questions(text)) == 1


def test_a_wrapper_in_a_package_that_gives_it_on(tmp_path: Path) -> None:
    engine = SERVED.replace("from enhanced_messagebus_client import", "from messaging import")
    files = {
        "app/dual_messagebus_client.py": TARGET,
        "app/messaging/__init__.py": "from .client import BufferedMessageBusClient, MessageBusConfig\n",
        "app/messaging/client.py": WRAPPER,
        "app/engines/strategy/main.py": engine,
        "app/engines/portfolio/main.py": engine,
    }
    _, campaign = init(tmp_path, files)
    assert (campaign.source_root, [each.module for each in campaign.settings.wrappers]) == (
        "app",
        ["messaging.client"],
    )
    assert [(route.match, route.message_type) for route in campaign.settings.routes] == [
        ("strategy.signal.*", "STRATEGY_SIGNAL")
    ]
    assert [each.paths for each in campaign.engines] == [("app/engines/portfolio",), ("app/engines/strategy",)]


SECOND = '''\
"""A simple channel."""

import redis.asyncio as redis


class Channel:
    def __init__(self, url):
        self.client = redis.from_url(url)

    async def emit(self, topic, payload):
        await self.client.xadd("channel", {"topic": topic, "payload": payload})
'''


def test_two_wrappers_are_both_written_down(tmp_path: Path) -> None:
    alerts = "from shared.channel import Channel\n\nif __name__ == '__main__':\n    Channel('redis://localhost')\n"
    files = {
        "backend/dual_messagebus_client.py": TARGET,
        "backend/enhanced_messagebus_client.py": WRAPPER,
        "backend/shared/__init__.py": "",
        "backend/shared/channel.py": SECOND,
        "backend/engines/strategy/service.py": SERVED,
        "backend/engines/alerts/service.py": alerts,
    }
    text, campaign = init(tmp_path, files)
    wrappers = {each.module: each for each in campaign.settings.wrappers}
    assert {name: each.client for name, each in wrappers.items()} == {
        "enhanced_messagebus_client": ("BufferedMessageBusClient",),
        "shared.channel": ("Channel",),
    }
    assert wrappers["shared.channel"].methods["emit"] == "publish"
    assert [each.name for each in campaign.engines] == ["alerts", "strategy"]
    assert "which EngineType is alerts? the target has no member of that name" in questions(text)


def test_a_repository_without_a_target_asks_for_it(tmp_path: Path) -> None:
    files = {
        "backend/enhanced_messagebus_client.py": WRAPPER,
        "backend/engines/strategy/service.py": SERVED,
        "backend/engines/portfolio/service.py": SERVED,
    }
    text, campaign = init(tmp_path, files)
    assert campaign.settings.target.module == "dual_messagebus_client"
    assert questions(text)[0] == (
        "which module is the dual client? None offers publish_message and subscribe_to_... methods"
    )
    assert "which message type replaces the topic strategy.signal.*?" in questions(text)
    assert [each.migrated for each in campaign.engines] == [False, False]


def test_a_target_that_cannot_be_relied_on_is_a_question_for_each_fault(tmp_path: Path) -> None:
    lacking = TARGET.replace(b"class MessagePriority", b"class Priority")
    text, _ = init(tmp_path, {"dual_messagebus_client.py": lacking, "risk/service.py": NATIVE})
    assert questions(text) == [
        "can the target be mended? Nothing is rewritten before: "
        "dual_messagebus_client.py:1: the target offers no enum MessagePriority; define it there, or import it from a "
        "module of the repository"
    ]


def test_ports_come_from_deployment_files_and_a_contradiction_is_a_question(tmp_path: Path) -> None:
    compose = """\
services:
  strategy:
    command: ["python", "-m", "uvicorn", "engines.strategy.service:app", "--port", "8700"]
  risk:
    command: uvicorn engines.risk.service:app --host 0.0.0.0 --port 8201
"""
    files = {
        "backend/dual_messagebus_client.py": TARGET,
        "backend/enhanced_messagebus_client.py": WRAPPER,
        "backend/engines/strategy/service.py": SERVED,
        "backend/engines/risk/service.py": NATIVE,
        "backend/engines/portfolio/service.py": SERVED,
        "backend/engines/portfolio/Dockerfile": "CMD python service.py --port=8900\n",
        "docker-compose.yml": compose,
    }
    text, campaign = init(tmp_path, files)
    assert {each.name: each.port for each in campaign.engines} == {"portfolio": 8900, "strategy": 8700, "risk": 8201}
    assert questions(text)[1:] == [
        "which port does risk serve on? The code says 8201 (docker-compose.yml:5), "
        "8200 (backend/engines/risk/service.py:4)"
    ]


def test_two_engines_of_one_port_leave_a_place_holder_and_a_question(tmp_path: Path) -> None:
    files = {
        "dual_messagebus_client.py": TARGET,
        "enhanced_messagebus_client.py": WRAPPER,
        "engines/strategy/service.py": f"PORT = 8000\n{SERVED}",
        "engines/portfolio/service.py": f"PORT = 8000\n{SERVED}",
    }
    text, campaign = init(tmp_path, files)
    assert {each.name: each.port for each in campaign.engines} == {"portfolio": 8000, "strategy": 1}
    assert questions(text)[1] == (
        "which port does strategy serve on? 1 only holds the place: "
        "engines/strategy/service.py:1 says 8000, which is another engine's"
    )


def test_a_client_of_another_server_and_code_of_several_engines_are_questions(tmp_path: Path) -> None:
    factory = (
        "from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig\n\n\n"
        "def get_bus():\n"
        '    return BufferedMessageBusClient(MessageBusConfig(redis_host="far-away", redis_port=6379))\n'
    )
    engine = (
        "from common.factory import get_bus\nfrom fastapi import FastAPI\n\napp = FastAPI()\nPORT = {port}\n\n\n"
        "async def signal():\n    bus = get_bus()\n    await bus.start()\n"
        '    await bus.publish("strategy.signal.A", {{"a": 1}})\n'
    )
    files = {
        "dual_messagebus_client.py": TARGET,
        "enhanced_messagebus_client.py": WRAPPER,
        "common/__init__.py": "",
        "common/factory.py": factory,
        "engines/strategy/service.py": engine.format(port=8700),
        "engines/portfolio/service.py": engine.format(port=8900),
    }
    text, campaign = init(tmp_path, files)
    assert [each.name for each in campaign.engines] == ["portfolio", "strategy"]
    assert any("far-away:6379" in question for question in questions(text))
    assert "# shared: [common/factory.py]" in text


def test_programs_without_a_bus_are_named_and_not_listed(tmp_path: Path) -> None:
    files = {
        "backend/dual_messagebus_client.py": TARGET,
        "backend/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
        "backend/engines/risk/service.py": NATIVE,
        "backend/engines/risk/worker.py": "if __name__ == '__main__':\n    print('redis')\n",
        "scripts/clean.py": "import redis\n\nif __name__ == '__main__':\n    redis.Redis().flushall()\n",
        "tests/fake.py": SECOND,
    }
    root = make_repo(tmp_path, files)
    result = migrate("init", "--repo", str(root))
    assert (result.exit_code, result.stderr) == (0, "")
    text = (root / "engines.yaml").read_text()
    assert engines(load(root / "engines.yaml")) == {"risk": (("backend/engines/risk",), 8200, "RISK", True)}
    assert "  # Not listed, because nothing in them is on a bus: backend/main.py\n" in text
    assert result.stdout.endswith("No question is open. Read engines.yaml, then type: migrate --all --dry-run\n")


def test_engines_with_copies_of_one_wrapper_have_one_table_for_it(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"backend/dual_messagebus_client.py": TARGET}
    for name in ("strategy", "portfolio"):
        files[f"backend/engines/{name}/enhanced_messagebus_client.py"] = WRAPPER
        files[f"backend/engines/{name}/service.py"] = SERVED
    _, campaign = init(tmp_path, files)
    assert (campaign.source_root, [each.module for each in campaign.settings.wrappers]) == (
        "backend",
        ["enhanced_messagebus_client"],
    )
    assert [each.name for each in campaign.engines] == ["portfolio", "strategy"]


def test_an_engine_with_an_import_root_of_its_own_is_left_out_and_named(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {}
    for name in ("portfolio", "strategy"):
        files[f"{name}/src/dual_messagebus_client.py"] = TARGET
        files[f"{name}/src/enhanced_messagebus_client.py"] = WRAPPER
        files[f"{name}/src/main.py"] = SERVED
    text, campaign = init(tmp_path, files)
    assert campaign.source_root == "portfolio/src"
    assert [(each.name, each.paths) for each in campaign.engines] == [("portfolio", ("portfolio/src/main.py",))]
    assert questions(text)[-1] == "how can these be named? They are not below source_root, and were left out: strategy"


def test_names_that_yaml_would_read_otherwise_are_quoted(tmp_path: Path) -> None:
    files = {
        "dual_messagebus_client.py": TARGET,
        "enhanced_messagebus_client.py": WRAPPER,
        "engines/no/service.py": SERVED,
        "engines/a b/service.py": SERVED,
        "engines/9/service.py": SERVED,
    }
    _, campaign = init(tmp_path, files)
    assert {each.name: (each.paths, each.engine_type) for each in campaign.engines} == {
        "engine-9": (("engines/9",), "ENGINE_9"),
        "a-b": (("engines/a b",), "A_B"),
        "no": (("engines/no",), "NO"),
    }


def test_engines_of_one_name_are_told_apart_by_the_folder_around(tmp_path: Path) -> None:
    files = {
        "dual_messagebus_client.py": TARGET,
        "enhanced_messagebus_client.py": WRAPPER,
        "eu/ml/service.py": SERVED,
        "eu/risk/service.py": SERVED,
        "us/ml/service.py": SERVED,
        "us/vpin/service.py": SERVED,
    }
    _, campaign = init(tmp_path, files)
    assert {each.name: each.engine_type for each in campaign.engines} == {
        "eu-ml": "ML",
        "risk": "RISK",
        "us-ml": "ML",
        "vpin": "VPIN",
    }


def test_an_engine_that_does_not_parse_is_listed_with_a_question(tmp_path: Path) -> None:
    files = {
        "dual_messagebus_client.py": TARGET,
        "engines/risk/service.py": NATIVE,
        "engines/ml/service.py": f"{NATIVE}\n(\n",
    }
    text, campaign = init(tmp_path, files)
    assert [(each.name, each.migrated) for each in campaign.engines] == [("ml", False), ("risk", True)]
    assert any("engines/ml/service.py:12: does not parse" in question for question in questions(text))


OBSCURE = """\
import redis.asyncio as redis


class Hub:
    def __init__(self):
        self.redis = redis.Redis(host="localhost", port=6379)

    async def publish(self, topic, payload):
        await self.redis.xadd("hub", {"topic": topic, "payload": payload})

    async def on(self, topic, callback):
        self.table = [*self.table, (topic, callback)]

    async def replay(self, count):
        await self.redis.xread({"hub": count})
"""


def test_what_a_wrappers_source_does_not_say_is_asked_beside_its_key(tmp_path: Path) -> None:
    engine = (
        "from fastapi import FastAPI\nfrom hub import Hub\n\napp = FastAPI()\nPORT = 8700\n\n\n"
        'async def signal():\n    hub = Hub()\n    await hub.publish("strategy.signal.A", {"a": 1})\n'
    )
    files = {"dual_messagebus_client.py": TARGET, "hub.py": OBSCURE, "strategy/service.py": engine}
    text, campaign = init(tmp_path, files)
    assert questions(text) == [
        "which class is a handler given? Name it as `message`",
        "how is a subscription's topic compared: glob, prefix or exact? Its source does not say it plainly",
        "is what a handler raises logged (swallow), or raised (raise)? Its source does not say it plainly",
        "what does replay() mean: start, stop, publish, subscribe or connected? Say it in `methods`",
    ]
    (wrapper,) = campaign.settings.wrappers
    assert (wrapper.matching, wrapper.handler_errors, wrapper.methods["on"]) == ("glob", "swallow", "subscribe")


def test_a_name_that_only_the_run_decides_is_a_question_with_its_place(tmp_path: Path) -> None:
    files = {
        "dual_messagebus_client.py": TARGET,
        "enhanced_messagebus_client.py": WRAPPER,
        "engines/ml/service.py": SERVED.replace('f"strategy.signal.{symbol}"', "symbol"),
        "engines/risk/service.py": NATIVE,
    }
    text, campaign = init(tmp_path, files)
    assert campaign.settings.routes == ()
    assert "which topics does `symbol` hold? They decide the message type" in questions(text)
    assert "  #   engines/ml/service.py:19\n" in text


NO_ENGINES = {
    "no Python at all": ({"README.md": "Nothing.\n"}, ""),
    "a library": ({"lib/bus.py": WRAPPER}, ""),
    "a service without a bus": (
        {"web/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"},
        "; programs that use neither: web",
    ),
}


@pytest.mark.parametrize("name", NO_ENGINES)
def test_no_engine_is_one_sentence_and_no_file(name: str, tmp_path: Path) -> None:
    files, more = NO_ENGINES[name]
    root = make_repo(tmp_path, files)
    result = migrate("init", "--repo", str(root))
    sentence = (
        f"no engine was found in main: no program in it uses a legacy client or the dual bus{more}. Name another "
        'commit with "--base", or write engines.yaml by hand'
    )
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"migrate: {sentence}\n")
    assert git(root, "status", "--porcelain") == ""


def test_a_file_that_is_there_is_only_replaced_by_force(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"dual_messagebus_client.py": TARGET, "risk/service.py": NATIVE})
    path = root / "engines.yaml"
    path.write_text("mine\n")
    result = migrate("init", "--repo", str(root))
    sentence = f'{path} is there already; name another with "--output", or add "--force"'
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"migrate: {sentence}\n")
    assert path.read_text() == "mine\n"
    assert migrate("init", "--repo", str(root), "--force").exit_code == 0
    assert load(path).source_root == ""
    assert sorted(each.name for each in root.iterdir()) == [".git", "dual_messagebus_client.py", "engines.yaml", "risk"]


def test_output_and_base_name_another_file_and_another_commit(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"dual_messagebus_client.py": TARGET, "risk/service.py": NATIVE})
    git(root, "branch", "release")
    git(root, "rm", "--quiet", "-r", "risk")
    git(root, "commit", "--quiet", "--message", "Take it away")
    path = tmp_path / "draft.yaml"
    result = migrate("init", "--repo", str(root), "--base", "release", "--output", str(path))
    assert (result.exit_code, load(path).base) == (0, "release")
    assert result.stdout.startswith(f"wrote {path}, from release (")
    assert migrate("init", "--repo", str(root)).exit_code == 2
    assert git(root, "status", "--porcelain") == ""


def test_a_dash_prints_the_text_that_a_file_would_have_and_writes_none(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"dual_messagebus_client.py": TARGET, "risk/service.py": NATIVE})
    migrate("init", "--repo", str(root), "--output", str(tmp_path / "draft.yaml"))
    done = migrate("init", "--repo", str(root), "--output", "-")
    assert (done.exit_code, done.stdout) == (0, (tmp_path / "draft.yaml").read_text())
    assert done.stderr.startswith("wrote the text on stdout, from main (")
    assert not Path("-").exists()


def test_without_a_main_the_base_is_master_or_else_what_is_checked_out(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"dual_messagebus_client.py": TARGET, "risk/service.py": NATIVE})
    for branch, base in (("master", "master"), ("trunk", "HEAD")):
        git(root, "branch", "--move", branch)
        assert migrate("init", "--repo", str(root), "--force").exit_code == 0
        assert load(root / "engines.yaml").base == base


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"dual_messagebus_client.py": TARGET, "risk/service.py": NATIVE})
    folder = tmp_path / "folder.yaml"
    folder.mkdir()
    result = migrate("init", "--repo", str(root), "--output", str(folder), "--force")
    sentence = f'{folder} cannot be written (Is a directory); name another with "--output"'
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"migrate: {sentence}\n")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder.yaml", "platform"]


def test_ports_of_the_buses_come_from_the_target_unless_they_are_one(tmp_path: Path) -> None:
    for name, port, expected in (("apart", b"7000", 7000), ("alike", b"6380", 6381)):
        target = TARGET.replace(b"engine_logic_redis_port: int = 6381", b"engine_logic_redis_port: int = " + port)
        root = make_repo(tmp_path, {"dual_messagebus_client.py": target, "risk/service.py": NATIVE}, name)
        assert migrate("init", "--repo", str(root)).exit_code == 0
        buses = load(root / "engines.yaml").settings.target.buses
        assert buses == {"marketdata": 6380, "engine_logic": expected}


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"a.py": ""})
    result = migrate("init", "--repo", str(root), "--output", str(tmp_path / "none" / "e.yaml"))
    sentence = f"there is no folder {tmp_path / 'none'}; make it, or name another file"
    assert (result.exit_code, result.stderr) == (2, f"migrate: {sentence}\n")


def test_the_code_is_read_from_the_base_and_not_from_the_working_tree(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"dual_messagebus_client.py": TARGET, "risk/service.py": NATIVE})
    write_files(root, {"risk/service.py": "", "dual_messagebus_client.py": ""})
    assert migrate("init", "--repo", str(root)).exit_code == 0


def test_init_does_not_import_libcst(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"dual_messagebus_client.py": TARGET, "risk/service.py": NATIVE})
    script = """
import sys
from migrator.cli import cli
try:
    cli(["init"])
except SystemExit as end:
    sys.exit(f"libcst was imported, {end.code}" if "libcst" in sys.modules else end.code)
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=root, env=clean_environment(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
