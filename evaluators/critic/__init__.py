"""The critic: models judge records by rubrics, strictly parsed, alone or as a jury, and say where they are in doubt."""
