"""Who else does the work: processes of this machine, or a cluster. What comes out is the same with any of them."""
