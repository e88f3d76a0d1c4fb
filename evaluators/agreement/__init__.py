"""How far raters agree: people among themselves, and a critic with people."""
