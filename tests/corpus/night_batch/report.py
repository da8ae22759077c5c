from collections import defaultdict


def write_report(client, orders):
    totals = defaultdict(float)
    for order in orders:
        totals[order["account"]] += float(order["notional"])
    for account, total in sorted(totals.items()):
        client.xadd("margin-calls", {"account": account, "amount": str(total)})
    return len(totals)
