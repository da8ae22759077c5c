"""A platform of three tiny engines for tests of the command: two to migrate, one that uses the dual bus already."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from gitrepo import make_repo

CONFIG = """\
version: 1
base: main
source_root: backend
branch: dual-bus/phase-{phase}/{engine}
target:
  module: dual_messagebus_client
  buses: {marketdata: 6380, engine_logic: 6381}
legacy:
  redis: [localhost:6379]
  wrappers:
    - module: enhanced_messagebus_client
      client: BufferedMessageBusClient
      config: [MessageBusConfig, EnhancedMessageBusConfig]
      message: BusMessage
routes:
  - {match: "strategy.signal.*", message_type: STRATEGY_SIGNAL}
engines:
  strategy: {phase: 2, port: 8700, paths: [engines/strategy], engine_type: STRATEGY}
  portfolio: {phase: 1, port: 8900, paths: [engines/portfolio], engine_type: PORTFOLIO}
  risk: {port: 8200, paths: [engines/risk], engine_type: RISK, migrated: true}
"""

PUBLISHER = '''\
"""Publishes signals."""

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Engine:
    def __init__(self) -> None:
        self.bus = None

    async def start(self) -> None:
        self.bus = BufferedMessageBusClient(MessageBusConfig(redis_host="localhost", redis_port=6379))
        await self.bus.start()

    async def stop(self) -> None:
        await self.bus.stop()

    async def signal(self, symbol: str) -> None:
        await self.bus.publish(f"strategy.signal.{symbol}", {"symbol": symbol})
'''

NATIVE = '''\
"""Publishes positions, on the dual bus already."""

from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client


class Engine:
    async def start(self) -> None:
        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)

    async def update(self, symbol: str) -> None:
        await self.bus.publish_message(MessageType.PORTFOLIO_UPDATE, {"symbol": symbol})
'''

ASKING = PUBLISHER.replace("strategy.signal.", "portfolio.weights.")  # no route takes this topic


def platform_file(name: str) -> bytes:
    """One file of the sample platform, from its `backend`."""
    return files("migrator.demo").joinpath("platform", "backend", name).read_bytes()


def tiny_platform(tmp_path: Path, **texts: str | bytes) -> Path:
    """The platform as a repository; `texts` replaces the engines' code: strategy, portfolio, risk or config."""
    return make_repo(
        tmp_path,
        {
            "engines.yaml": texts.get("config", CONFIG),
            "backend/dual_messagebus_client.py": platform_file("dual_messagebus_client.py"),
            "backend/enhanced_messagebus_client.py": platform_file("enhanced_messagebus_client.py"),
            "backend/engines/strategy/service.py": texts.get("strategy", PUBLISHER),
            "backend/engines/portfolio/service.py": texts.get("portfolio", NATIVE),
            "backend/engines/risk/service.py": texts.get("risk", "LIMIT = 3\n"),
        },
    )
