"""The same with datatrove, as its documentation says, with its own resume. Runs in an environment of its own.

`python peer_datatrove.py IN OUT LOGS`
"""

import sys

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.extractors import Trafilatura
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import ParquetWriter

TASKS, WORKERS = 4, 2


def main(source: str, target: str, logs: str) -> None:
    LocalPipelineExecutor(
        pipeline=[
            JsonlReader(source, glob_pattern="*.jsonl"),
            Trafilatura(timeout=60),  # seconds; its default drops pages on a busy machine
            ParquetWriter(target),
        ],
        tasks=TASKS,
        workers=WORKERS,
        logging_dir=logs,
        skip_completed=True,
    ).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
