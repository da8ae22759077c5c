"""What the branch is called that takes an engine back."""

from __future__ import annotations

import re

from migrator.config import Campaign, EngineConfig
from migrator.config_rules import fault_of_branch


def branch_of(campaign: Campaign, engine: EngineConfig) -> str:
    """The engine's branch for this, by the campaign's pattern: `dual-bus/revert/portfolio`."""
    if "{phase}" in campaign.branch:
        pattern = re.sub(r"[^/]*\{phase\}[^/]*", "revert", campaign.branch, count=1).replace("{phase}", "revert")
    else:
        pattern = campaign.branch.replace("{engine}", "revert-{engine}")
    branch = pattern if "{engine}" in pattern else f"{pattern}/{{engine}}"
    branch = branch.replace("{engine}", engine.name)
    taken = {campaign.branch_of(each): each.name for each in campaign.to_migrate()}
    why = f"is the branch of {taken[branch]}" if branch in taken else fault_of_branch(branch, campaign.base)
    if why:
        raise campaign.error(("branch",), f"the branch to take {engine.name} back is {branch}, which {why}")
    return branch
