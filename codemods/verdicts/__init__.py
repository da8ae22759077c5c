"""What becomes of each use: rewrite, ask, keep or refuse, with the reason; and the orders for the codemods."""
