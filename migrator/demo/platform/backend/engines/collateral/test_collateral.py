"""The margin requirements of the collateral engine."""

from engines.collateral.service import CollateralEngine


def test_requirements_of_one_account_add_up():
    engine = CollateralEngine()
    engine.add_order("ACC-1", 10, 100.0)
    assert engine.add_order("ACC-1", 20, 50.0) == 500.0


def test_accounts_are_kept_apart():
    engine = CollateralEngine()
    engine.add_order("ACC-1", 10, 100.0)
    assert engine.add_order("ACC-2", 4, 100.0) == 100.0
