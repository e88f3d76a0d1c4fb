"""The balance of a set against a target: what is wanted, what is there, which records to keep, what to make next."""
