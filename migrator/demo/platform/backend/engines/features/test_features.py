"""The vectors of the features engine."""

from engines.features.service import FeaturesEngine


def test_a_vector_holds_price_move_and_traded_value():
    engine = FeaturesEngine()
    engine.vector("AAPL", 100.0, 10)
    assert engine.vector("AAPL", 102.0, 5000) == [102.0, 2.0, 0.51]
