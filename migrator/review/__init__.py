"""What `migrate review` writes: one page that holds everything the tool knows about a change."""
