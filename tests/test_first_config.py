"""`migrate init`: a first engines.yaml for repositories of many layouts, with a question for what is not known."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from first_configs import NATIVE, SECOND, SERVED, TARGET, WRAPPER, engines, init, migrate, questions
from gitrepo import git, make_repo
from tinyplatform import PUBLISHER

from migrator.config import load
from migrator.first.engines import UNSAID

ROOT = Path(__file__).parent.parent


@pytest.fixture
def platform(platform: Path) -> Path:
    """The sample platform without its configuration."""
    git(platform, "rm", "--quiet", "engines.yaml")
    git(platform, "commit", "--quiet", "--message", "Begin anew")
    return platform


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
        "to migrate     7: collateral, factor, features, ml, portfolio, strategy,\n"
        "               websocket\n"
        "migrated       6: analytics, backtesting, marketdata, risk, toraniko, vpin\n"
        "routes         7 suggested, 3 to be decided\n"
        "\n"
        '4 questions are open, each a line with "question:" in engines.yaml. Answer them\n'
        "there, and type:\n"
        f"  migrate --all --dry-run --repo {platform}\n"
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
    assert questions(text) == [f"which port does strategy serve on? 1 only holds the place: {UNSAID}"]


def test_programs_that_have_their_bus_from_the_files_beside_them(tmp_path: Path) -> None:
    """They name neither Redis nor the wrapper; one that imports no such file is no engine."""
    run = 'if __name__ == "__main__":\n    asyncio.run(main())\n'
    files = {
        "src/dual_messagebus_client.py": TARGET,
        "src/enhanced_messagebus_client.py": WRAPPER,
        "src/ml/main.py": f"import asyncio\nfrom ml.model import main\n{run}",
        "src/ml/model.py": "from .channel import Engine\n\n\nasync def main():\n    await Engine().start()\n",
        "src/ml/channel.py": PUBLISHER,
        "src/ml/broken.py": f"(\n{run}",
        "src/strategy/service.py": SERVED,
        "src/tidy/main.py": f"import asyncio\nfrom tidy.work import main\n{run}",
        "src/tidy/work.py": "async def main():\n    pass\n",
        "src/tidy/notes.py": "import redis\n",
    }
    _, campaign = init(tmp_path, files)
    assert engines(campaign) == {
        "ml": (("src/ml",), 1, "ML", False),
        "strategy": (("src/strategy",), 2, "STRATEGY", False),
    }


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
    again = f"migrate --all --dry-run --repo {root}"
    assert result.stdout.endswith(f"No question is open. Read engines.yaml, then type:\n  {again}\n")


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


def test_ports_of_the_buses_come_from_the_target_unless_they_are_one(tmp_path: Path) -> None:
    for name, port, expected in (("apart", b"7000", 7000), ("alike", b"6380", 6381)):
        target = TARGET.replace(b"engine_logic_redis_port: int = 6381", b"engine_logic_redis_port: int = " + port)
        root = make_repo(tmp_path, {"dual_messagebus_client.py": target, "risk/service.py": NATIVE}, name)
        assert migrate("init", "--repo", str(root)).exit_code == 0
        buses = load(root / "engines.yaml").settings.target.buses
        assert buses == {"marketdata": 6380, "engine_logic": expected}
