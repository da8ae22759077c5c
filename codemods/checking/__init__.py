"""Whether code that uses the target can work: each rule with what happens at run time, and the right form."""
