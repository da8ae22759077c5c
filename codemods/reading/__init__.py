"""What is there and whose it is: texts, clients, sites, the contract, verdicts."""
