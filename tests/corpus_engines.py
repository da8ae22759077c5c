"""The engines of `tests/corpus` as repositories: their files, their engines.yaml, and what the tool says of them."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from gitrepo import git, make_repo
from tinyplatform import platform_file

from codemods.reading.contract import Contract
from codemods.settings import Settings
from codemods.work import read_contract
from migrator.cli import cli
from migrator.config import load

CORPUS = Path(__file__).parent / "corpus"
TABLE = "expected.toml"
AT_THE_TOP = ("docker-compose.yml", "requirements.txt")
"""Files that stand at the top of a repository; all others are in the engine's folder."""
WRAPPER = "enhanced_messagebus_client.py"
CLIENTS = ("dual_messagebus_client.py", WRAPPER)
ROUTES = [
    {"match": "market.data.*", "message_type": "MARKET_DATA"},
    {"match": "trade.fill.*", "message_type": "TRADE_EXECUTION"},
    {"match": "portfolio.update.*", "message_type": "PORTFOLIO_UPDATE"},
    {"match": "strategy.signal.*", "message_type": "STRATEGY_SIGNAL"},
    {"match": "ml.prediction.*", "message_type": "ML_PREDICTION"},
    {"match": "risk.metric.*", "message_type": "RISK_METRIC"},
    {"match": "risk.breach", "message_type": "RISK_LIMIT_BREACH"},
    {"match": "health.*", "message_type": "ENGINE_HEALTH"},
    {"match": "feature-vectors", "message_type": "GPU_COMPUTATION"},
    {"match": "orders:*", "bus": "engine_logic"},
    {"match": "margin-calls", "bus": "engine_logic"},
    {"match": "ticks:*", "bus": "marketdata"},
    {"match": "raw-ticks", "bus": "marketdata"},
]
"""Where topics and streams go, for every engine whose table has no routes of its own."""


@dataclass(frozen=True)
class CorpusEngine:
    """One engine of the corpus: its folder, and the table of what is expected of it."""

    name: str
    table: Mapping[str, Any]

    @property
    def folder(self) -> str:
        """Where the engine lives in its repository."""
        return f"backend/engines/{self.name}"

    @property
    def messages(self) -> list[str]:
        """The raw streams that become messages, since every other end of them has moved already."""
        return [name for name, fixed in self.table.get("streams", {}).items() if fixed["mode"] == "message"]

    def files(self) -> dict[str, str | bytes]:
        """The files of its repository, engines.yaml among them."""
        root = CORPUS / self.name
        own = [path for path in sorted(root.rglob("*")) if path.is_file() and path.name != TABLE]
        names = {path: path.relative_to(root).as_posix() for path in own if "__pycache__" not in path.parts}
        return {
            "engines.yaml": json.dumps(self.config(), indent=2),
            **{f"backend/{name}": platform_file(name) for name in CLIENTS},
            **self._copied(),
            **{n if n in AT_THE_TOP else f"{self.folder}/{n}": path.read_bytes() for path, n in names.items()},
        }

    def _copied(self) -> dict[str, bytes]:
        """A copy of the wrapper beside the engine, if it has one: the platform's file but for its first sentence."""
        if "copy" not in self.table:
            return {}
        _, rest = platform_file(WRAPPER).split(b":", 1)
        return {f"{self.folder}/{WRAPPER}": b'"""' + self.table["copy"].encode() + rest}

    def config(self) -> dict[str, Any]:
        """Its engines.yaml: one engine, whose answers and routes its table may give."""
        wrapper = {"module": "enhanced_messagebus_client", "client": "BufferedMessageBusClient"}
        names = {"config": ["MessageBusConfig", "EnhancedMessageBusConfig"], "message": "BusMessage"}
        engine = {"phase": 1, "port": 8900, "paths": [f"engines/{self.name}"], "engine_type": self.table["type"]}
        return {
            "version": 1,
            "base": "main",
            "source_root": "backend",
            "branch": "dual-bus/phase-{phase}/{engine}",
            "target": {"module": "dual_messagebus_client", "buses": {"marketdata": 6380, "engine_logic": 6381}},
            "legacy": {"redis": ["localhost:6379", "redis:6379"], "wrappers": [{**wrapper, **names}]},
            "routes": self.table.get("routes", ROUTES),
            "engines": {self.name: engine},
        } | {key: self.table[key] for key in ("answers", "streams") if key in self.table}


@cache
def every_engine() -> Mapping[str, CorpusEngine]:
    """All engines of the corpus by name."""
    tables = sorted(CORPUS.glob(f"*/{TABLE}"))
    return {path.parent.name: CorpusEngine(path.parent.name, tomllib.loads(path.read_text())) for path in tables}


@dataclass(frozen=True)
class Repository:
    """The engine's repository, with what a run on it needs."""

    engine: CorpusEngine
    root: Path

    def migrate(self, *words: str) -> dict[str, Any]:
        """What the command says with --json; it must not fail."""
        command = ["--repo", str(self.root), "--engine", self.engine.name, "--json"]
        done = CliRunner().invoke(cli, [*words, *command], prog_name="migrate", catch_exceptions=False)
        assert done.exit_code in (0, 1, 4), done.output
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    def settings(self) -> Settings:
        """What its engines.yaml tells the codemods."""
        return load(self.root / "engines.yaml").settings

    def contract(self) -> Contract:
        """What the dual client in it promises."""
        clients = {f"backend/{name}": platform_file(name) for name in CLIENTS}
        return read_contract({path: bytes(text) for path, text in clients.items()}, self.settings())

    def changed(self, branch: str) -> list[str]:
        """The files that a branch changes, relative to the engine."""
        names = git(self.root, "diff", "--name-only", "main", branch).splitlines()
        return [name.removeprefix(f"{self.engine.folder}/") for name in names]


def repository(engine: CorpusEngine, tmp_path: Path) -> Repository:
    """The engine as the only one of a new repository."""
    return Repository(engine, make_repo(tmp_path, engine.files()))


def verdicts_of(scan: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """What a scan says of an engine, as its table has it: counts, what holds, questions, warnings, unread files."""
    sites = scan["sites"]
    holding = [s for s in sites if s["verdict"] in ("ask", "refuse") and s["held_by"] is None]
    found = {
        "sites": _counted(sites),
        "held": sorted({f"{s['verdict']} {s['path']}:{s['line']}: {s['reason']}" for s in holding}),
        "questions": sorted(question["id"] for question in scan["questions"]),
        "warnings": sorted({f"{s['path']}:{s['line']}: {w}" for s in sites for w in s["warnings"]}),
        "failed": sorted(file["reason"] for file in scan["files"] if file["status"] == "failed"),
    }
    return _without(found, folder)


def _counted(sites: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """How many sites of each kind have each verdict."""
    count = Counter((site["kind"], site["verdict"]) for site in sites)
    return {
        kind: {verdict: number for (other, verdict), number in sorted(count.items()) if other == kind}
        for kind in sorted({kind for kind, _ in count})
    }


def _without(value: Any, folder: str) -> Any:
    """The same with paths relative to the engine's folder, and without what is empty."""
    return {
        key: each if isinstance(each, dict) else [text.replace(f"{folder}/", "") for text in each]
        for key, each in value.items()
        if each
    }


def expected_of(engine: CorpusEngine) -> dict[str, Any]:
    """What the table says of the engine's verdicts."""
    return {
        key: engine.table[key] for key in ("sites", "held", "questions", "warnings", "failed") if key in engine.table
    }
