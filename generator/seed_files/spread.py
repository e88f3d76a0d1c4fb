"""One raw record → the records in it: a whole set under one name, or under the names of its splits or intents.

Also what a record is called is settled here: where no shape knows the names of the fields as they are written, but one
does in lower case (`Question`, `Answer`) or in English (`问题`), they are read so.
Source: the splits of a set in one JSON object, as many are published; SNIPS' custom intents ({intent: [{data}]}), and
Rasa's training data (`rasa_nlu_data.common_examples`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.seed_files.annotated import is_task
from generator.seed_files.field_names import fold_name
from generator.seed_files.formats import find_shape
from generator.seed_files.records import Record, Shape
from generator.seed_files.shapes.slots import is_spoken_in_parts

RASA = "rasa_nlu_data"


def is_ours(values: Mapping[str, object]) -> bool:
    """Say whether a record, or the header above it, is one of a data set that Seedbed wrote."""
    return "lineage" in values and "id" in values


def spread_record(record: Record) -> Iterator[Record]:
    """Yield the record; one object of named lists of records (`train`, `test`, …) is all of theirs, one after another."""
    if is_task(record.values) or is_ours(record.values):
        yield record
        return
    data = record.values.get(RASA, record.values.get("data"))
    if isinstance(data, Mapping):  # a set of Rasa's, or a task of Label Studio over something else
        yield from spread_record(Record(record.line, data, element=record.element))
        return
    lists = {name: value for name, value in record.values.items() if isinstance(value, list) and _are_objects(value)}
    whole = len(lists) == len(record.values) or sum(map(bool, lists.values())) == 1
    if record.header or not whole or not any(lists.values()) or find_shape(record.values) is not None:
        values, shape = fold_names(record.values)
        yield Record(record.line, values, record.header, record.element, shape)
        return
    items = [(name, item) for name, listed in lists.items() for item in listed if isinstance(item, Mapping)]
    for element, (name, values) in enumerate(items, 1):
        named = {"intent": name, **values} if is_spoken_in_parts(values) else fold_names(values)[0]
        yield Record(record.line, named, element=element)


def _are_objects(items: list[object]) -> bool:
    return all(isinstance(item, Mapping) for item in items)


def fold_names(values: Mapping[str, object]) -> tuple[Mapping[str, object], Shape | None]:
    """Return the values by the plain names of their fields, where only so a shape knows them, and the shape that does."""
    shape = find_shape(values)
    if _is_whole(shape, values):
        return values, shape
    folded = {fold_name(key): value for key, value in values.items()}
    if folded.keys() != values.keys() and len(folded) == len(values) and _is_whole(found := find_shape(folded), folded):
        return folded, found
    return values, shape


def _is_whole(shape: Shape | None, values: Mapping[str, object]) -> bool:
    return shape is not None and all(need in values for need in shape.needs)
