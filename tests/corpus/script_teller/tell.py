"""Tells margin calls from the command line: `tell-margin` is its name once it is installed."""

import argparse
import json
import sys
import time

import redis


def tell(link, account, amount):
    """One call; the accounts' desk reads them."""
    link.xadd("margin-calls", {"account": account, "amount": f"{amount:.2f}"})
    time.sleep(0.01)
    return link.xlen("margin-calls")


# the whole program
def main(argv=None):
    """Tell the calls that are given, and say how many there are.

    Gives 1 where there is none to tell.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("calls", nargs="*", type=lambda text: text.split("="))
    told = parser.parse_args(argv).calls or [["A", "1"], ["B", "2.5"]]
    link = redis.Redis(host="localhost", port=6379, decode_responses=True)
    for account, amount in told:
        print(json.dumps({"calls": tell(link, account, float(amount))}), flush=True)
    link.close()
    return 3 if told else 1


if __name__ == "__main__":
    sys.exit(main())
