"""Does a text that was said anew still mean the same? What can be measured and counted without a model."""
