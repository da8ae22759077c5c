"""engines.yaml as frozen objects: what a right file gives, and what the base commit must have."""

from __future__ import annotations

import pickle
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from configs import FULL, MANY_FAULTS, MINIMAL, ROOT, SAMPLE, campaign_of, faults_of, written
from msgspec.structs import replace

from codemods.settings import DEFAULT_METHODS, Engine, Kept, Route, Server, Settings, Target, Wrapper
from migrator.config import Campaign, EngineConfig, check_paths, load
from migrator.errors import WRONG_USAGE, MigrateError

# What a right file gives


def test_smallest_file_takes_the_defaults(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL)
    assert replace(load(path), lines={}) == Campaign(
        path=path,
        hash=sha256(path.read_bytes()).hexdigest(),
        base="main",
        source_root="",
        branch="dual-bus/phase-{phase}/{engine}",
        settings=Settings(target=Target("dual_messagebus_client", {"marketdata": 6380, "engine_logic": 6381})),
        engines=(EngineConfig(name="ml", engine_type="ML", paths=("engines/ml",), port=8400, phase=1, line=3),),
    )


def test_defaults_are_those_of_the_codemods(tmp_path: Path) -> None:
    assert campaign_of(tmp_path, MINIMAL).settings == Settings()


def test_every_key_reaches_the_campaign(tmp_path: Path) -> None:
    campaign = campaign_of(tmp_path, FULL)
    first, second = Route("a.*", "A", None, 19), Route("b", None, "marketdata", 20)
    assert (campaign.base, campaign.source_root, campaign.branch) == ("v1.2", "src", "move/{engine}")
    assert campaign.settings == Settings(
        source_root="src",
        target=Target("bus.dual", {"marketdata": 7000, "engine_logic": 7001}),
        servers=(Server("::1", 6379), Server("cache.internal", 6400)),
        wrappers=(
            Wrapper(
                module="old.bus",
                client=("Client", "Other"),
                config=("Config",),
                message=("Message",),
                priority=("Urgency",),
                methods={**DEFAULT_METHODS, "emit": "publish", "close": "start"},
                matching="prefix",
                handler_errors="raise",
                plain_json=True,
            ),
        ),
        routes=(first, second),
        answers={"some-question": [1, "two", {"three": 3}]},
        keep=(Kept("src/e/b/x.py", "bus = Client()", "not yet", 37),),
    )
    why = "waits for the vendor"
    b = EngineConfig(
        name="b", engine_type="B", paths=("src/e/b", "src/tests/b"), port=2, phase=2, deferred=why, line=23
    )
    a = EngineConfig(
        name="a", engine_type="A", paths=("src/e/a.py",), port=1, phase=1, test_command="make test", line=29
    )
    m = EngineConfig(name="m", engine_type="M", paths=("src/e/m",), port=3, migrated=True, line=30)
    assert campaign.engines == (b, a, m)
    assert campaign.to_migrate() == (a, b)
    assert campaign.shared == ("src/e/common",)
    assert campaign.probes == (first,)
    assert {name: (each.mode, each.bus) for name, each in campaign.streams.items()} == {"b": ("routed", "marketdata")}
    assert [(each.sender, each.receiver, each.stream, each.accept, each.bridge) for each in campaign.edges] == [
        ("a", "b", "b", "nobody reads it", False),
        ("a", "(no engine)", "b", None, True),
    ]
    assert campaign.servers == {"main": "MAIN_URL", "marketdata": "MARKET_URL"}


def test_sample_platform_has_thirteen_engines_in_three_phases() -> None:
    campaign = load(SAMPLE)
    assert [(each.name, each.phase, each.port, each.migrated) for each in campaign.engines] == [
        ("portfolio", 1, 8900, False),
        ("collateral", 1, 9000, False),
        ("ml", 1, 8400, False),
        ("factor", 2, 8300, False),
        ("strategy", 2, 8700, False),
        ("websocket", 2, 8600, False),
        ("features", 3, 8500, False),
        ("analytics", None, 8100, True),
        ("risk", None, 8200, True),
        ("marketdata", None, 8800, True),
        ("backtesting", None, 8110, True),
        ("vpin", None, 10000, True),
        ("toraniko", None, 8950, True),
    ]
    assert all(each.paths == (f"backend/engines/{each.name}",) for each in campaign.engines)
    assert all(each.engine_type == each.name.upper() for each in campaign.engines)


def test_sample_platform_routes_its_topics_and_streams() -> None:
    routes = load(SAMPLE).settings.routes
    assert {route.match: route.message_type or route.bus for route in routes} == {
        "market.data.*": "MARKET_DATA",
        "portfolio.update.*": "PORTFOLIO_UPDATE",
        "strategy.signal.*": "STRATEGY_SIGNAL",
        "ml.prediction.*": "ML_PREDICTION",
        "risk.metric.*": "RISK_METRIC",
        "feature-vectors": "GPU_COMPUTATION",
        "factor-values": "engine_logic",
        "margin-calls": "engine_logic",
        "client-orders": "engine_logic",
        "raw-ticks": "marketdata",
    }


