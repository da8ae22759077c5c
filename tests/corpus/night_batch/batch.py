"""Nightly batch: drain the orders of the day, write margin calls, leave.

usage: batch.py [--dry]
"""
import json
import sys

import redis

from report import write_report

BATCH = 10


def drain(client, last="0"):
    """All orders that are there, oldest first."""
    orders = []
    while True:
        page = client.xrange("orders:equity", min=f"({last}" if last != "0" else "-", count=BATCH)
        if not page:
            return orders
        for order_id, order in page:
            orders.append(order)
            last = order_id


def main(argv):
    client = redis.Redis(host="localhost", port=6379, decode_responses=True)
    orders = drain(client)
    print(json.dumps({"orders": len(orders)}))
    if "--dry" not in argv:
        written = write_report(client, orders)
        print(json.dumps({"written": written}))
    client.close()
    return 0 if orders else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
