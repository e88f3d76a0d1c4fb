"""Judging the judge: people's labels, a critic's verdicts on the same items, and what the two come to."""
