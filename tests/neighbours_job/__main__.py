"""The neighbours load what `export` wrote: `datasets` every form, TRL's trainers the forms that are theirs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "TRL_EXPERIMENTAL_SILENCE": "1",
    "WANDB_DISABLED": "true",
}

from generator.catalog import EXPORTERS
from generator.places import find_shipped
from tests.neighbours_job.loading import check_folders, check_texts
from tests.neighbours_job.records import say, write_examples
from tests.neighbours_job.training import Trainers
from tests.vllm_job.tiny_model import make_model

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="seedbed-neighbours-") as folder:
        room = Path(folder)
        os.environ["HF_HOME"] = str(room / "hub")
        source, out = room / "source.jsonl", room / "out"
        count = write_examples(source)
        command = [
            sys.executable, "-m", "generator", "export", str(source), "--to", ",".join(EXPORTERS), "-o", str(out),
            "--split", "train=0.75,test=0.25",
        ]  # fmt: skip
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        say(f"exported {count} records to {len(EXPORTERS)} forms")
        check_folders(out, room / "cache")
        check_texts(source, out, room / "cache")
        model = room / "tiny"
        make_model(model, find_shipped("seeds"))
        Trainers(model, out, room).check()
    say("neighbours: all is well")


if __name__ == "__main__":
    main()
