"""What `migrate init` finds out about a repository that has no engines.yaml yet."""
