"""Every command that is sent to a server which is only looked at: they read, and none walks all keys at once."""

from __future__ import annotations

READ_ONLY = {
    "auth": "the connection itself, where its URL has a password",
    "select": "the connection itself, where its URL has a database",
    "client|id": "which connection is ours, so that it is not counted",
    "client|list": "whose the connections are; once a pass",
    "info": "CPU, memory, commands, errors",
    "scan": "which streams there are, in steps of a bounded size",
    "type": "whether what the code reads as a stream is one",
    "xinfo|stream": "length, entries added, the newest entry",
    "xinfo|groups": "who reads a stream, and how far",
    "xinfo|consumers": "who of a group is alive",
    "xpending": "the oldest message that was delivered and not acknowledged",
    "xrange": "messages that a group on the main server was not given, of which only the topic is looked at",
    "hgetall": "which edges a bridge carries by a group of its own",
    "xrevrange": "the newest messages of a stream, of which only the envelope is looked at",
}
"""Command, as COMMANDSTATS names it -> what it is asked for."""

ACL = "+info +client|id +client|list +scan +type +xinfo +xpending +xrange +xrevrange +hgetall ~*"
"""What an ACL user must be allowed for all of it."""