def test_file_with_a_byte_order_mark_and_windows_newlines_is_read(tmp_path: Path) -> None:
    raw = b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode()
    assert load(written(tmp_path, raw)).engines == campaign_of(tmp_path, MINIMAL).engines


def test_engine_is_what_the_codemods_are_given(tmp_path: Path) -> None:
    engine = campaign_of(tmp_path, MINIMAL).engines[0]
    assert isinstance(engine, Engine)
    with pytest.raises(AttributeError):
        engine.name = "other"  # type: ignore[misc]


def test_campaign_can_be_given_to_another_process() -> None:
    campaign = load(SAMPLE)
    assert pickle.loads(pickle.dumps(campaign)) == campaign


def test_pure_python_yaml_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML is built without libyaml on some platforms."""
    usual, wrong = load(SAMPLE), faults_of(tmp_path, MANY_FAULTS)
    monkeypatch.delattr(yaml, "CSafeLoader")
    again = load(SAMPLE)
    assert again == usual
    assert again.lines == usual.lines
    assert faults_of(tmp_path, MANY_FAULTS) == wrong


def test_importing_the_module_imports_none_of_the_heavy_libraries() -> None:
    code = "import sys, migrator.config; print({'yaml', 'libcst', 'hashlib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "set()\n"


# Looking things up


def test_unknown_engine_is_answered_with_the_nearest() -> None:
    with pytest.raises(MigrateError) as caught:
        load(SAMPLE).engine("portfolo")
    assert str(caught.value) == 'engines.yaml:43: no engine is called "portfolo"; did you mean "portfolio"?'
    assert caught.value.exit_code == WRONG_USAGE


def test_unknown_engine_like_none_is_answered_with_all(tmp_path: Path) -> None:
    with pytest.raises(MigrateError) as caught:
        campaign_of(tmp_path, MINIMAL).engine("zzz")
    assert str(caught.value) == 'engines.yaml:2: no engine is called "zzz"; there are: ml'


def test_engine_is_found_by_its_name() -> None:
    assert load(SAMPLE).engine("vpin").port == 10000


def test_phase_gives_its_engines_in_the_order_of_the_file() -> None:
    assert [engine.name for engine in load(SAMPLE).phase(2)] == ["factor", "strategy", "websocket"]


def test_unknown_phase_is_answered_with_the_phases() -> None:
    with pytest.raises(MigrateError) as caught:
        load(SAMPLE).phase(4)
    assert str(caught.value) == "engines.yaml:43: no engine is in phase 4; the phases are: 1, 2, 3"
    assert caught.value.exit_code == WRONG_USAGE


def test_phase_of_a_campaign_that_is_done_is_unknown(tmp_path: Path) -> None:
    campaign = campaign_of(tmp_path, MINIMAL.replace("phase: 1", "migrated: true"))
    assert campaign.to_migrate() == ()
    with pytest.raises(MigrateError, match="no engine is in phase 1; the phases are: none"):
        campaign.phase(1)


def test_branch_holds_phase_and_engine() -> None:
    campaign = load(SAMPLE)
    assert campaign.branch_of(campaign.engine("features")) == "dual-bus/phase-3/features"


def test_migrated_engine_has_no_branch() -> None:
    campaign = load(SAMPLE)
    with pytest.raises(MigrateError) as caught:
        campaign.branch_of(campaign.engine("risk"))
    assert str(caught.value) == "engines.yaml:64: risk is migrated already and has no branch"


# Files that are not there, or no YAML


def test_missing_file_says_what_to_type(tmp_path: Path) -> None:
    path = tmp_path / "engines.yaml"
    with pytest.raises(MigrateError) as caught:
        load(path)
    mend = 'name another with "--config PATH", or write a first one with "migrate init"'
    assert str(caught.value) == f"there is no {path}; {mend}"
    assert caught.value.exit_code == WRONG_USAGE


def test_folder_in_place_of_the_file_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(MigrateError) as caught:
        load(tmp_path)
    assert str(caught.value) == f'{tmp_path} cannot be read (Is a directory); name another with "--config PATH"'


# What the base commit has


FILES = [
    "README.md",
    "backend/dual_messagebus_client.py",
    "backend/engines.py",
    "backend/engines/__init__.py",
    "backend/engines/common.py",
    "backend/engines/ml/main.py",
    "backend/engines/mlx.py",
    "backend/engines/portfolio/api/routes.py",
    "tools/x.py",
]


def on_base(folder: Path, *paths: str, **changes: Any) -> Campaign:
    text = f"""\
        version: 1
        source_root: backend
        target: {{module: dual_messagebus_client}}
        shared: [engines/common.py]
        engines:
          ml:
            phase: 1
            port: 1
            engine_type: ML
            paths: [{", ".join(paths)}]
        """
    return replace(campaign_of(folder, text), **changes)


def absent(campaign: Campaign, files: list[str]) -> list[str]:
    with pytest.raises(MigrateError) as caught:
        check_paths(campaign, files)
    assert caught.value.exit_code == WRONG_USAGE
    return str(caught.value).split("\n")


def test_paths_that_the_base_has_pass(tmp_path: Path) -> None:
    check_paths(on_base(tmp_path, "engines/ml", "engines/mlx.py", "engines/portfolio"), FILES)


def test_order_of_the_files_does_not_matter(tmp_path: Path) -> None:
    check_paths(on_base(tmp_path, "engines/ml", "engines/portfolio/api"), frozenset(reversed(FILES)))


def test_each_missing_path_is_said_with_the_nearest_that_is_there(tmp_path: Path) -> None:
    campaign = on_base(tmp_path, "engines/m", "engines/portfolo/api", "engin/portfolio/api", "zzz", "engines/ml/zzz/y")
    campaign = replace(campaign, shared=("backend/engines/comon.py",))
    assert absent(campaign, FILES) == [
        'engines.yaml:4: shared[0] is "engines/comon.py", which is not in "main"; did you mean "engines/common.py"?',
        'engines.yaml:10: engines.ml.paths[0] is "engines/m", which is not in "main"; did you mean "engines/ml"?',
        'engines.yaml:10: engines.ml.paths[1] is "engines/portfolo/api", which is not in "main";'
        ' did you mean "engines/portfolio/api"?',
        'engines.yaml:10: engines.ml.paths[2] is "engin/portfolio/api", which is not in "main";'
        ' did you mean "engines/portfolio/api"?',
        'engines.yaml:10: engines.ml.paths[3] is "zzz", which is not in "main"; the nearest folder there is "backend"',
        'engines.yaml:10: engines.ml.paths[4] is "engines/ml/zzz/y", which is not in "main";'
        ' the nearest folder there is "backend/engines/ml"',
    ]


def test_beginning_of_a_name_is_not_a_folder(tmp_path: Path) -> None:
    assert absent(on_base(tmp_path, "engines/port"), FILES) == [
        'engines.yaml:10: engines.ml.paths[0] is "engines/port", which is not in "main";'
        ' did you mean "engines/portfolio"?'
    ]


def test_missing_source_root_is_said_once(tmp_path: Path) -> None:
    campaign = on_base(tmp_path, "engines/ml", source_root="bakend")
    expected = 'engines.yaml:2: source_root is "bakend", which is not in "main"; did you mean "backend"?'
    assert absent(campaign, FILES) == [expected]


def test_missing_target_module_is_said_with_the_nearest_module(tmp_path: Path) -> None:
    files = [path.replace("dual_messagebus", "dual_message_bus") for path in FILES]
    assert absent(on_base(tmp_path, "engines/ml"), files) == [
        'engines.yaml:3: target.module: "main" has neither backend/dual_messagebus_client.py nor'
        ' backend/dual_messagebus_client/__init__.py; did you mean "dual_message_bus_client.py"?'
    ]


def test_missing_target_module_like_none_is_said_with_what_to_do(tmp_path: Path) -> None:
    assert absent(on_base(tmp_path, "engines/ml"), [path for path in FILES if "dual" not in path]) == [
        'engines.yaml:3: target.module: "main" has neither backend/dual_messagebus_client.py nor'
        " backend/dual_messagebus_client/__init__.py; name the module of the dual client"
    ]


def test_target_may_be_a_package(tmp_path: Path) -> None:
    files = [path.replace("dual_messagebus_client.py", "dual_messagebus_client/__init__.py") for path in FILES]
    check_paths(on_base(tmp_path, "engines/ml"), files)


def test_source_root_may_be_the_repository_itself(tmp_path: Path) -> None:
    check_paths(campaign_of(tmp_path, MINIMAL), ["dual_messagebus_client.py", "engines/ml/main.py"])


def test_missing_wrapper_module_may_live_in_an_installed_package(tmp_path: Path) -> None:
    text = MINIMAL + "legacy: {wrappers: [{module: elsewhere, client: Client}]}\n"
    check_paths(campaign_of(tmp_path, text), ["dual_messagebus_client.py", "engines/ml/main.py"])


def test_a_kept_line_is_in_a_file_of_an_engine(tmp_path: Path) -> None:
    text = MINIMAL + "keep: [{path: engines/ml/mian.py, code: bus = 1, reason: later}]\n"
    campaign, files = campaign_of(tmp_path, text), ["dual_messagebus_client.py", "engines/ml/main.py"]
    with pytest.raises(MigrateError) as raised:
        check_paths(campaign, files)
    line = text.count("\n")
    assert str(raised.value) == (
        f'engines.yaml:{line}: keep: no engine has a file "engines/ml/mian.py" in "main"; '
        'did you mean "engines/ml/main.py"?'
    )
