"""What is worth knowing about a table: a module a kind of finding, each with the number behind it."""
