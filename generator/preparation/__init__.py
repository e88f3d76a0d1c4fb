"""What is checked and resolved before a run spends anything: one file a recipe, and one for back ends and models."""
