from collections import defaultdict


class Base:
    def note(self, account, total):
        raise NotImplementedError

    def add(self, account, amount):
        self.totals[account] += amount
        if self.totals[account] > 10:
            self.note(account, self.totals[account])
        return self.totals[account]


class Ledger(Base):
    def __init__(self, link):
        self.link = link
        self.totals = defaultdict(float)

    def note(self, account, total):
        # margin wants to know
        self.link.xadd("margin-calls", {"account": account, "total": total}, maxlen=100)

    def length(self):
        return self.link.xlen("margin-calls")
