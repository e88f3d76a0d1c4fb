"""What answers: a server, rules."""
