"""The engines' own tests run with their engines, in repositories of their own."""

collect_ignore_glob = ["*"]
