"""The exposures of the risk engine."""

from engines.risk.service import RiskEngine


def test_toxic_flow_raises_the_exposure():
    engine = RiskEngine()
    engine.toxicity["AAPL"] = 0.5
    assert engine.exposure("AAPL", -1000.0) == 1500.0


def test_unknown_flow_leaves_it_alone():
    assert RiskEngine().exposure("MSFT", 1000.0) == 1000.0
