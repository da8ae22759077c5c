"""Options that several commands take, each with the same words everywhere."""

from __future__ import annotations

import click

config = click.option("--config", metavar="FILE", help="The campaign.  [default: engines.yaml at the repository's top]")
repo = click.option("--repo", default=".", metavar="DIR", help="The git repository.  [default: where you are]")
base = click.option("--base", metavar="REV", help="What is read.  [default: `base` of engines.yaml]")
