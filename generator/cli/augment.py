"""`augment`: back-translation, paraphrase and the others, over a run or any file of records, as a run of its own."""

from __future__ import annotations

from typing import Annotated

import typer

from generator.cli import options
from generator.cli.flags import collect_flags, read_names
from generator.cli.launch import launch


@options.takes(
    options.RUN, {"target": options.Target}, options.MODELS, options.DRAWS, options.SPENDING, options.CRITIC,
    options.AGAINST, options.NOT_NOW, options.PLACES, options.OUTPUT,
)  # fmt: skip
def augment(
    given: options.Given,
    source: options.RecordSource = None,
    methods: Annotated[
        str | None,
        typer.Option(
            "--with", metavar="NAME,…", help="What to make of each record (docs/augment.md lists what there is)."
        ),
    ] = None,
    pivots: Annotated[
        str | None, typer.Option(metavar="LANGUAGE,…", help="Languages to back-translate over; fr>ja is a chain.")
    ] = None,
    into: Annotated[str | None, typer.Option(metavar="LANGUAGE,…", help="Languages to translate into.")] = None,
) -> None:
    """Widen a set without losing its meaning: every new text is checked against the one that it was made from.

    It is a run of its own in runs/NAME, and the same command again resumes it. The source is left as it is.
    """
    languages = {"back_translation": read_names(pivots, "--pivots"), "translation": read_names(into, "--into")}
    own = {
        "methods": read_names(methods, "--with"),
        "variants": {name: listed for name, listed in languages.items() if listed},
    }
    launch(collect_flags("augment", given, augment=own), given)
