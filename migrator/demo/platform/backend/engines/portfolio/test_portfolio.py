"""The bookkeeping of the portfolio engine."""

from engines.portfolio.service import PortfolioEngine


def test_a_bought_lot_is_valued_at_the_last_price():
    engine = PortfolioEngine()
    engine.prices["AAPL"] = 12.5
    engine.trade("AAPL", "buy")
    assert engine.positions == {"AAPL": 10}
    assert engine.value("AAPL") == 125.0


def test_buying_and_selling_cancel_out():
    engine = PortfolioEngine()
    engine.trade("AAPL", "buy")
    engine.trade("AAPL", "sell")
    assert engine.positions == {"AAPL": 0}


def test_an_unknown_symbol_has_no_value():
    assert PortfolioEngine().value("MSFT") == 0.0
