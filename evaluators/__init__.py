"""What measures: novelty, elimination rules, verifiers, the critic."""
