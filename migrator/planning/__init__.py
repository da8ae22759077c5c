"""The plan of a campaign: what each phase changes and cuts, what to do about it, and the gate before each phase."""
